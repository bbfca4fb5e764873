/** A real port that records its calls, and that a test can make fail. */
export interface Tap<Port> {
  readonly port: Port;
  readonly calls: { readonly method: string; readonly args: readonly unknown[] }[];
  /** The calls of one method. */
  count(method: keyof Port): number;
  /** Runs before each real call; an error that it throws replaces the call. */
  before: ((method: string, args: readonly unknown[]) => unknown) | undefined;
}

export function tapped<Port extends object>(real: Port): Tap<Port> {
  const tap: Tap<Port> = {
    port: new Proxy(real, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          const method = String(name);
          tap.calls.push({ method, args });
          await tap.before?.(method, args);
          return value.apply(target, args);
        };
      },
    }),
    calls: [],
    count: (method) => tap.calls.filter((call) => call.method === method).length,
    before: undefined,
  };
  return tap;
}
