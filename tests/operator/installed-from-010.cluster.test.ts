import { fromSource } from "@dumbwaiter/dev-env/stack/launcher";
import { VERSION } from "@dumbwaiter/infra";
import { CHART } from "@dumbwaiter/infra/testing/chart";
import { livesOn } from "./life-of-an-installation.ts";

livesOn({
  prepare: async () => {},
  chart: () => [CHART],
  imageOfOperator: () => `dumbwaiter-operator:${VERSION}`,
  operator: async (_, kubeconfigPath) => ({ kubeconfigPath }),
  launcher: fromSource,
  cleanUp: async () => {},
});
