export { bundlePrograms } from "./bundle-program.ts";
export { IMAGE_PROGRAMS, KUBECTL_PLUGIN, type Program } from "./programs.ts";
