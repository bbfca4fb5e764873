import { tellDelivery } from "@dumbwaiter/wire-user/story";

const HELP = `node scripts/verify.ts

The smoke test: sends messages through a running installation, and fails unless they arrive as they should. Environment:
  API_URL, REALTIME_URL, ISSUER_URL  the services, and a development issuer that they trust
`;

function url(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set.\n\n${HELP}`);
  return value;
}

async function main(): Promise<void> {
  if (process.argv.includes("--help")) return void process.stdout.write(HELP);
  const endpoints = { api: url("API_URL"), realtime: url("REALTIME_URL"), issuer: url("ISSUER_URL") };
  await tellDelivery(endpoints, (line) => void process.stdout.write(`${line}\n`));
}

await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
