import { describe, expect, it } from "@jest/globals";
import { ENVIRONMENTS } from "../environments/index.ts";
import { IN_DEVELOPMENT, OF_THE_CHART, ON_GKE } from "../testing/checkov-exceptions.ts";
import { manifestsOf } from "../testing/dist.ts";
import { checkovFindings, kubeScoreFindings } from "../testing/judges.ts";
import { OF_THE_OPERATOR } from "../testing/kube-score-exceptions.ts";
import { INSTALL_YAML } from "./helm-chart/install-yaml.ts";

describe("checkov", () => {
  it.each(ENVIRONMENTS)("finds the known exceptions in dist/$id and nothing else", async ({ id }) => {
    const excepted = id === "dev" ? IN_DEVELOPMENT : ON_GKE;
    expect(await checkovFindings(manifestsOf(id))).toEqual(Object.keys(excepted).sort());
  });

  it("finds the known exceptions in install.yaml and nothing else", async () => {
    expect(await checkovFindings([INSTALL_YAML])).toEqual(Object.keys(OF_THE_CHART).sort());
  });
});

describe("kube-score", () => {
  it("finds the known exceptions in install.yaml and nothing else", async () => {
    expect(await kubeScoreFindings([INSTALL_YAML])).toEqual(Object.keys(OF_THE_OPERATOR).sort());
  });
});
