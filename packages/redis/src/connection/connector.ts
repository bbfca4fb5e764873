import { connect } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { AbstractConnector, type SentinelConnectionOptions, SentinelConnector } from "ioredis";

/** Those of ioredis that this reads. */
interface ConnectorOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: ConnectionOptions;
  readonly disconnectTimeout: number;
}

/**
 * Opens connections for ioredis. Its own connector listens for one error of a connection, but Node reports a second one
 * when a broken record follows a certificate that it has refused: an error without a listener would end the process.
 */
export class Connector extends AbstractConnector {
  readonly #options: ConnectorOptions;

  constructor(options: unknown) {
    super((options as ConnectorOptions).disconnectTimeout);
    this.#options = options as ConnectorOptions;
  }

  override async connect(): ReturnType<AbstractConnector["connect"]> {
    const { host, port, tls } = this.#options;
    this.connecting = true;
    this.stream = tls === undefined ? connect({ host, port }) : connectTls({ host, port, ...tls });
    this.stream.on("error", (error) => {
      this.firstError ??= error;
    });
    return this.stream;
  }
}

/** As {@link Connector}, to Sentinels and to the master that they name. */
export class MasterConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
    // The Sentinels themselves; ioredis declares this private.
    const self = this as unknown as { connectToSentinel(endpoint: unknown, options?: object): unknown };
    const connectToSentinel = self.connectToSentinel.bind(this);
    self.connectToSentinel = (endpoint, more) => connectToSentinel(endpoint, { Connector, ...more });
  }

  override async connect(
    emit: Parameters<SentinelConnector["connect"]>[0],
  ): ReturnType<SentinelConnector["connect"]> {
    const stream = await super.connect(emit);
    stream.on("error", () => {});
    return stream;
  }
}
