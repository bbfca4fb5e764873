/**
 * The arrows of a mermaid flowchart, as what each node may import. An arrow at a group counts for each of its members.
 */
export function arrowsOf(flowchart: string): Map<string, Set<string>> {
  const labels = new Map<string, string>();
  const members = new Map<string, string[]>();
  const open: string[] = [];
  const arrows: [from: string, to: string][] = [];
  for (const line of flowchart.split("\n").map((each) => each.trim())) {
    const [, group] = /^subgraph (\S+)$/.exec(line) ?? [];
    const [, id, label] = /^([\w-]+)(?:\["(.+)"\])?$/.exec(line) ?? [];
    if (group !== undefined) {
      open.push(group);
      members.set(group, []);
    } else if (line === "end") open.pop();
    else if (line.includes(" --> ")) {
      const [from = [], to = []] = line.split(" --> ").map((side) => side.split(" & "));
      arrows.push(...from.flatMap((each) => to.map((other): [string, string] => [each, other])));
    } else if (id !== undefined) {
      labels.set(id, label ?? id);
      for (const each of open) members.get(each)?.push(id);
    }
  }
  const nodesOf = (name: string) => members.get(name) ?? [name];
  const labelOf = (id: string) => labels.get(id) ?? `${id}, which has no node`;
  const allowed = new Map([...labels.values()].map((label) => [label, new Set<string>()]));
  for (const [from, to] of arrows) {
    for (const source of nodesOf(from)) {
      for (const target of nodesOf(to)) allowed.get(labelOf(source))?.add(labelOf(target));
    }
  }
  return allowed;
}
