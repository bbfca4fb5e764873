import { type ChannelCredentials, type ChannelOptions, credentials, type Metadata } from "@grpc/grpc-js";
import { ReconnectingChannel } from "./reconnecting-channel.ts";

/** Where Google's services are. */
export interface GoogleEndpoint {
  readonly projectId: string;
  /** Host of the service, perhaps with a port, where it is not the public one. */
  readonly endpoint?: string | undefined;
  /** `host:port` of an emulator, in place of the service. */
  readonly emulatorHost?: string | undefined;
}

const CHANNEL_OPTIONS = {
  // Nothing else reveals a half-open connection.
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
  // Node's default of 64 KiB holds back pages and pulls of many large messages.
  "grpc-node.flow_control_window": 1024 * 1024,
  // By default a client reconnects up to two minutes after the server has recovered.
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 2_000,
  "grpc.channelFactoryOverride": (target: string, creds: ChannelCredentials, options: ChannelOptions) =>
    new ReconnectingChannel(target, creds, options),
};

/** Firestore's emulator takes a BatchWrite only so; Google's wrappers send it too. */
const AS_OWNER = { authorization: "Bearer owner" };

/**
 * Options for Google's generated clients, which unlike their wrappers do not know the emulators.
 *
 * @param headers of each call, in place of those that the client chooses
 */
export function googleClientOptions(
  { projectId, endpoint, emulatorHost }: GoogleEndpoint,
  headers: Readonly<Record<string, string>> = {},
) {
  const all = emulatorHost ? { ...headers, ...AS_OWNER } : headers;
  const options = {
    projectId,
    ...CHANNEL_OPTIONS,
    // The client writes its own headers over those that a call is given.
    "grpc.callInvocationTransformer": <Call extends { metadata: Metadata }>(call: Call) => {
      for (const [name, value] of Object.entries(all)) call.metadata.set(name, value);
      return call;
    },
  };
  if (!emulatorHost) return endpoint ? { ...options, ...serviceAt(`https://${endpoint}`, 443) } : options;
  return {
    ...options,
    ...serviceAt(`http://${emulatorHost}`, 80),
    sslCreds: credentials.createInsecure(),
    // Without it the client looks for credentials, and asks the machine's metadata server, before the first call.
    clientOptions: { universeDomain: "googleapis.com" },
  };
}

function serviceAt(url: string, defaultPort: number) {
  const { hostname, port } = new URL(url);
  return { servicePath: hostname, port: Number(port || defaultPort) };
}
