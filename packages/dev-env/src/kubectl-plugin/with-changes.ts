interface Change {
  readonly field: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly isOrder?: true;
}

type Holder = Record<string, unknown>;

/** The object with each change made in it. @throws if a value is not the change's `before` */
export function withChanges<T>(object: T, changes: readonly Change[]): T {
  const changed = { root: structuredClone(object) };
  for (const change of changes) set(changed as Holder, "root", change.field, change);
  return changed.root;
}

function set(holder: Holder, key: string, rest: string, change: Change): void {
  const value = holder[key];
  if (rest === "") {
    if (change.isOrder) holder[key] = ordered(value as Holder[], change.after as string[]);
    else {
      if (JSON.stringify(value) !== JSON.stringify(change.before)) {
        throw new Error(`${change.field} is ${JSON.stringify(value)}, not ${JSON.stringify(change.before)}`);
      }
      if (change.after === undefined) delete holder[key];
      else holder[key] = change.after;
    }
  } else if (rest.startsWith("[")) {
    const list = value as Holder[];
    const step = rest.slice(0, rest.indexOf("]") + 1);
    const index = list.findIndex((item) => matches(item, step));
    const items = list as unknown as Holder;
    const at = String(index === -1 ? list.length : index);
    set(items, at, rest.slice(step.length), change);
    // `set` has removed the item.
    if (index !== -1 && !Object.hasOwn(list, index)) list.splice(index, 1);
  } else {
    // A name may contain dots: take the longest existing one, or else the rest of the path.
    const names = Object.keys(value as Holder)
      .filter((name) => rest.startsWith(`.${name}`) && /^([.[]|$)/.test(rest.slice(name.length + 1)))
      .sort((a, b) => b.length - a.length);
    const name = names[0] ?? rest.slice(1);
    set(value as Holder, name, rest.slice(name.length + 1), change);
  }
}

function matches(item: Holder, step: string): boolean {
  return step
    .slice(1, -1)
    .split(",")
    .every((pair) => {
      const [key = "", value = ""] = pair.split("=");
      return JSON.stringify(item[key]) === value;
    });
}

function ordered(list: readonly Holder[], keys: readonly string[]): Holder[] {
  const first = keys.map((key) => list.find((item) => matches(item, `[${key}]`)) as Holder);
  return [...first, ...list.filter((item) => !first.includes(item))];
}
