import {
  type Crd,
  crd,
  fields,
  int32,
  labelSelector,
  list,
  oneOf,
  rules,
  type Schema,
  string,
  text,
} from "./crd.ts";

/*
 * https://gateway-api.sigs.k8s.io/reference/spec/ (v1, standard channel), without an HTTPRoute's filters and a
 * Gateway's allowedListeners, infrastructure and tls.
 */
const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const DOMAIN = `${LABEL}(\\.${LABEL})*`;

const HOSTNAME = `^(\\*\\.)?${DOMAIN}$`;

const hostname = text(253, HOSTNAME);
const sectionName = text(253, `^${DOMAIN}$`);
const group = { ...string, maxLength: 253, pattern: `^$|^${DOMAIN}$` };
const kind = text(63, "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$");
const name = text(253);
const namespace = text(63, `^${LABEL}$`);
const port = { ...int32, minimum: 1, maximum: 65_535 };
const headerName = text(256, "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$");
const duration = { ...string, pattern: "^([0-9]{1,5}(h|m|s|ms)){1,4}$" };

const withDefault = (schema: Schema, value: unknown): Schema => ({ ...schema, default: value });
const upTo = (maxItems: number, items: Schema, more: Schema = {}) => list(items, { maxItems, ...more });

const addresses = upTo(
  16,
  fields(
    {
      type: withDefault(
        text(253, `^Hostname|IPAddress|NamedAddress|${DOMAIN}\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$`),
        "IPAddress",
      ),
      value: { ...string, maxLength: 253 },
    },
    [],
    {
      oneOf: [
        {
          properties: {
            type: { enum: ["IPAddress"] },
            value: { anyOf: [{ format: "ipv4" }, { format: "ipv6" }] },
          },
        },
        { properties: { type: { not: { enum: ["IPAddress"] } } } },
      ],
      ...rules(`self.type == 'Hostname' && has(self.value) ? self.value.matches(r"""${HOSTNAME}""") : true`),
    },
  ),
  rules(
    ...["IPAddress", "Hostname"].map(
      (type) =>
        `self.all(a, a.type == '${type}' && has(a.value) ? self.exists_one(b, b.type == a.type && has(b.value) && b.value == a.value) : true)`,
    ),
  ),
);

const listeners = upTo(
  64,
  fields(
    {
      name: sectionName,
      hostname,
      port,
      protocol: text(255, `^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|${DOMAIN}\\/[A-Za-z0-9]+$`),
      tls: fields(
        {
          mode: withDefault(oneOf("Terminate", "Passthrough"), "Terminate"),
          certificateRefs: upTo(
            64,
            fields({ group: withDefault(group, ""), kind: withDefault(kind, "Secret"), name, namespace }, [
              "name",
            ]),
          ),
          options: {
            type: "object",
            additionalProperties: { ...string, maxLength: 4096 },
            maxProperties: 16,
          },
        },
        [],
        rules("self.mode == 'Terminate' ? size(self.certificateRefs) > 0 || size(self.options) > 0 : true"),
      ),
      allowedRoutes: withDefault(
        fields({
          kinds: upTo(8, fields({ group: withDefault(group, "gateway.networking.k8s.io"), kind }, ["kind"])),
          namespaces: withDefault(
            fields({ from: withDefault(oneOf("All", "Selector", "Same"), "Same"), selector: labelSelector }),
            { from: "Same" },
          ),
        }),
        { namespaces: { from: "Same" } },
      ),
    },
    ["name", "port", "protocol"],
  ),
  {
    minItems: 1,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["name"],
    ...rules(
      "self.all(l, l.protocol in ['HTTP', 'TCP', 'UDP'] ? !has(l.tls) : true)",
      "self.all(l, (l.protocol == 'HTTPS' && has(l.tls)) ? (l.tls.mode == '' || l.tls.mode == 'Terminate') : true)",
      "self.all(l, l.protocol == 'TLS' ? has(l.tls) && has(l.tls.mode) && l.tls.mode != '' : true)",
      "self.all(l, l.protocol in ['TCP', 'UDP'] ? (!has(l.hostname) || l.hostname == '') : true)",
      "self.all(a, self.exists_one(b, a.port == b.port && a.protocol == b.protocol && (has(a.hostname) && has(b.hostname) ? a.hostname == b.hostname : !has(a.hostname) && !has(b.hostname))))",
    ),
  },
);

const rootPath = { type: "PathPrefix", value: "/" };

const path = withDefault(
  fields(
    {
      type: withDefault(oneOf("Exact", "PathPrefix", "RegularExpression"), "PathPrefix"),
      value: withDefault({ ...string, maxLength: 1024 }, "/"),
    },
    [],
    rules(
      "self.type == 'RegularExpression' || self.value.startsWith('/')",
      ...["//", "/./", "/../", "%2f", "%2F", "#"].map(
        (part) => `self.type == 'RegularExpression' || !self.value.contains('${part}')`,
      ),
      ...["/..", "/."].map((part) => `self.type == 'RegularExpression' || !self.value.endsWith('${part}')`),
      `self.type == 'RegularExpression' || self.value.matches(r"""^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$""")`,
    ),
  ),
  rootPath,
);

const match = (value: Schema) =>
  upTo(
    16,
    fields({ name: headerName, type: withDefault(oneOf("Exact", "RegularExpression"), "Exact"), value }, [
      "name",
      "value",
    ]),
    { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] },
  );

const matches = withDefault(
  upTo(
    64,
    fields({
      path,
      headers: match(text(4096)),
      queryParams: match(text(1024)),
      method: oneOf("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"),
    }),
  ),
  [{ path: rootPath }],
);

const backendRefs = upTo(
  16,
  fields(
    {
      group: withDefault(group, ""),
      kind: withDefault(kind, "Service"),
      name,
      namespace,
      port,
      weight: withDefault({ ...int32, minimum: 0, maximum: 1_000_000 }, 1),
    },
    ["name"],
    rules("(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true"),
  ),
);

/** Only the kind of filter that we use. */
const filters = upTo(
  16,
  fields(
    {
      type: oneOf("RequestRedirect"),
      requestRedirect: fields({
        scheme: oneOf("http", "https"),
        hostname,
        port,
        statusCode: withDefault({ type: "integer", enum: [301, 302, 303, 307, 308] }, 302),
      }),
    },
    ["type"],
    rules("!(!has(self.requestRedirect) && self.type == 'RequestRedirect')"),
  ),
);

const timeouts = fields(
  { request: duration, backendRequest: duration },
  [],
  rules(
    "!(has(self.request) && has(self.backendRequest) && duration(self.request) != duration('0s') && duration(self.backendRequest) > duration(self.request))",
  ),
);

const routeRule = fields(
  { name: sectionName, matches, filters, backendRefs, timeouts },
  [],
  rules(
    "(has(self.backendRefs) && size(self.backendRefs) > 0) ? (!has(self.filters) || self.filters.all(f, !has(f.requestRedirect))): true",
  ),
);

const parentRefs = upTo(
  32,
  fields(
    {
      group: withDefault(group, "gateway.networking.k8s.io"),
      kind: withDefault(kind, "Gateway"),
      name,
      namespace,
      sectionName,
      port,
    },
    ["name"],
  ),
);

export const GATEWAY_API_CRDS: readonly Crd[] = [
  crd(
    "gateway.networking.k8s.io/v1",
    "Gateway",
    "gateways",
    fields({ gatewayClassName: text(253), addresses, listeners }, ["gatewayClassName", "listeners"]),
  ),
  crd(
    "gateway.networking.k8s.io/v1",
    "HTTPRoute",
    "httproutes",
    fields({
      parentRefs,
      hostnames: upTo(16, hostname),
      rules: withDefault(upTo(16, routeRule, { minItems: 1 }), [{ matches: [{ path: rootPath }] }]),
    }),
  ),
];
