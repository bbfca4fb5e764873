{{- define "operator.name" -}}
{{- $base := .Values.nameOverride | default .Chart.Name }}
{{- $name := contains $base .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $base) }}
{{- .Values.fullnameOverride | default $name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{/* Of objects outside the release's namespace: releases that share a cluster may have the same name in theirs. */}}
{{- define "operator.clusterName" -}}
{{- $name := include "operator.name" . }}
{{- if .Values.watchSelector }}{{ $name = printf "%s-%s" $name .Release.Namespace }}{{ end }}
{{- $name | trunc 253 | trimSuffix "-" }}
{{- end }}

{{- define "operator.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (include "operator.name" .) }}
{{- end }}

{{- define "operator.leaseName" -}}
{{- .Values.leaseName | default (include "operator.name" .) }}
{{- end }}

{{/* A release annotates its chart with its own image, which neither a value nor another tag may replace in part. */}}
{{- define "operator.image" -}}
{{- $registry := .Values.image.registry | default (.Values.global).imageRegistry | default (index .Chart.Annotations "dumbwaiter.io/image-registry") }}
{{- $digest := .Values.image.digest }}
{{- if not .Values.image.tag }}{{ $digest = $digest | default (index .Chart.Annotations "dumbwaiter.io/image-digest") }}{{ end }}
{{- with $registry }}{{ . }}/{{ end }}dumbwaiter-operator:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- with $digest }}@{{ . }}{{ end }}
{{- end }}

{{- define "operator.pullSecrets" -}}
{{- with concat .Values.image.pullSecrets ((.Values.global).imagePullSecrets | default list) }}
imagePullSecrets:
  {{- range . }}
  - name: {{ if kindIs "string" . }}{{ . }}{{ else }}{{ .name }}{{ end }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Selectors are immutable: only labels that never change. */}}
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

{{/* What the Pod Security Standard `restricted` requires of a pod, and of each container. */}}
{{- define "operator.podSecurityContext" -}}
runAsNonRoot: true
{{- if not .Values.openshift }}
runAsUser: 65532
runAsGroup: 65532
{{- end }}
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "operator.containerSecurityContext" -}}
allowPrivilegeEscalation: false
capabilities: { drop: [ALL] }
readOnlyRootFilesystem: true
{{- end }}

{{/* CEL: a number to compare versions by. A patch adds no field, so it does not count. */}}
{{- define "operator.minorOf" -}}
(int({{ . }}.split('.')[0]) * 1000 + int({{ . }}.split('.')[1]))
{{- end }}

{{/* CEL: the versions that a Deployment and its pods have. Those of 0.1 do not have all of them. */}}
{{- define "operator.versionsOf" -}}
[{{ . }}.metadata.?labels['app.kubernetes.io/version'].orValue('0.1.0'), {{ . }}.spec.template.metadata.?annotations['dumbwaiter.io/version'].orValue('0.1.0')]
{{- end }}
