import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster, startApiProxy } from "@dumbwaiter/dev-env/cluster";
import { connectKubernetes } from "@dumbwaiter/kubernetes";
import { expect, it } from "@jest/globals";
import { LeaderElection, NotLeadingError } from "./leader-election.ts";

/** A quarter of it is enough for what a busy machine must do in time. */
const LEASE_MS = 12_000;

it("a term ends on time even if its renewal is under way and gets no answer", async () => {
  const cluster = await sharedCluster();
  const proxy = await startApiProxy(cluster.address);
  const { client } = connectKubernetes({ kubeconfig: proxy.kubeconfigPath });
  let isLost = false;
  let renewals = 0;
  const election = new LeaderElection({
    client,
    namespace: await cluster.namespace(),
    leaseName: "on-time",
    leaseMs: LEASE_MS,
    onLeading() {},
    async onLost() {
      isLost = true;
    },
    onError() {},
  });
  try {
    election.start();
    await eventually(() => expect(election.remainingMs()).toBeGreaterThan(0));
    const { signal } = election;
    // The read of the lease is answered just in time, its renewal never.
    proxy.intercept(async ({ method }) => {
      if (method === "PUT") renewals++;
      const wait = Promise.withResolvers<void>();
      setTimeout(wait.resolve, method === "GET" ? LEASE_MS / 4 : LEASE_MS * 10).unref();
      await wait.promise;
      return "pass";
    });
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    expect(signal.reason).toBeInstanceOf(NotLeadingError);
    expect({ renewals, isLost }).toEqual({ renewals: 1, isLost: false });
    expect(() => election.remainingMs()).toThrow(NotLeadingError);
    await eventually(() => expect(isLost).toBe(true));
  } finally {
    await client.close();
    await election.stop();
    await proxy.close();
  }
});
