{{/* Fails if a value would set what the chart sets itself. */}}
{{- define "operator.requireForeignNames" -}}
{{- $own := list "ADMIN_PORT" "LOG_LEVEL" "WATCH_NAMESPACES" "WATCH_SELECTOR" "POD_NAME" "LEASE_NAME" "POD_NAMESPACE" }}
{{- range .Values.extraEnv }}
{{- if has .name $own }}{{ fail (printf "extraEnv must not set %s: the chart sets it" .name) }}{{ end }}
{{- end }}
{{- end }}

{{/* Fails if a RoutingService of the values has more pods at least than at most. Defaults are those of the CRD. */}}
{{- define "operator.requireOrder" -}}
{{- $crd := fromYaml (.files.Get "files/crd.yaml") }}
{{- $spec := (index $crd.spec.versions 0).schema.openAPIV3Schema.properties.spec.properties }}
{{- $problems := list }}
{{- range $component := list "api" "processor" "realtime" }}
{{- $defaults := (get $spec $component).properties.replicas.properties }}
{{- $replicas := dig $component "replicas" dict $.spec }}
{{- $min := int (dig "min" $defaults.min.default $replicas) }}
{{- $max := int (dig "max" $defaults.max.default $replicas) }}
{{- if gt $min $max }}
{{- $problems = append $problems (printf "routingServices.%s: %s.replicas.min must be less than or equal to %s.replicas.max, but %d is greater than %d" $.name $component $component $min $max) }}
{{- end }}
{{- end }}
{{- if $problems }}{{ fail (join "\n" $problems) }}{{ end }}
{{- end }}
