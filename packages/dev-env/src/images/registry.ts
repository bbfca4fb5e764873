import { freePort, LOOPBACK, type Server, startServer } from "../servers/index.ts";
import { cranePath } from "../tools/release-tools.ts";
import type { BuiltImage } from "./build-image.ts";
import { buildah } from "./buildah.ts";

/** An image registry on loopback, deleted when it stops. Its `url` is `127.0.0.1:port`, the prefix of image names. */
export async function startRegistry(): Promise<Server> {
  const port = await freePort();
  const url = `${LOOPBACK}:${port}`;
  const crane = await cranePath();
  return await startServer(port, url, {
    name: "registry",
    command: crane,
    args: (directory) => ["registry", "serve", "--address", url, "--disk", directory],
    probe: async () => {
      const { status } = await fetch(`http://${url}/v2/`, { signal: AbortSignal.timeout(2_000) });
      if (status !== 200) throw new Error(`the registry answered ${status}`);
    },
  });
}

/** @param name in a registry, such as `127.0.0.1:5000/dumbwaiter-api:test` */
export async function pushImage({ local }: BuiltImage, name: string): Promise<void> {
  await buildah(["push", "--quiet", "--tls-verify=false", local, `docker://${name}`]);
}
