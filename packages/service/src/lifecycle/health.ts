/**
 * What the probes report. An unavailable shared dependency is not part of it: it would take every pod out of service at
 * once.
 */
export class Health {
  /** Set once the service accepts work. */
  started = false;
  /** Set when a stop begins. */
  stopping = false;
  /** What is stuck and will not recover by itself, if anything: `/healthz` fails, and the platform restarts us. */
  stuck: () => string | undefined = () => undefined;

  /** Whether new work may be sent here. */
  get ready(): boolean {
    return this.started && !this.stopping;
  }

  get state(): "starting" | "ready" | "draining" {
    if (this.stopping) return "draining";
    return this.started ? "ready" : "starting";
  }
}
