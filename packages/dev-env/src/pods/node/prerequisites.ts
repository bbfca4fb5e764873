import { findCommand } from "../../tools/find-command.ts";
import { runInNamespaces } from "./namespaces.ts";

/** Commands by the Debian package that contains them. */
const COMMANDS = { unshare: "util-linux", ip: "iproute2", "apt-get": "apt", "dpkg-deb": "dpkg" };

/** Every pod needs such a pair of interfaces, and a user that owns files. */
const PROBE = "ip link add probe type veth peer name end && : >/run/probe && chown 65532 /run/probe";

/** Why pods cannot run here; empty if they can. */
export async function missingPrerequisites(): Promise<string[]> {
  if (process.platform !== "linux") return ["pods need Linux"];
  if (process.getuid?.() !== 0) return ["a kubelet needs root: use sudo or a privileged container"];
  const missing = Object.entries(COMMANDS).filter(([command]) => !findCommand(command));
  if (missing.length > 0) {
    return missing.map(([command, name]) => `${command} is missing (Debian's package ${name})`);
  }
  try {
    const { exitCode, stderr } = await runInNamespaces(() => ["sh", "-c", PROBE], { stdio: "pipe" });
    return exitCode === 0
      ? []
      : [`this machine does not permit namespaces, mounts, interfaces or users: ${stderr.trim()}`];
  } catch (error) {
    return [`this machine does not permit cgroups: ${(error as Error).message}`];
  }
}
