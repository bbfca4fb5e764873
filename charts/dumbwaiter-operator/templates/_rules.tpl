{{/* Permissions in the watched namespaces; a test compares them with the API server's audit log. */}}
{{- define "operator.rules" -}}
{{- $own := list "get" "list" "watch" "create" "patch" "delete" }}
- apiGroups: [dumbwaiter.io]
  resources: [routingservices]
  verbs: [list, watch]
- apiGroups: [dumbwaiter.io]
  resources: [routingservices/status]
  verbs: [patch]
- apiGroups: [""]
  resources: [configmaps, serviceaccounts, services]
  verbs: {{ toJson $own }}
{{- with .Values.rbac.secrets }}
- apiGroups: [""]
  resources: [secrets]
  resourceNames: {{ toJson . }}
  verbs: [list, watch]
{{- end }}
- apiGroups: [apps]
  resources: [deployments]
  verbs: {{ toJson $own }}
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: {{ toJson $own }}
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: {{ toJson $own }}
- apiGroups: [networking.k8s.io]
  resources: [ingresses, networkpolicies]
  verbs: {{ toJson $own }}
- apiGroups: [""]
  resources: [events]
  verbs: [create, patch]
{{- if .Values.rbac.gateway }}
- apiGroups: [gateway.networking.k8s.io]
  resources: [gateways, httproutes]
  verbs: {{ toJson $own }}
- apiGroups: [networking.gke.io]
  resources: [frontendconfigs, gcpbackendpolicies, gcpgatewaypolicies, healthcheckpolicies]
  verbs: {{ toJson $own }}
- apiGroups: [cloud.google.com]
  resources: [backendconfigs]
  verbs: {{ toJson $own }}
{{- end }}
{{- if .Values.rbac.configConnector }}
- apiGroups: [pubsub.cnrm.cloud.google.com]
  resources: [pubsubsubscriptions, pubsubtopics]
  verbs: {{ toJson $own }}
- apiGroups: [firestore.cnrm.cloud.google.com]
  resources: [firestorefields]
  verbs: {{ toJson $own }}
- apiGroups: [iam.cnrm.cloud.google.com]
  resources: [iampolicymembers, iamserviceaccounts]
  verbs: {{ toJson $own }}
{{- end }}
{{- if .Values.rbac.monitoring }}
- apiGroups: [monitoring.coreos.com]
  resources: [prometheusrules, servicemonitors]
  verbs: {{ toJson $own }}
- apiGroups: [monitoring.googleapis.com]
  resources: [podmonitorings, rules]
  verbs: {{ toJson $own }}
{{- end }}
{{- end }}
