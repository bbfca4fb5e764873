import { protos } from "@google-cloud/pubsub";
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";

const {
  AcknowledgeRequest,
  GetSubscriptionRequest,
  ModifyAckDeadlineRequest,
  PullRequest,
  PullResponse,
  StreamingPullRequest,
  StreamingPullResponse,
  Subscription,
} = protos.google.pubsub.v1;
const { Empty } = protos.google.protobuf;

type Pull = ServerDuplexStream<
  protos.google.pubsub.v1.IStreamingPullRequest,
  protos.google.pubsub.v1.IStreamingPullResponse
>;
type Acks = ServerUnaryCall<{ readonly ackIds?: string[] | null }, object>;

/** What a pull stream asked for. */
interface Opened {
  readonly clientId: string;
  readonly maxMessages: number;
  readonly params: unknown;
}

interface PullServerOptions {
  /** The answers to unary pulls; those that follow are not answered. */
  readonly pulls?: protos.google.pubsub.v1.IReceivedMessage[][];
  /** Whether pull streams bring no messages, in place of endless ones. */
  readonly isIdle?: boolean;
  /** Whether each ping of a pull stream whose client knows the protocol is answered. */
  readonly answersPings?: boolean;
}

/**
 * A subscription with endless messages that, as Pub/Sub does and its emulator does not, sends no more on a stream than
 * the stream may have leased.
 */
export async function startPullServer({ pulls = [], isIdle, answersPings }: PullServerOptions = {}) {
  const opened: Opened[] = [];
  const streams = new Map<Pull, { room: number }>();
  const leases = new Map<string, { room: number }>();
  const extended = new Set<string>();
  const acked: string[] = [];
  let sent = 0;
  let peak = 0;
  let pings = 0;
  let probes = 0;

  function fill(stream: Pull, flow: { room: number }): void {
    if (isIdle) return;
    const receivedMessages = Array.from({ length: flow.room }, () => {
      const ackId = `lease-${sent++}`;
      leases.set(ackId, flow);
      return { ackId, message: { messageId: ackId, data: Buffer.from("{}") } };
    });
    flow.room = 0;
    peak = Math.max(peak, leases.size);
    if (receivedMessages.length > 0) stream.write({ receivedMessages });
  }

  function release({ request }: Acks, answer: sendUnaryData<object>): void {
    for (const ackId of request.ackIds ?? []) {
      const flow = leases.get(ackId);
      if (flow) flow.room += 1;
      leases.delete(ackId);
    }
    for (const [stream, flow] of streams) fill(stream, flow);
    answer(null, {});
  }

  const server = new Server();
  server.addService(SUBSCRIBER, {
    streamingPull(stream: Pull) {
      stream.on("error", () => streams.delete(stream)).on("cancelled", () => streams.delete(stream));
      let answers = false;
      stream.on("data", ({ subscription, clientId, maxOutstandingMessages, protocolVersion }) => {
        if (!subscription) {
          pings += 1;
          if (answers) stream.write({});
          return;
        }
        answers = Boolean(answersPings) && Number(protocolVersion) === 1;
        const flow = { room: Number(maxOutstandingMessages) };
        const [params] = stream.metadata.get("x-goog-request-params");
        opened.push({ clientId: clientId ?? "", maxMessages: flow.room, params });
        streams.set(stream, flow);
        fill(stream, flow);
      });
    },
    pull(_: unknown, answer: sendUnaryData<object>) {
      const receivedMessages = pulls.shift();
      if (receivedMessages) answer(null, { receivedMessages });
    },
    // As for who may only subscribe.
    getSubscription(_: unknown, answer: sendUnaryData<object>) {
      probes += 1;
      answer({ code: status.PERMISSION_DENIED });
    },
    acknowledge(call: Acks, answer: sendUnaryData<object>) {
      acked.push(...(call.request.ackIds ?? []));
      release(call, answer);
    },
    modifyAckDeadline(
      call: Acks & { request: { ackDeadlineSeconds?: number } },
      answer: sendUnaryData<object>,
    ) {
      if (!call.request.ackDeadlineSeconds) return release(call, answer);
      for (const ackId of call.request.ackIds ?? []) extended.add(ackId);
      answer(null, {});
    },
  } as Parameters<Server["addService"]>[1]);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });

  return {
    port,
    emulatorHost: `127.0.0.1:${port}`,
    opened,
    pings: () => pings,
    /** Calls other than pulls that ask for an answer. */
    probes: () => probes,
    leased: () => leases.size,
    /** The leases that were ever extended. */
    extended: () => extended.size,
    /** The leases that were ended because the message is done with. */
    acked: (): readonly string[] => acked,
    /** The most that was ever leased. */
    peak: () => peak,
    endStreams(): void {
      for (const stream of streams.keys()) stream.emit("error", { code: status.UNAVAILABLE });
      streams.clear();
    },
    close: () => server.forceShutdown(),
  };
}

const PATH = "/google.pubsub.v1.Subscriber";

interface MessageType {
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
}

function method(name: string, request: MessageType, response: MessageType, streams: boolean) {
  return {
    path: `${PATH}/${name}`,
    requestStream: streams,
    responseStream: streams,
    requestSerialize: (message: object) => Buffer.from(request.encode(message).finish()),
    requestDeserialize: (bytes: Buffer) => request.decode(bytes),
    responseSerialize: (message: object) => Buffer.from(response.encode(message).finish()),
    responseDeserialize: (bytes: Buffer) => response.decode(bytes),
  };
}

const SUBSCRIBER: ServiceDefinition = {
  streamingPull: method("StreamingPull", StreamingPullRequest, StreamingPullResponse, true),
  pull: method("Pull", PullRequest, PullResponse, false),
  getSubscription: method("GetSubscription", GetSubscriptionRequest, Subscription, false),
  acknowledge: method("Acknowledge", AcknowledgeRequest, Empty, false),
  modifyAckDeadline: method("ModifyAckDeadline", ModifyAckDeadlineRequest, Empty, false),
};
