/**
 * What the probes ask. A shared dependency that is away does not show here: it would take every pod out of service
 * at once.
 */
export class Health {
  /** Set once the service takes work. */
  started = false;
  /** Set when the service is about to stop. */
  draining = false;
  /** What no longer moves and will not by itself, if anything: `/healthz` fails, and the platform starts us anew. */
  stuck: () => string | undefined = () => undefined;

  /** Whether new work may be sent here. */
  get ready(): boolean {
    return this.started && !this.draining;
  }

  get state(): "starting" | "ready" | "draining" {
    if (this.draining) return "draining";
    return this.started ? "ready" : "starting";
  }
}
