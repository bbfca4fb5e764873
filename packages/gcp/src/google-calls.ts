import { type Client, type ClientDuplexStream, Metadata } from "@grpc/grpc-js";

/** A class of messages that Google generates from its definitions. */
interface MessageType<Sent, Received = Sent> {
  encode(message: Sent): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Received;
}

/** A method of a service, with what its messages are written and read by. */
export interface Method<Request, Response> {
  readonly path: string;
  serialize(request: Request): Buffer;
  deserialize(bytes: Buffer): Response;
}

/** @param path such as `google.pubsub.v1.Publisher/Publish` */
export function method<Request, Response>(
  path: string,
  request: Pick<MessageType<Request>, "encode">,
  response: Pick<MessageType<unknown, Response>, "decode">,
): Method<Request, Response> {
  return {
    path: `/${path}`,
    serialize: (message) => request.encode(message).finish() as Buffer,
    deserialize: (bytes) => response.decode(bytes),
  };
}

/** By which Google's front end finds a resource of Pub/Sub. */
export function routedBy(param: "subscription" | "topic", resource: string): Metadata {
  const metadata = new Metadata();
  metadata.set("x-goog-request-params", `${param}=${encodeURIComponent(resource)}`);
  return metadata;
}

/** @throws ServiceError */
export function unaryCall<Request, Response>(
  stub: Client,
  { path, serialize, deserialize }: Method<Request, Response>,
  request: Request,
  timeoutMs: number,
  metadata = new Metadata(),
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const options = { deadline: Date.now() + timeoutMs };
    const answered = (error: Error | null, response?: Response) => {
      if (error) reject(error);
      else resolve(response as Response);
    };
    stub.makeUnaryRequest(path, serialize, deserialize, request, metadata.clone(), options, answered);
  });
}

/**
 * Resolves once the stream has ended, or `take` has returned false for a response.
 *
 * @throws ServiceError
 */
export function streamedCall<Request, Response>(
  stub: Client,
  { path, serialize, deserialize }: Method<Request, Response>,
  request: Request,
  timeoutMs: number,
  take: (response: Response) => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { deadline: Date.now() + timeoutMs };
    const stream = stub.makeServerStreamRequest(path, serialize, deserialize, request, options);
    let taking = true;
    stream.on("data", (response: Response) => {
      try {
        taking &&= take(response);
      } catch (error) {
        taking = false;
        reject(error);
      }
      if (taking) return;
      stream.cancel();
      resolve();
    });
    stream.on("end", resolve).on("error", reject);
  });
}

/** A stream in both directions, which may be open for so long. */
export function duplexCall<Request, Response>(
  stub: Client,
  { path, serialize, deserialize }: Method<Request, Response>,
  timeoutMs: number,
  metadata: Metadata,
): ClientDuplexStream<Request, Response> {
  const options = { deadline: Date.now() + timeoutMs };
  return stub.makeBidiStreamRequest(path, serialize, deserialize, metadata, options);
}
