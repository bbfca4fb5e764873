export { bundlePrograms } from "./bundle-program.ts";
export { COMMAND_LINE, IMAGE_PROGRAMS, KUBECTL_PLUGIN, type Program } from "./programs.ts";
