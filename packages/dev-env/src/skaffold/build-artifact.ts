import { buildImage, type ImageTarget } from "../images/build-image.ts";
import { pushImage } from "../images/registry.ts";

/**
 * `node build-artifact.ts SERVICE TARGET`: skaffold's custom builder, instead of a Docker daemon. Skaffold sets
 * IMAGE, the name to push, and BUILD_CONTEXT, and shows the output only if it fails.
 */
const [service = "", target = ""] = process.argv.slice(2);
const { IMAGE = "", BUILD_CONTEXT = "" } = process.env;
await pushImage(await buildImage(service, target as ImageTarget, BUILD_CONTEXT), IMAGE);
