{{- define "operator.name" -}}
{{- $name := contains .Chart.Name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) }}
{{- $name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "operator.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (include "operator.name" .) }}
{{- end }}

{{- define "operator.leaseName" -}}
{{- .Values.leaseName | default (include "operator.name" .) }}
{{- end }}

{{- define "operator.image" -}}
{{- with .Values.image.registry }}{{ . }}/{{ end }}dumbwaiter-operator:{{ .Values.image.tag }}
{{- end }}

{{/* Immutable once applied: nothing that could ever change. */}}
{{- define "operator.selector" -}}
app.kubernetes.io/name: dumbwaiter-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "operator.labels" -}}
{{ include "operator.selector" . }}
app.kubernetes.io/part-of: dumbwaiter
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* What the Pod Security Standard `restricted` wants of a pod, and of each container. */}}
{{- define "operator.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "operator.containerSecurityContext" -}}
allowPrivilegeEscalation: false
capabilities: { drop: [ALL] }
readOnlyRootFilesystem: true
{{- end }}
