import { AnonymousSender } from "./anonymous/anonymous-sender.ts";
import { checkOptions } from "./check-options.ts";
import { type HttpApi, httpApi } from "./http/http-api.ts";
import { HttpCalls } from "./http/http-calls.ts";
import { AckSender } from "./messages/ack-sender.ts";
import { Deliveries } from "./messages/deliveries.ts";
import { Ledger } from "./messages/ledger.ts";
import type { CallOptions, Message } from "./model.ts";
import { memoryStore } from "./stores/memory-store.ts";
import { type TokenFunction, TokenSource } from "./token-source.ts";

export interface HttpClientOptions {
  /** Of the api, such as `https://api.example.com`. */
  readonly url: string;
  /** Of the realtime service, if it is not reached at `url` as well. Messages with an access key are sent there. */
  readonly realtimeUrl?: string;
  /** Of the user. Without it, only `send` with an access key works: all other calls fail with `token_failed`. */
  readonly token?: TokenFunction;
  /** The device that pulls and acknowledges; by default the token's, else the user's default device. */
  readonly deviceId?: string;
}

/** What senders and command lines need: the HTTP API without a connection. It keeps no process alive. */
export interface HttpClient extends HttpApi {
  /** What is queued, oldest first, each message once. Ends when the queue is empty; throws `aborted` by the signal. */
  drain(options?: Pick<CallOptions, "signal">): AsyncIterableIterator<Message>;
}

const FLUSH_TIMEOUT_MS = 60_000;

/** @throws TypeError for options with which no call could succeed */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  checkOptions(options);
  const { url, realtimeUrl = url, token, deviceId } = options;
  const calls = new HttpCalls(url, new TokenSource(token), deviceId);
  const api = httpApi(calls, new AnonymousSender(realtimeUrl));
  return {
    ...api,
    async *drain(options) {
      const ledger = new Ledger(memoryStore());
      const acks = new AckSender({
        deliver: (ids) => api.ack(ids, { timeoutMs: 0 }),
        confirmed: (ids) => ledger.acked(ids),
        failed: () => {},
      });
      const deliveries = new Deliveries(ledger, acks);
      let isLeft = true;
      try {
        yield* deliveries.drain({
          pull: () => api.pull({ ...options, limit: 500 }),
          flush: () => acks.flush(FLUSH_TIMEOUT_MS),
        });
        isLeft = false;
      } catch (error) {
        isLeft = false;
        throw error;
      } finally {
        // The last message may just have been acknowledged, and the loop left.
        if (isLeft) await acks.flush(FLUSH_TIMEOUT_MS).finally(() => acks.stop());
        else acks.stop();
      }
    },
  };
}
