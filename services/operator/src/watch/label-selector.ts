type Labels = Readonly<Record<string, string>>;

/** Whether an object with these labels is selected. */
export type LabelSelector = (labels: Labels | undefined) => boolean;

const WORD = "[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?";
const KEY = `(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/)?${WORD}`;
const REQUIREMENT = new RegExp(
  `^(?:!(?<absent>${KEY})|(?<key>${KEY})(?:(?<operator>==?|!=)(?<value>(?:${WORD})?))?)$`,
);

/** Whether this is `key=value`, `key!=value`, `key` or `!key`, as `kubectl get --selector` has them. */
export function isRequirement(text: string): boolean {
  return REQUIREMENT.test(text);
}

/** Selects what meets all requirements; everything if there are none. */
export function labelSelector(requirements: readonly string[]): LabelSelector {
  const all = requirements.map(parse);
  return (labels) => all.every((isMet) => isMet(labels));
}

function parse(requirement: string): LabelSelector {
  const { absent, key, operator, value } = REQUIREMENT.exec(requirement)?.groups ?? {};
  if (absent !== undefined) return (labels) => labels?.[absent] === undefined;
  if (key === undefined) throw new Error(`${requirement} is no requirement of a label selector`);
  if (operator === undefined) return (labels) => labels?.[key] !== undefined;
  // As Kubernetes does: an object without the label has another value.
  return (labels) => (labels?.[key] === value) === (operator !== "!=");
}
