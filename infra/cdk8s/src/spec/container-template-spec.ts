import { z } from "zod";
import { COMPONENTS } from "./components.ts";
import { listBy, notOneOf, opaque, withRule } from "./kubernetes-fields.ts";
import { dnsLabel, plainCpu, plainQuantity } from "./quantities.ts";
import { APP_DIR, DUMBWAITER_DIR, RESERVED_VARIABLES, RESERVED_VOLUMES } from "./reserved-names.ts";
import { containerSecurityContext } from "./security-context-spec.ts";

const objectName = z.string().min(1).max(253);
const variableName = z
  .string()
  .max(253)
  .regex(/^[A-Za-z_.-][A-Za-z0-9_.-]*$/, "must be the name of a variable");
const path = z.string().min(1).max(1024);

const keyRef = (kind: string) =>
  z
    .strictObject({
      name: objectName.describe(`Name of the ${kind}.`),
      key: objectName.describe("Key."),
      optional: z.boolean().optional().describe("Whether it may be absent."),
    })
    .optional()
    .describe(`Key of a ${kind}.`);

const objectRef = (kind: string) =>
  z
    .strictObject({
      name: objectName.describe(`Name of the ${kind}.`),
      optional: z.boolean().optional().describe("Whether it may be absent."),
    })
    .optional()
    .describe(`A ${kind} whose keys become variables.`);

const variable = z.strictObject({
  name: variableName.describe("Name."),
  value: z.string().max(32_768).optional().describe("Value."),
  valueFrom: z
    .strictObject({
      secretKeyRef: keyRef("Secret"),
      configMapKeyRef: keyRef("ConfigMap"),
      fieldRef: z
        .strictObject({
          apiVersion: z.literal("v1").optional().describe("Version of the path."),
          fieldPath: path.describe("Path."),
        })
        .optional()
        .describe("Field of the pod."),
      resourceFieldRef: z
        .strictObject({
          resource: path.describe("Resource, such as limits.memory."),
          containerName: dnsLabel.optional().describe("Container."),
          divisor: plainQuantity.optional().describe("Unit."),
        })
        .optional()
        .describe("Request or limit of a container."),
    })
    .optional()
    .describe("Source of the value."),
});

const ourVariable = variable.extend({
  name: notOneOf(
    variableName,
    RESERVED_VARIABLES,
    "is a variable that Dumbwaiter sets; use its field of the spec",
  ).describe("Name; none that a field of the spec sets."),
});

const envFrom = z
  .array(
    z.strictObject({
      prefix: z.string().max(253).optional().describe("Prefix of the variables' names."),
      configMapRef: objectRef("ConfigMap"),
      secretRef: objectRef("Secret"),
    }),
  )
  .max(16)
  .meta({ "x-kubernetes-list-type": "atomic" });

const volumeMount = z.strictObject({
  name: dnsLabel.describe("Volume."),
  mountPath: path.describe("Path in the container."),
  subPath: path.optional().describe("Path in the volume."),
  subPathExpr: path.optional().describe("Path in the volume, with variables."),
  readOnly: z.boolean().optional().describe("Whether it is read-only."),
  mountPropagation: z.enum(["None", "HostToContainer"]).optional().describe("Propagation of mounts."),
});

const ourMountPath = withRule(path, {
  cel: `self.matches("^(/[^/]+)+$") && !self.matches("/[.][.]?(/|$)") && self != "/etc" && !${JSON.stringify([APP_DIR, DUMBWAITER_DIR])}.exists(dir, self == dir || self.startsWith(dir + "/"))`,
  message: `must be an absolute path without . and .. that does not hide ${APP_DIR} or ${DUMBWAITER_DIR}`,
  holds: (value) =>
    /^(\/[^/]+)+$/.test(value) &&
    !/\/\.\.?(\/|$)/.test(value) &&
    value !== "/etc" &&
    ![APP_DIR, DUMBWAITER_DIR].some((dir) => value === dir || value.startsWith(`${dir}/`)),
});

const ephemeralStorage = z.strictObject({
  "ephemeral-storage": plainQuantity.optional().describe("Space for logs and volumes of type emptyDir."),
});

/** What a template adds to Dumbwaiter's own container. */
export const containerTemplate = z.strictObject({
  env: listBy("name", ourVariable, 64)
    .optional()
    .describe("Variables, such as those of a proxy or NODE_EXTRA_CA_CERTS."),
  envFrom: envFrom
    .optional()
    .describe("ConfigMaps and Secrets whose keys become variables. What Dumbwaiter sets takes precedence."),
  volumeMounts: listBy(
    "mountPath",
    volumeMount.extend({ mountPath: ourMountPath.describe("Path in the container.") }),
    32,
  )
    .optional()
    .describe("Mounts of volumes."),
  imagePullPolicy: z
    .enum(["IfNotPresent", "Always", "Never"])
    .optional()
    .describe("Pull policy; overrides images.pullPolicy."),
  resources: z
    .strictObject({
      requests: ephemeralStorage.optional().describe("Requests; those of CPU and memory are in resources."),
      limits: ephemeralStorage.optional().describe("Limits; those of CPU and memory are in resources."),
    })
    .optional()
    .describe("Ephemeral storage."),
  securityContext: containerSecurityContext.optional().describe("Security context of the container."),
});

/** The kubelet would connect to the host, which `restricted` forbids in newer versions of Kubernetes. */
function namesNoHost(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, each]) => key !== "host" && namesNoHost(each));
}

const handler = (what: string) => opaque(namesNoHost, "must not name a host").optional().describe(what);

const resourceMap = {
  cpu: plainCpu,
  memory: plainQuantity,
  "ephemeral-storage": plainQuantity,
};

const sidecar = z.strictObject({
  name: notOneOf(dnsLabel, COMPONENTS, "is the name of Dumbwaiter's own container").describe("Name."),
  image: z.string().min(1).max(512).describe("Image."),
  imagePullPolicy: z.enum(["IfNotPresent", "Always", "Never"]).optional().describe("Pull policy."),
  command: z.array(z.string().max(32_768)).max(64).optional().describe("Entry point."),
  args: z.array(z.string().max(32_768)).max(64).optional().describe("Arguments."),
  workingDir: path.optional().describe("Working directory."),
  env: listBy("name", variable, 64).optional().describe("Variables."),
  envFrom: envFrom.optional().describe("ConfigMaps and Secrets whose keys become variables."),
  ports: z
    .array(
      z.strictObject({
        name: notOneOf(
          dnsLabel.max(15),
          ["http", "admin"],
          "is the name of a port of Dumbwaiter's own container",
        )
          .optional()
          .describe("Name."),
        containerPort: withRule(z.int().min(1).max(65_535), {
          cel: "!(self in [8080, 9090])",
          message: "must not be 8080 or 9090, which Dumbwaiter's own container has",
          holds: (port) => ![8080, 9090].includes(port),
        }).describe("Port."),
        protocol: z.enum(["TCP", "UDP", "SCTP"]).optional().describe("Protocol."),
      }),
    )
    .max(16)
    .meta({ "x-kubernetes-list-type": "atomic" })
    .optional()
    .describe("Ports."),
  resources: z
    .strictObject({
      requests: z
        .strictObject({
          cpu: resourceMap.cpu.describe("CPU."),
          memory: resourceMap.memory.describe("Memory."),
          "ephemeral-storage": resourceMap["ephemeral-storage"].optional().describe("Ephemeral storage."),
        })
        .describe("Requests. Without those of CPU and memory, no autoscaler could compute a utilization."),
      limits: z
        .strictObject({
          cpu: resourceMap.cpu.optional().describe("CPU."),
          memory: resourceMap.memory.optional().describe("Memory."),
          "ephemeral-storage": resourceMap["ephemeral-storage"].optional().describe("Ephemeral storage."),
        })
        .optional()
        .describe("Limits."),
    })
    .describe("Requests and limits."),
  volumeMounts: listBy("mountPath", volumeMount, 32).optional().describe("Mounts of volumes."),
  securityContext: containerSecurityContext
    .optional()
    .describe(
      "Security context; by default a read-only root file system, no capabilities and no escalation.",
    ),
  startupProbe: handler("Startup probe, as in Kubernetes, without host."),
  readinessProbe: handler("Readiness probe, as in Kubernetes, without host."),
  livenessProbe: handler("Liveness probe, as in Kubernetes, without host."),
  lifecycle: handler("Lifecycle hooks, as in Kubernetes, without host."),
});

export const sidecars = listBy("name", sidecar, 4);

export const initContainers = listBy(
  "name",
  sidecar.extend({
    restartPolicy: z
      .literal("Always")
      .optional()
      .describe("Always for a sidecar that starts before, and stops after, Dumbwaiter's own container."),
  }),
  4,
);

const source = () => opaque().optional();

/** With the types of volumes that the Pod Security Standard `restricted` allows. */
export const volumes = listBy(
  "name",
  z.strictObject({
    name: notOneOf(dnsLabel, RESERVED_VOLUMES, "is a volume of Dumbwaiter's own").describe("Name."),
    configMap: source().describe("ConfigMap, as in Kubernetes."),
    secret: source().describe("Secret, as in Kubernetes."),
    emptyDir: source().describe("Empty directory, as in Kubernetes."),
    projected: source().describe("Several sources, as in Kubernetes."),
    downwardAPI: source().describe("Fields of the pod, as in Kubernetes."),
    csi: source().describe("CSI driver, as in Kubernetes."),
    ephemeral: source().describe("Ephemeral claim, as in Kubernetes."),
    persistentVolumeClaim: source().describe("Claim, as in Kubernetes."),
  }),
  16,
);
