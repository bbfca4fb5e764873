import { BARS_COMMIT } from "./report/bars.ts";
import { type Measure, ROUNDS } from "./runner/measure.ts";

export function helpOf(measures: readonly Measure[]): string {
  const width = Math.max(...measures.map(({ name }) => name.length));
  const others = measures.flatMap(({ name, rounds }) => (rounds === undefined ? [] : `${name} ${rounds}`));
  return `npm run bench [-- --only NAME] [--rounds N] [--against COMMIT] [--json] [--write] [--scale 1]
npm run bench -- --only NAME --rounds 1 --profile DIRECTORY

Measures the services as their pods run them, with Google's emulators and Redis on this machine and without limits of
users. Each measure is repeated in rounds; the median counts, and the brackets hold the least and the most. Quote CPU
seconds and ratios of one run, because wall times depend on the machine. A floor is the least that the same work could
cost, measured between the rounds: for messages, a bare Express server that answers the same requests.

--only     one measure, or several with commas between them; may be given again
--rounds   how often each measure is repeated: ${ROUNDS} times by default, but
           ${others.join(", ")}. The Pub/Sub emulator of a measure stops after some 400,000 messages,
           of which a round of storm takes 50,000 for each commit
--against  measures that commit too, in turn and with the same clients: the first time, its packages are installed in
           .cache/bench. In docs/performance.md, bars of its ratios are for ${BARS_COMMIT}
--json     prints nothing but the results as JSON
--write    adds the results to docs/performance, and writes docs/performance.md and its plots; with --rounds 0, only
           writes them again
--scale    multiplies all counts and times, for a quick look or a longer one
--profile  writes <service>.cpuprofile into the directory (for Chrome's DevTools) and prints where the time went over
           the whole life of the service

${measures.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`).join("\n")}
`;
}
