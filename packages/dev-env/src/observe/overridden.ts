/** A port some of whose methods are replaced; the others go to the real one, whose class may have private fields. */
export function overridden<Port extends object>(real: Port, methods: Partial<Port>): Port {
  return new Proxy(real, {
    get(target, name) {
      if (Object.hasOwn(methods, name)) return Reflect.get(methods, name);
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
