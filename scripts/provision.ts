import { PUBSUB_ENVIRONMENT, provisionPubSub, pubSubSettingsFromEnv } from "@dumbwaiter/gcp";

const HELP = `npm run provision

Creates the Pub/Sub topics and subscriptions, and sets those that exist to the same settings. Safe to run again.
Firestore's indexes and TTL policy are in firestore.indexes.json:
  npx firebase-tools deploy --only firestore:indexes

${PUBSUB_ENVIRONMENT}`;

/** Without them, the ingress subscription's dead-letter policy has no effect. */
function serviceAgentRights(deadLetterTopic: string, ingressSubscription: string): string {
  const agent = "--member=serviceAccount:service-<project number>@gcp-sa-pubsub.iam.gserviceaccount.com";
  return `Grant Pub/Sub's service agent once the roles that the subscription's dead-letter policy needs:
  gcloud pubsub topics add-iam-policy-binding ${deadLetterTopic} ${agent} --role=roles/pubsub.publisher
  gcloud pubsub subscriptions add-iam-policy-binding ${ingressSubscription} ${agent} --role=roles/pubsub.subscriber
`;
}

async function main(): Promise<void> {
  if (process.argv.includes("--help")) return void process.stdout.write(HELP);
  const settings = pubSubSettingsFromEnv(process.env);
  const names = await provisionPubSub(settings);
  for (const name of Object.values(names)) process.stdout.write(`${name}\n`);
  if (settings.emulatorHost) return;
  process.stdout.write(`\n${serviceAgentRights(names.deadLetterTopic, names.ingressSubscription)}`);
}

await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
