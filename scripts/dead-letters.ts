import { parseArgs } from "node:util";
import { DeadLetterInbox, type KeptLetter, PUBSUB_ENVIRONMENT, pubSubSettingsFromEnv } from "@dumbwaiter/gcp";

const HELP = `npm run dead-letters -- list
npm run dead-letters -- replay <letter or message id>…
npm run dead-letters -- replay --all

list shows the letter, time, code, message id and reason of each, and never its content. replay publishes the original
records to the ingress topic again and removes their letters. Fix the cause first.

${PUBSUB_ENVIRONMENT}`;

function asLine({ letterId, givenUpAt, code, reason, record }: KeptLetter): string {
  const time = new Date(givenUpAt).toISOString();
  const columns = [
    letterId.padEnd(17),
    time,
    code.padEnd(19),
    (record.attributes.id ?? "-").padEnd(36),
    reason,
  ];
  // Anyone may have published the attributes: do not let them control the terminal.
  return columns.join("  ").replace(/\p{Cc}/gu, " ");
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { all: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const [command, ...ids] = positionals;
  const chosen = new Set(ids);
  const isReplay = command === "replay" && values.all !== chosen.size > 0;
  const isList = command === "list" && !values.all && chosen.size === 0;
  if (values.help) return void process.stdout.write(HELP);
  if (!isList && !isReplay) throw new Error(HELP);

  const inbox = new DeadLetterInbox(pubSubSettingsFromEnv(process.env));
  try {
    if (isList) {
      let listed = 0;
      await inbox.list((letter) => {
        listed += 1;
        process.stdout.write(`${asLine(letter)}\n`);
      });
      if (listed === 0) process.stderr.write("No dead letters\n");
      return;
    }
    const unknown = new Set(chosen);
    const isChosen = ({ letterId, record }: KeptLetter) => {
      const names = [letterId, record.attributes.id ?? ""].filter((name) => chosen.has(name));
      for (const name of names) unknown.delete(name);
      return values.all || names.length > 0;
    };
    process.stdout.write(`${await inbox.replay(isChosen)} replayed to the ingress topic\n`);
    if (unknown.size > 0) throw new Error(`No dead letter matches ${[...unknown].join(", ")}`);
  } finally {
    await inbox.close();
  }
}

await main().catch((error: Error) => {
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  process.stderr.write(`${error.message}${cause}\n`);
  process.exitCode = 1;
});
