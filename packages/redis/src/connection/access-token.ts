import { Connector } from "./connector.ts";

/**
 * A token in place of a password. Memorystore asks for one that is valid whenever a connection opens; when it ends,
 * connections that are open remain.
 */
export class AccessToken {
  readonly #source: () => Promise<string>;
  #current = "";

  /** @param source of tokens that are valid for some minutes more; it keeps them as long as they are */
  constructor(source: () => Promise<string>) {
    this.#source = source;
  }

  /** Call it every few seconds. @throws when there is no token; the last one remains */
  async refresh(): Promise<void> {
    this.#current = await this.#source();
  }

  /** Options with which each connection signs in with the token of the time when it opens. */
  get options() {
    const current = () => this.#current;
    return {
      username: "default",
      password: this.#current,
      Connector: class extends Connector {
        constructor(options: unknown) {
          super(options);
          // ioredis reads the options of a connection each time that it opens, and copies them for other connections.
          Object.defineProperty(options as object, "password", {
            get: current,
            enumerable: true,
            configurable: true,
          });
        }
      },
    };
  }
}
