/** Work that no batch waits for, but that stop() does. */
export interface Background {
  /** @param task never rejects */
  run(task: () => Promise<void>): void;
  /** Resolves once nothing is under way. */
  settled(): Promise<void>;
}

export function createBackground(): Background {
  const underWay = new Set<Promise<void>>();

  return {
    run(task) {
      const running = task().finally(() => underWay.delete(running));
      underWay.add(running);
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
