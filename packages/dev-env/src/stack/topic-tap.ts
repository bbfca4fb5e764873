import { uniqueName } from "../servers/index.ts";
import type { Stack } from "./start-stack.ts";

/** What was published: `data` in base64. */
export interface TappedRecord {
  readonly data: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A test's own subscription: everything published to the topic from now on. */
export interface TopicTap {
  /** Everything received so far, parsed from JSON. */
  received(): Promise<readonly unknown[]>;
  /** The same as it was published. */
  records(): Promise<readonly TappedRecord[]>;
}

/** Listens to a topic of the stack through the REST API of Google's emulator. @param topic its id */
export async function tapTopic({ env, pubsub }: Stack, topic: string): Promise<TopicTap> {
  const project = `projects/${env.GOOGLE_CLOUD_PROJECT}`;
  const url = `http://${pubsub.url}/v1/${project}/subscriptions/${uniqueName("tap")}`;
  const all: TappedRecord[] = [];
  await call("PUT", url, { topic: `${project}/topics/${topic}` });

  async function records(): Promise<readonly TappedRecord[]> {
    const { receivedMessages = [] } = await call<{
      receivedMessages?: { ackId: string; message: TappedRecord }[];
    }>("POST", `${url}:pull`, { maxMessages: 100, returnImmediately: true });
    all.push(...receivedMessages.map(({ message }) => message));
    const ackIds = receivedMessages.map(({ ackId }) => ackId);
    if (ackIds.length > 0) await call("POST", `${url}:acknowledge`, { ackIds });
    return all;
  }
  return {
    records,
    received: async () => (await records()).map(({ data }) => JSON.parse(atob(data))),
  };
}

async function call<T = unknown>(method: string, url: string, body: unknown): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}
