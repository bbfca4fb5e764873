import { writeFileSync } from "node:fs";
import process from "node:process";
import { helmPath } from "@dumbwaiter/dev-env/tools/helm";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import { INSTALL_YAML, installYaml } from "@dumbwaiter/infra/install-yaml";

/** Writes charts/install.yaml. */
const helm = await helmPath();
writeFileSync(INSTALL_YAML, await installYaml((args) => runCommand(helm, args)));
process.stdout.write("charts/install.yaml\n");
