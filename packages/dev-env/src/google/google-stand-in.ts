import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, credentials, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { makeCertificates } from "../servers/certificates.ts";
import { LOOPBACK, type ServerAddress } from "../servers/server.ts";
import { type FaultRates, NO_FAULTS, planGoogleFaults } from "./google-faults.ts";
import { type CredentialForm, type IdentityServer, startIdentityServer } from "./identity-server.ts";
import { METHODS, type Method } from "./methods.ts";
import { asItIs, passOn, type RawCall } from "./pass-on.ts";
import { DENIED, NO_DEADLINE, type Refusal, refusalOf, UNAUTHENTICATED } from "./refusals.ts";

/** A call that has ended. */
export interface GoogleCall {
  /** Such as `Commit`. */
  readonly method: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** When it began; absent if it never ends by itself. */
  readonly deadlineMs: number | undefined;
  readonly code: status;
}

interface GoogleCounts {
  connections: number;
  calls: number;
  refused: number;
  /** Answers replaced, or lost with the connection. */
  lost: number;
  streamsEnded: number;
}

interface StandInOptions {
  readonly pubsub: Pick<ServerAddress, "url">;
  readonly firestore: Pick<ServerAddress, "url">;
  readonly faults?: FaultRates | undefined;
  /** A streaming pull is ended with UNAVAILABLE after so long: 20 s in place of Google's 30 minutes. */
  readonly streamMs?: number;
  /** A connection gets a GOAWAY after about so long, and ends so long later. */
  readonly connectionMs?: number;
  /** Clients use a token for so long. */
  readonly tokenMs?: number;
  readonly onCall?: (call: GoogleCall) => void;
}

export interface GoogleStandIn {
  readonly port: number;
  /** PEM of its certificate authority. */
  readonly ca: string;
  readonly issued: IdentityServer["issued"];
  /** What it did so far. */
  readonly counts: Readonly<GoogleCounts>;
  /** The settings of a service that uses it. @param port of a link to it */
  env(form?: CredentialForm, port?: number): Readonly<Record<string, string>>;
  /** From now on, calls of these methods are refused with PERMISSION_DENIED. */
  deny(methods: readonly string[]): void;
  close(): Promise<void>;
}

const MAX_STREAMS = 100;
const HEADERS = ["x-goog-request-params", "google-cloud-resource-prefix", "x-goog-api-client"];

/**
 * A server that stands in for Google's Pub/Sub and Firestore: with TLS, it checks what the emulators ignore, breaks
 * off as the services do, and passes the calls on to the emulators.
 */
export async function startGoogleStandIn(options: StandInOptions): Promise<GoogleStandIn> {
  const { streamMs = 20_000, connectionMs = 30_000, tokenMs = 15_000 } = options;
  const folder = await mkdtemp(join(tmpdir(), "dumbwaiter-google-"));
  await makeCertificates(folder, {
    google: ["-subj", "/CN=google", "-addext", `subjectAltName=DNS:localhost`],
  });
  const read = (name: string) => readFile(join(folder, name));
  const [ca, key, certificate] = await Promise.all(["ca.pem", "google.key", "google.pem"].map(read));
  const identity = await startIdentityServer(folder, "stand-in", tokenMs);
  const emulators = {
    pubsub: emulatorClient(options.pubsub.url),
    firestore: emulatorClient(options.firestore.url),
  };
  const faultOf = planGoogleFaults(options.faults ?? NO_FAULTS);
  const sockets = new Map<string, Socket>();
  const counts: GoogleCounts = { connections: 0, calls: 0, refused: 0, lost: 0, streamsEnded: 0 };
  let denied: readonly string[] = [];

  function refusedCall(call: RawCall, name: string): Refusal | undefined {
    const [authorization] = call.metadata.get("authorization");
    if (!identity.isAuthorized(authorization?.toString())) return UNAUTHENTICATED;
    if (denied.includes(name)) return DENIED;
    return deadlineOf(call) === undefined ? NO_DEADLINE : undefined;
  }

  function handle(path: string, method: Method, call: RawCall): void {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const deadlineMs = deadlineOf(call);
    const fault = faultOf(path, method);
    const isLost = fault === "lost" || fault === "dropped";
    let streaming: NodeJS.Timeout | undefined;

    function lose(): void {
      counts.lost += 1;
      if (fault === "dropped") sockets.get(call.getPeer())?.resetAndDestroy();
    }

    counts.calls += 1;
    if (typeof fault === "object") counts.refused += 1;
    const end = passOn(call, {
      path,
      emulator: emulators[method.service],
      check: (request) =>
        refusedCall(call, name) ??
        refusalOf(method, request, call.metadata) ??
        (typeof fault === "object" && "refusal" in fault ? fault.refusal : undefined),
      rewriting: typeof fault === "object" && "rewriting" in fault ? fault.rewriting : undefined,
      instead: isLost ? lose : undefined,
      ended(code) {
        clearTimeout(streaming);
        const headers = Object.fromEntries(HEADERS.map((header) => [header, call.metadata.get(header)[0]]));
        options.onCall?.({ method: name, headers, deadlineMs, code });
      },
    });
    if (!method.isStream) return;
    const over = { code: status.UNAVAILABLE, details: "The service was unable to fulfill your request." };
    streaming = setTimeout(() => {
      counts.streamsEnded += 1;
      end(over);
    }, streamMs);
  }

  const server = new Server({
    "grpc.max_concurrent_streams": MAX_STREAMS,
    "grpc.max_connection_age_ms": connectionMs,
    "grpc.max_connection_age_grace_ms": connectionMs,
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
    "grpc-node.flow_control_window": 1024 * 1024,
  });
  for (const [path, method] of METHODS) {
    server.register(path, (call: RawCall) => handle(path, method, call), asItIs, asItIs, "bidi");
  }
  const tls = ServerCredentials.createSsl(null, [
    { private_key: key as Buffer, cert_chain: certificate as Buffer },
  ]);
  const injector = server.createConnectionInjector(tls);
  const listener = createServer((socket) => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    counts.connections += 1;
    sockets.set(peer, socket);
    socket.on("error", () => {}).once("close", () => sockets.delete(peer));
    injector.injectConnection(socket);
  });
  listener.listen(0, LOOPBACK);
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;

  return {
    port,
    ca: String(ca),
    issued: identity.issued,
    counts,
    env(form = "metadata", linkPort = port) {
      const endpoint = `localhost:${linkPort}`;
      return {
        ...{ PUBSUB_ENDPOINT: endpoint, FIRESTORE_ENDPOINT: endpoint },
        ...{ PUBSUB_EMULATOR_HOST: "", FIRESTORE_EMULATOR_HOST: "" },
        GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: join(folder, "ca.pem"),
        ...identity.env[form],
      };
    },
    deny(methods) {
      denied = methods;
    },
    async close() {
      const closed = once(listener, "close");
      listener.close();
      for (const socket of sockets.values()) socket.destroy();
      await closed;
      injector.destroy();
      server.forceShutdown();
      for (const client of Object.values(emulators)) client.close();
      await identity.close();
      await rm(folder, { recursive: true });
    },
  };
}

function emulatorClient(url: string): Client {
  return new Client(url, credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 1_000,
    "grpc-node.flow_control_window": 1024 * 1024,
  });
}

function deadlineOf(call: RawCall): number | undefined {
  const deadline = Number(call.getDeadline());
  return Number.isFinite(deadline) ? deadline - Date.now() : undefined;
}
