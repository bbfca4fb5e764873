import { uniqueName } from "@dumbwaiter/dev-env/servers";
import type { Launcher } from "@dumbwaiter/dev-env/stack/launcher";
import type { WireUser } from "@dumbwaiter/wire-user";
import { type Run, WARM_UP_PARTS } from "../runner/measure.ts";
import { startTreeStack, type TreeStack } from "../trees/start-tree-stack.ts";
import type { Tree } from "../trees/tree.ts";
import { inFlight } from "./in-flight.ts";
import { Recipients } from "./recipients.ts";
import type { Sender } from "./sender.ts";
import { openSenders } from "./traffic.ts";

/** Messages for each node: until V8 has compiled the hot code, each costs half as much again. */
const WARM_UP = 10_000;
const WARM_UP_IN_FLIGHT = 256;

interface Options {
  /** On all nodes together. */
  readonly recipients?: number;
  /** Realtime nodes, each of which has an equal share of the recipients. */
  readonly nodes?: number;
  /** More settings for every service. */
  readonly env?: Readonly<Record<string, string>>;
  /** The tree's own by default. */
  readonly launcher?: Launcher;
}

/** Senders, and recipients who are connected. */
export interface ConnectedTraffic extends TreeStack {
  readonly senders: readonly Sender[];
  readonly recipients: Recipients;
  /** Sends to one recipient after the other; resolves when the message is acknowledged. */
  sendAndAck(index: number): Promise<void>;
  /** Sends until the code is compiled, in parts. */
  warmUp(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the services, and connects the recipients. */
export async function openConnectedTraffic(
  tree: Tree,
  run: Run,
  { recipients: count = 64, nodes = 1, ...options }: Options = {},
): Promise<ConnectedTraffic> {
  const started = await startTreeStack(tree, run, { realtime: nodes, ...options });
  try {
    const senders = await openSenders(started.endpoints);
    const recipients = await Recipients.connect(uniqueName("recipient"), count, started.endpoints);
    const sendAndAck = async (index: number) => {
      const recipient = recipients.users[index % recipients.users.length] as WireUser;
      await recipients.acknowledged(await (senders[index % senders.length] as Sender).send(recipient));
    };
    return {
      ...started,
      ...{ senders, recipients, sendAndAck },
      warmUp: () => inFlight(WARM_UP_IN_FLIGHT, run.scaled((WARM_UP * nodes) / WARM_UP_PARTS), sendAndAck),
      close: async () => {
        await recipients.disconnect();
        for (const sender of senders) sender.close();
        await started.stop();
      },
    };
  } catch (error) {
    await started.stop();
    throw error;
  }
}
