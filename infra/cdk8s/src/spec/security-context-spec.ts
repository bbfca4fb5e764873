import { z } from "zod";

const groupId = z.int().min(0).max(2_147_483_647);
const userId = groupId.min(1);
const level = z.string().max(256).optional();

const profile = (what: string) =>
  z.strictObject({
    type: z.enum(["RuntimeDefault", "Localhost"]).describe(`Kind of the ${what} profile.`),
    localhostProfile: z.string().min(1).max(4096).optional().describe("Profile on the node, for Localhost."),
  });

/**
 * What the Pod Security Standard `restricted` allows, and nothing else: any other value is refused with its path before
 * a pod is created.
 */
const common = {
  runAsNonRoot: z.literal(true).optional().describe("Always true."),
  runAsUser: userId.optional().describe("User ID, never 0; 65532 by default for Dumbwaiter's own container."),
  runAsGroup: groupId.optional().describe("Group ID."),
  seccompProfile: profile("seccomp").optional().describe("Seccomp profile; RuntimeDefault by default."),
  appArmorProfile: profile("AppArmor").optional().describe("AppArmor profile."),
  seLinuxOptions: z
    .strictObject({
      type: z
        .enum(["container_t", "container_init_t", "container_kvm_t", "container_engine_t"])
        .optional()
        .describe("SELinux type."),
      level: level.describe("SELinux level."),
    })
    .optional()
    .describe("SELinux labels."),
};

export const podSecurityContext = z.strictObject({
  ...common,
  fsGroup: groupId.optional().describe("Group that owns mounted volumes."),
  fsGroupChangePolicy: z
    .enum(["OnRootMismatch", "Always"])
    .optional()
    .describe("When the owner of volumes is changed."),
  supplementalGroups: z.array(groupId).max(32).optional().describe("Further group IDs."),
  supplementalGroupsPolicy: z
    .enum(["Merge", "Strict"])
    .optional()
    .describe("Whether groups of the image count, too."),
});

export const containerSecurityContext = z.strictObject({
  ...common,
  allowPrivilegeEscalation: z.literal(false).optional().describe("Always false."),
  privileged: z.literal(false).optional().describe("Always false."),
  readOnlyRootFilesystem: z
    .boolean()
    .optional()
    .describe("Whether the root file system is read-only; true by default."),
  capabilities: z
    .strictObject({
      drop: z
        .array(z.enum(["ALL"]))
        .min(1)
        .max(1)
        .optional()
        .describe("Always ALL."),
      add: z
        .array(z.enum(["NET_BIND_SERVICE"]))
        .max(1)
        .optional()
        .describe("Capabilities to keep."),
    })
    .optional()
    .describe("Linux capabilities; none by default."),
});
