import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { newMessage, type ScriptedServer, startScriptedServer } from "../testing/scripted-server.ts";
import { type Client, connect, memoryStore, type Store } from "./index.ts";

describe("what becomes of a message", () => {
  let server: ScriptedServer;
  let client: Client;
  /** What a loop over the messages was given. */
  let received: string[];

  beforeEach(async () => {
    server = await startScriptedServer();
    received = [];
  });
  afterEach(async () => {
    await client.close({ timeoutMs: 0 });
    await server.close();
  });

  async function open(store: Store = memoryStore()): Promise<void> {
    client = connect({ url: server.url, token: () => "token", store });
    await eventually(() => expect(client.state).toBe("catching-up"));
  }

  const deliver = (...messages: object[]) => {
    for (const message of messages) server.socket().emit("message", message);
  };
  async function receive(action: "ack" | "keep"): Promise<void> {
    for await (const message of client.messages()) {
      received.push(message.id);
      if (action === "ack") await message.ack();
    }
  }
  const hasReceived = (count: number) => eventually(() => expect(received.length).toBe(count));
  async function reconnect(): Promise<void> {
    const before = server.arrivals.length;
    server.socket().conn.close();
    await eventually(() => {
      expect(server.arrivals.length).toBe(before + 1);
      expect(client.state).toBe("catching-up");
    });
  }
  /** Resolves once the client has read everything that was sent before. */
  const isRead = async () => {
    const last = newMessage();
    deliver(last);
    await eventually(() => expect(received).toContain(last.id));
  };

  it("is handed over once, although it comes again before it is acknowledged", async () => {
    const message = newMessage();
    await open();
    void receive("keep");
    deliver(message, message);
    await hasReceived(1);
    await reconnect();
    deliver(message);
    await isRead();
    expect(received.filter((id) => id === message.id)).toEqual([message.id]);
    expect(server.acks).toEqual([]);
  });

  it("is acknowledged again after a reconnect, until the server confirms", async () => {
    const message = newMessage();
    server.answer = () => {};
    await open();
    void receive("ack");
    deliver(message);
    await eventually(() => expect(server.acks).toEqual([[message.id]]));
    server.answer = (_ids, callback) => callback({ ok: true });
    await reconnect();
    await eventually(() => expect(server.acks).toEqual([[message.id], [message.id]]));
  });

  it("is acknowledged again when the server says so", async () => {
    const message = newMessage();
    server.answer = (_ids, callback) => {
      const error = { code: "unavailable", message: "no", retryable: true, retryAfterMs: 5 };
      callback(server.acks.length === 1 ? { ok: false, error } : { ok: true });
    };
    await open();
    void receive("ack");
    deliver(message);
    await eventually(() => expect(server.acks).toEqual([[message.id], [message.id]]));
  });

  it("that was acknowledged in an earlier life is acknowledged again, and not handed over", async () => {
    const [saved, acked] = [newMessage(), newMessage()];
    const store = memoryStore();
    await store.write(
      new Map([
        [saved.id, "saved"],
        [acked.id, "acked"],
      ]),
    );
    await open(store);
    await eventually(() => expect(server.acks).toEqual([[saved.id]]));
    void receive("keep");
    deliver(saved, acked);
    await isRead();
    expect(received.length).toBe(1);
    await eventually(() => expect(server.acks.flat().slice(1).sort()).toEqual([saved.id, acked.id].sort()));
  });

  it("is not acknowledged while the store cannot record it", async () => {
    const message = newMessage();
    const store = memoryStore();
    const { write } = store;
    store.write = () => Promise.reject(new Error("the disk is full"));
    await open(store);
    deliver(message);
    const { value } = await client.messages().next();
    await expect(value?.ack()).rejects.toMatchObject({ code: "store_failed" });
    expect(server.acks).toEqual([]);
    store.write = write;
    await value?.ack();
    await eventually(() => expect(server.acks).toEqual([[message.id]]));
  });

  it("is acknowledged before close() resolves, although ack() is still under way", async () => {
    const message = newMessage();
    await open();
    deliver(message);
    const { value } = await client.messages().next();
    void value?.ack();
    await client.close();
    expect(server.acks).toEqual([[message.id]]);
  });

  it("is acknowledged by id as any call is made: over HTTP, with its signal and retries", async () => {
    await open();
    const abort = new AbortController();
    const retried: string[] = [];
    const onRetry = ({ code }: { readonly code: string }) => {
      retried.push(code);
      abort.abort();
    };
    const call = client.ack([newMessage().id], { signal: abort.signal, onRetry });
    await expect(call).rejects.toMatchObject({ code: "aborted" });
    expect(retried).toEqual(["unavailable"]);
    expect(server.acks).toEqual([]);
  });

  it("is acknowledged in batches of at most 500", async () => {
    const messages = Array.from({ length: 1_200 }, () => newMessage());
    await open();
    const loop = client.messages();
    deliver(...messages);
    const taken = [];
    for (const _ of messages) taken.push((await loop.next()).value);
    await Promise.all(taken.map((message) => message?.ack()));
    await eventually(() => expect(server.acks.flat().length).toBe(1_200));
    expect(server.acks.length).toBeLessThanOrEqual(4);
    expect(Math.max(...server.acks.map((ids) => ids.length))).toBeLessThanOrEqual(500);
  });

  it("that is ephemeral needs no acknowledgement, and is handed over once", async () => {
    const message = newMessage({ isEphemeral: true });
    await open();
    void receive("ack");
    deliver(message, message);
    await isRead();
    expect(received.length).toBe(2);
    await eventually(() => expect(server.acks).toEqual([[received[1]]]));
  });

  it("goes to the next loop when its own ends before it is acknowledged", async () => {
    const [first, second] = [newMessage(), newMessage()];
    await open();
    deliver(first, second);
    await expect(
      (async () => {
        for await (const { id } of client.messages()) throw new Error(id);
      })(),
    ).rejects.toThrow(first.id);
    void receive("ack");
    await hasReceived(2);
    expect(received).toEqual([first.id, second.id]);
  });

  it("that is queued is not waited for once the signal of drain() aborts", async () => {
    await open();
    const stop = new AbortController();
    const next = client.drain({ signal: stop.signal }).next();
    stop.abort();
    await expect(next).rejects.toMatchObject({ code: "aborted" });
  });

  it("that waited for a loop when the connection was lost comes in the server's order", async () => {
    const [older, newer] = [newMessage(), newMessage()];
    await open();
    deliver(newer);
    const probe = newMessage({ isEphemeral: true });
    deliver(probe);
    await reconnect();
    deliver(older, newer);
    void receive("ack");
    await hasReceived(3);
    expect(received.filter((id) => id !== probe.id)).toEqual([older.id, newer.id]);
  });
});
