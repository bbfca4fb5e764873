{{/* Fails with all that is wrong with the values, beside what their schema says. */}}
{{- define "operator.check" -}}
{{- $problems := concat (include "operator.foreignNames" . | fromJsonArray) (include "operator.destinations" . | fromJsonArray) (include "operator.ofRoutingServices" . | fromJsonArray) }}
{{- if $problems }}{{ fail (join "\n" $problems) }}{{ end }}
{{- end }}

{{/* What would set what the chart sets itself. */}}
{{- define "operator.foreignNames" -}}
{{- $own := list "ADMIN_PORT" "LOG_LEVEL" "LOG_FORMAT" "WATCH_NAMESPACES" "WATCH_SELECTOR" "POD_NAME" "LEASE_NAME" "POD_NAMESPACE" }}
{{- $problems := list }}
{{- range .Values.extraEnv }}
{{- if has .name $own }}{{ $problems = append $problems (printf "extraEnv must not set %s: the chart sets it" .name) }}{{ end }}
{{- end }}
{{- toJson $problems }}
{{- end }}

{{/* A rule of a network policy without a peer would match everything. */}}
{{- define "operator.destinations" -}}
{{- $problems := list }}
{{- with (.Values.networkPolicy).dns }}
{{- if not (concat .namespaces .cidrs) }}{{ $problems = append $problems "networkPolicy.dns requires namespaces or cidrs" }}{{ end }}
{{- end }}
{{- toJson $problems }}
{{- end }}

{{/* RoutingServices with more pods at least than at most, by the defaults of the CRD, or that would not be watched. */}}
{{- define "operator.ofRoutingServices" -}}
{{- $crd := fromYaml (.Files.Get "files/crd.yaml") }}
{{- $fields := (index $crd.spec.versions 0).schema.openAPIV3Schema.properties.spec.properties }}
{{- $problems := list }}
{{- range $name, $spec := .Values.routingServices }}
{{- if and $.Values.watchNamespaces (not (has $.Release.Namespace $.Values.watchNamespaces)) }}
{{- $problems = append $problems (printf "watchNamespaces must include %s, the namespace of routingServices.%s" $.Release.Namespace $name) }}
{{- end }}
{{- range $component := list "api" "processor" "realtime" }}
{{- $defaults := (get $fields $component).properties.replicas.properties }}
{{- $replicas := dig $component "replicas" dict $spec }}
{{- $min := int (dig "min" $defaults.min.default $replicas) }}
{{- $max := int (dig "max" $defaults.max.default $replicas) }}
{{- if gt $min $max }}
{{- $problems = append $problems (printf "routingServices.%s: %s.replicas.min must be less than or equal to %s.replicas.max, but %d is greater than %d" $name $component $component $min $max) }}
{{- end }}
{{- end }}
{{- end }}
{{- toJson $problems }}
{{- end }}
