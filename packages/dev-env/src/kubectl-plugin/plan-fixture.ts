import { ROUTING_SERVICE, type RoutingServiceSpecInput } from "@dumbwaiter/infra";
import type { Plan } from "@dumbwaiter/kubectl-plugin/plan";
import type { KubeObject } from "@dumbwaiter/kubernetes";
import type { TestCluster } from "../cluster/index.ts";
import { type OperatorFixture, startOperatorFixture } from "../operator/operator-fixture.ts";
import { type Refusal, refuseWrites } from "../operator/refuse-writes.ts";
import {
  applyRoutingService,
  type RoutingService,
  routingService,
  type Said,
  SMALL,
  untilCondition,
  untilSaid,
} from "../operator/routing-service.ts";
import { type InstalledPlugin, installPlugin } from "./installed-plugin.ts";

export const PLAN_WAIT_MS = 90_000;

export interface PlanAnswer {
  readonly exitCode: number;
  readonly plan: Plan;
  /** The plan as text, then the warnings and errors. */
  readonly text: string;
}

/** Something that the operator does, and that a plan has to say beforehand. */
export interface PlanCase {
  readonly what: string;
  /** @returns the RoutingService to plan, and then to apply */
  arrange(name: string): Promise<RoutingService>;
  /** What the plan matches. */
  planned(name: string): object;
  /** Of the plan as text. */
  text(name: string): string;
  /** Resolves once the operator has done so. */
  done(name: string): Promise<void>;
}

/** An operator and the plugin on one cluster, to compare what a plan says with what is done. */
export class PlanFixture {
  readonly operator: OperatorFixture;
  readonly plugin: InstalledPlugin;
  readonly #cleanUps: (() => Promise<unknown>)[] = [];

  private constructor(operator: OperatorFixture, plugin: InstalledPlugin) {
    this.operator = operator;
    this.plugin = plugin;
  }

  static async start(cluster: TestCluster): Promise<PlanFixture> {
    return new PlanFixture(await startOperatorFixture(cluster), await installPlugin(cluster));
  }

  get client() {
    return this.operator.client;
  }

  get namespace() {
    return this.operator.namespace;
  }

  service(name: string, spec: RoutingServiceSpecInput = SMALL, metadata: object = {}): RoutingService {
    const object = routingService(name, this.namespace, spec);
    return { ...object, metadata: { ...object.metadata, ...metadata } };
  }

  object(name: string, apiVersion: string, kind: string): KubeObject {
    return { apiVersion, kind, metadata: { name, namespace: this.namespace } };
  }

  deployment(name: string): KubeObject {
    return this.object(name, "apps/v1", "Deployment");
  }

  async imageOf(deployment: string): Promise<string | undefined> {
    const { spec } = await this.client.get(this.deployment(deployment));
    const { template } = spec as { template: { spec: { containers: { image: string }[] } } };
    return template.spec.containers[0]?.image;
  }

  async apply(object: RoutingService): Promise<RoutingService> {
    const applied = await applyRoutingService(this.client, object);
    this.onCleanUp(() =>
      this.client.delete({ ...ROUTING_SERVICE, metadata: applied.metadata }).catch(() => undefined),
    );
    return applied;
  }

  async ready(object: RoutingService): Promise<void> {
    await untilCondition(this.client, await this.apply(object), "Ready", "True", PLAN_WAIT_MS);
  }

  /** Until {@link cleanUp}. */
  async refuse(refusal: Refusal, probe: () => Promise<unknown>): Promise<void> {
    this.onCleanUp(await refuseWrites(this.client, this.namespace, refusal, probe));
  }

  /** Of a server-side apply, as {@link apply} does it. */
  async planOf(object: RoutingService): Promise<PlanAnswer> {
    const plan = (output: string) =>
      this.plugin.run(
        [
          ...["plan", "-f", "-", "--server-side", "--field-manager", "tests", "--force-conflicts"],
          ...["--output", output],
        ],
        { stdin: JSON.stringify(object) },
      );
    const [json, text] = [await plan("json"), await plan("text")];
    if (json.exitCode !== text.exitCode)
      throw new Error(`exited with ${json.exitCode}, then ${text.exitCode}`);
    const { plans } = JSON.parse(json.stdout) as { plans: Plan[] };
    return { exitCode: json.exitCode, plan: plans[0] as Plan, text: `${text.stdout}\n${text.stderr}` };
  }

  async untilSaid(name: string, type: string, said: Said): Promise<void> {
    await untilSaid(this.client, this.service(name), type, said, PLAN_WAIT_MS);
  }

  onCleanUp(cleanUp: () => Promise<unknown>): void {
    this.#cleanUps.push(cleanUp);
  }

  /** What came last goes first. */
  async cleanUp(): Promise<void> {
    for (const cleanUp of this.#cleanUps.splice(0).reverse()) await cleanUp();
  }

  async stop(): Promise<void> {
    await this.plugin.uninstall();
    await this.operator.stop();
  }
}
