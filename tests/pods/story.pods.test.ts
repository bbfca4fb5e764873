import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { ClientReturns, mostInASecond, sinceFirst } from "@dumbwaiter/dev-env/pods/client-returns";
import { ContainerCgroup } from "@dumbwaiter/dev-env/pods/container-cgroup";
import { Figures, say, seconds } from "@dumbwaiter/dev-env/pods/figures";
import { leakUntilKilled } from "@dumbwaiter/dev-env/pods/leak-memory";
import { containerOf, type PodLife } from "@dumbwaiter/dev-env/pods/pod-lives";
import { DRAIN_SECONDS, NAME, PROCESSOR_MEMORY } from "@dumbwaiter/dev-env/pods/pod-spec";
import { type Pods, startPods } from "@dumbwaiter/dev-env/pods/start-pods";
import { withTraffic } from "@dumbwaiter/dev-env/pods/traffic-to-pods";
import { tellDelivery, tellKill } from "@dumbwaiter/wire-user/story";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const CLIENTS = 500;
const TIMEOUT_MS = 600_000;
/** The kubelet waits for 10 s before the second restart of a container. */
const RESTART_MS = 90_000;

describe("the services as pods", () => {
  const figures = new Figures();
  let pods: Pods;

  beforeAll(async () => {
    pods = await startPods();
    const starts = pods.lives.all().map(({ createdAt, readyAt = Number.NaN }) => readyAt - createdAt);
    figures.spread("pods from created to Ready", starts);
  }, TIMEOUT_MS);
  afterAll(async () => {
    const ofPods = pods?.lives.all() ?? [];
    figures.add("pods", ofPods.length);
    figures.add(
      "container restarts",
      ofPods.reduce((sum, life) => sum + (containerOf(life)?.restartCount ?? 0), 0),
    );
    figures.print();
    await pods?.stop();
  }, TIMEOUT_MS);

  /** Resolves once the kubelet has restarted it after such an end. */
  async function untilStartedAgain(life: PodLife, restartCount: number, reason: string): Promise<void> {
    const container = { restartCount, ready: true, lastState: { terminated: { reason, exitCode: 137 } } };
    await eventually(() => expect(containerOf(life)).toMatchObject(container), RESTART_MS);
  }

  it(
    "deliver a message by a pull, one live, and one through a kill",
    async () => {
      const processors = pods.lives.of("processor");
      const told: string[] = [];
      const tell = (line: string) => void told.push(line);
      await tellDelivery(pods.endpoints, tell);
      await tellKill(pods.endpoints, tell, async () => {
        for (const { pod } of processors) process.kill(new ContainerCgroup(pod).pid, "SIGKILL");
        return "every processor is killed";
      });
      expect(told.filter((line) => line.includes("message.ack()"))).toHaveLength(2);
      for (const life of processors) await untilStartedAgain(life, 1, "Error");
      figures.add("story", "told; the processors were killed, and started again by the kubelet");
    },
    TIMEOUT_MS,
  );

  it("run without capabilities on a read-only root", async () => {
    const [life] = pods.lives.of("api");
    const inPod = (program: string) =>
      pods.cluster.kubectl(["exec", life?.name as string, "-n", pods.namespace, "--", "node", "-e", program]);
    const status = `console.log(fs.readFileSync("/proc/self/status", "utf8"))`;
    expect((await inPod(status)).stdout).toMatch(
      /Uid:\s65532[\s\S]*CapBnd:\s0+\n[\s\S]*NoNewPrivs:\s1\nSeccomp:\s2/,
    );
    await expect(inPod(`fs.writeFileSync("/app/file", "")`)).rejects.toThrow("EROFS");
  });

  it(
    `lose nothing in a rolling restart of realtime under ${CLIENTS} clients, which reconnect spread over time`,
    async () => {
      const { cluster, namespace, lives } = pods;
      const before = lives.of("realtime");
      let returns: ClientReturns | undefined;
      const options = { title: "rolling restart of realtime", connected: CLIENTS, figures };
      await withTraffic(pods, options, async ({ connected }) => {
        const watched = new ClientReturns(connected);
        returns = watched;
        await cluster.kubectl(["rollout", "restart", `deployment/${NAME}-realtime`, "-n", namespace]);
        await cluster.untilAvailable(namespace);
        await eventually(() => expect(before.every(({ end }) => end !== undefined)).toBe(true), 120_000);
        await eventually(() => expect(watched.disconnectedCount).toBe(0), 30_000);
      });

      for (const { end } of before) expect(end).toMatchObject({ exitCode: 0, reason: "Completed" });
      const shareOfGrace = before.map(({ deletedAt = Number.NaN, endedAt = Number.NaN, graceMs }) => {
        figures.add(
          "realtime from deletion to end",
          `${seconds(endedAt - deletedAt)} s of ${seconds(graceMs)} s`,
        );
        return (endedAt - deletedAt) / graceMs;
      });
      expect(shareOfGrace).toHaveLength(2);
      expect(Math.max(...shareOfGrace)).toBeLessThan(1);

      const { reasons, leftAt, backAt, absences } = returns as ClientReturns;
      expect(reasons.length).toBeGreaterThanOrEqual(CLIENTS);
      expect(new Set(reasons)).toEqual(new Set(["drain"]));
      figures.spread("clients sent away, after the first", sinceFirst(leftAt));
      figures.spread("clients back, after the first", sinceFirst(backAt));
      figures.spread("clients away until connected again", absences);
      const busiest = { left: mostInASecond(leftAt), back: mostInASecond(backAt) };
      figures.add(
        "most clients in one second",
        `${busiest.left} closed, ${busiest.back} reconnected, of ${reasons.length} over ${DRAIN_SECONDS} s a pod`,
      );
      expect(sinceFirst(leftAt).at(-1)).toBeGreaterThan((DRAIN_SECONDS * 1000) / 2);
      // If two pods drain at the same time, each client may be closed twice.
      for (const most of Object.values(busiest)) expect(most).toBeLessThan((CLIENTS / DRAIN_SECONDS) * 3);
    },
    TIMEOUT_MS,
  );

  it(
    "lose nothing when a processor runs out of memory",
    async () => {
      const life = pods.lives.of("processor")[0] as PodLife;
      const restarts = containerOf(life)?.restartCount ?? 0;
      await withTraffic(pods, { title: "processor out of memory", connected: 16, figures }, async () => {
        const most = await leakUntilKilled(pods, life);
        say("the processor is killed");
        await untilStartedAgain(life, restarts + 1, "OOMKilled");
        figures.add(
          "processor's last termination",
          `${containerOf(life)?.lastState.terminated?.reason}, last seen with ${Math.round(most / 2 ** 20)} MiB of ${PROCESSOR_MEMORY}`,
        );
      });
    },
    TIMEOUT_MS,
  );
});
