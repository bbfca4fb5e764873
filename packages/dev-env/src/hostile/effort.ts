/** What an attack has done so far, as a proof that it was one. */
export interface Effort {
  connections: number;
  bytes: number;
  /** Rounds of its loops. */
  rounds: number;
}

/** Of this process, which runs one attack. */
export const effort: Effort = { connections: 0, bytes: 0, rounds: 0 };
