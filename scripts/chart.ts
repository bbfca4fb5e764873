import { writeFileSync } from "node:fs";
import process from "node:process";
import { INSTALL_YAML, installYaml } from "../infra/cdk8s/src/chart/install-yaml.ts";
import { helmPath } from "../tests/cluster/helm.ts";
import { runCommand } from "../tests/cluster/run-command.ts";

/** Writes charts/install.yaml anew. */
const helm = await helmPath();
writeFileSync(INSTALL_YAML, await installYaml((args) => runCommand(helm, args)));
process.stdout.write("charts/install.yaml\n");
