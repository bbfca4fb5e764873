/** `saved`: the server has not confirmed yet that it deleted the message. `acked`: it has. */
export type Mark = "saved" | "acked";

/**
 * Where a client keeps the ids of the messages that the application has saved, so that none is handed over again. It
 * holds some 10,000 of them and no message. A store belongs to one device, and to one client at a time.
 */
export interface Store {
  /** Everything that is recorded, oldest first. Called once, before the first write. */
  read(): Promise<Iterable<readonly [id: string, mark: Mark]>>;
  /**
   * Records all of these or none; `forgotten` removes an id. Resolves once they would survive the end of this process.
   * Called again only after it has settled.
   */
  write(changes: ReadonlyMap<string, Mark | "forgotten">): Promise<void>;
}
