// biome-ignore lint/suspicious/noExplicitAny: an object of any kind, with its uid and its generation
type Content = any;

/** A Deployment without its settings: their hash, and what they tell Node of its memory. */
export function withoutSettings({ generation, spec, ...rest }: Content): Content {
  const copy = structuredClone(spec);
  delete copy.template.metadata.annotations["dumbwaiter.io/config-hash"];
  for (const container of copy.template.spec.containers) {
    container.env = container.env.filter(({ name }: { name: string }) => name !== "NODE_OPTIONS");
  }
  return { ...rest, spec: copy };
}

/** A network policy without the destinations: this version knows more places of DNS and of the metadata server. */
export function withoutEgress({ generation, spec, ...rest }: Content): Content {
  const { egress, ...others } = spec;
  return { ...rest, spec: others };
}
