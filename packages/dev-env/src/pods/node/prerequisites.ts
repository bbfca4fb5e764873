import { findCommand } from "../../tools/find-command.ts";
import { runInNamespaces } from "./namespaces.ts";

/** Debian's packages that have them. */
const COMMANDS = { unshare: "util-linux", ip: "iproute2", "apt-get": "apt", "dpkg-deb": "dpkg" };

/** Every pod hangs on such a pair of interfaces, and its user owns files. */
const PROBE = "ip link add probe type veth peer name end && : >/run/probe && chown 65532 /run/probe";

/** Why pods cannot run here; none where they can. */
export async function missingPrerequisites(): Promise<string[]> {
  if (process.platform !== "linux") return ["pods need Linux"];
  if (process.getuid?.() !== 0)
    return ["a kubelet runs as root: try again with sudo, or in a privileged container"];
  const missing = Object.entries(COMMANDS).filter(([command]) => !findCommand(command));
  if (missing.length > 0) {
    return missing.map(([command, name]) => `${command} is missing (Debian's package ${name})`);
  }
  try {
    const { exitCode, stderr } = await runInNamespaces(() => ["sh", "-c", PROBE], { stdio: "pipe" });
    return exitCode === 0
      ? []
      : [`this machine does not grant namespaces, mounts, interfaces or users: ${stderr.trim()}`];
  } catch (error) {
    return [`this machine does not grant cgroups: ${(error as Error).message}`];
  }
}
