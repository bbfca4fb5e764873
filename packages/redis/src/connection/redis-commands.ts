import { UnavailableError } from "@dumbwaiter/core";
import { Cluster, Command, Redis, type RedisOptions } from "ioredis";
import { withDeadline } from "./deadline.ts";
import { nodeKey } from "./node-key.ts";
import { redacted } from "./redacted.ts";
import { openCommandClient, type RedisAccess } from "./redis-connections.ts";

type Argument = string | number;

/** Redirections that a cluster's pipeline does not follow when they concern only some of its commands. */
const REDIRECTED = /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN) /;

/** Commands to Redis or a Redis Cluster, other than subscriptions. */
export class RedisCommands {
  readonly #client: Redis | Cluster;
  #lastError: Error | undefined;

  /** @param onChange called when a connection opens or closes */
  constructor(target: RedisAccess, onChange: () => void) {
    this.#client = openCommandClient(target);
    // Without a listener, an error ends the process.
    for (const event of ["error", "node error"]) {
      this.#client.on(event, (error: Error) => {
        this.#lastError = redacted(error);
      });
    }
    this.#client.on("ready", () => {
      this.#lastError = undefined;
    });
    for (const event of ["ready", "close", "+node", "-node"]) this.#client.on(event, onChange);
  }

  get isCluster(): boolean {
    return this.#client instanceof Cluster;
  }

  /** Sends one command, in one pipeline with the others of this tick to the same node. */
  async run(name: string, ...args: Argument[]): Promise<unknown> {
    return await this.#explained(this.#send(name, args));
  }

  /**
   * Sends one command with each of these arguments, in one pipeline unless there is a cluster. Never rejects, but tells
   * how each ended: by its reply, or by an error.
   */
  async runEach(
    name: string,
    all: readonly Argument[][],
    ended: (index: number, outcome: unknown) => void,
  ): Promise<void> {
    if (this.#client instanceof Redis) {
      // A promise for each command would take more time than the command.
      const pipeline = this.#client.pipeline();
      for (const args of all) pipeline.call(name, ...args);
      const outcomes = (await pipeline.exec()) as [Error | null, unknown][];
      for (const [index, [error, reply]] of outcomes.entries()) {
        ended(index, error ? this.#explanationOf(error) : reply);
      }
    } else {
      const commands = all.map((args, index) =>
        this.run(name, ...args).then(
          (reply) => ended(index, reply),
          (error: unknown) => ended(index, error),
        ),
      );
      await Promise.all(commands);
    }
  }

  /** Sends a command to one node of a cluster; without a cluster, there is only one. */
  async runAt(node: string, name: string, ...args: Argument[]): Promise<unknown> {
    if (this.#client instanceof Redis) return this.run(name, ...args);
    const client = this.#client.nodes("master").find(({ options }) => nodeKeyOf(options) === node);
    if (client === undefined) throw new Error("Not a node of the Redis Cluster");
    return await this.#explained(client.call(name, ...args));
  }

  /** Throws unless every part of Redis answers. */
  async check(): Promise<void> {
    if (this.#client instanceof Redis) {
      await this.run("ping");
      return;
    }
    const info = String(await this.run("cluster", "info"));
    if (!info.includes("cluster_state:ok")) throw new Error("The Redis Cluster is down");
    await this.#explained(Promise.all(this.#client.nodes("master").map((node) => node.ping())));
  }

  /** @throws UnavailableError when the work fails or takes longer */
  async within<T>(ms: number, work: Promise<T>): Promise<T> {
    try {
      return await withDeadline(work, ms);
    } catch (cause) {
      throw new UnavailableError("redis", cause);
    }
  }

  close(): void {
    this.#client.disconnect();
  }

  async #send(name: string, args: Argument[]): Promise<unknown> {
    try {
      return await this.#client.call(name, ...args);
    } catch (error) {
      if (!this.isCluster || !REDIRECTED.test((error as Error).message)) throw error;
      // A single command follows the redirection, and has the slot map refreshed.
      return await this.#client.sendCommand(new Command(name, args, { replyEncoding: "utf8" }));
    }
  }

  /** A refused command says only that there is no connection; the connection's last error says why. */
  async #explained<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw this.#explanationOf(error as Error);
    }
  }

  #explanationOf(error: Error): Error {
    return (this.#client.status === "ready" ? undefined : this.#lastError) ?? redacted(error);
  }
}

function nodeKeyOf({ host = "", port = 0 }: RedisOptions): string {
  return nodeKey({ host, port });
}
