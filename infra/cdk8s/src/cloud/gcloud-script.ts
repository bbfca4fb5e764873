import type { RoutingServiceProps } from "../spec/routing-service-props.ts";
import {
  type Binding,
  type CloudResources,
  cloudResources,
  type FieldOverride,
  type Subscription,
} from "./cloud-resources.ts";

const HEAD = `#!/usr/bin/env bash
# Makes what this routing service needs at Google, and sets what exists to the same settings. Run it as often as you
# like, as somebody who may administer Pub/Sub, Firestore's indexes and IAM. Made by \`npm run synth\`.
set -euo pipefail
`;

/** A script that makes the same as the resources for Config Connector would, where that is not used. */
export function gcloudScript(props: RoutingServiceProps): string {
  const resources = cloudResources(props);
  const commands = [
    `export CLOUDSDK_CORE_PROJECT=${quote(props.spec.google.project)}`,
    "",
    ...resources.serviceAccounts.map(
      ({ id, component }) =>
        `${unless("iam service-accounts describe", emailOf(props, id))} ||\n  gcloud iam service-accounts create ${quote(id)} --display-name=${quote(`Dumbwaiter ${component}`)}`,
    ),
    ...resources.topics.map(
      ({ id }) => `${unless("pubsub topics describe", id)} ||\n  gcloud pubsub topics create ${quote(id)}`,
    ),
    ...resources.subscriptions.map((subscription) => subscriptionCommand(resources, subscription)),
    ...resources.fields.flatMap((field) => fieldCommands(props, field)),
    ...resources.bindings.map((binding) => bindingCommand(props, resources, binding)),
  ];
  return `${HEAD}${commands.join("\n")}\n`;
}

function subscriptionCommand(resources: CloudResources, subscription: Subscription): string {
  const { id, topic, ackDeadlineSeconds, retentionSeconds, retry, deadLetters } = subscription;
  const flags = [
    `--ack-deadline=${ackDeadlineSeconds}`,
    `--message-retention-duration=${retentionSeconds}s`,
    "--expiration-period=never",
    ...(retry
      ? [`--min-retry-delay=${retry.minimumSeconds}s`, `--max-retry-delay=${retry.maximumSeconds}s`]
      : []),
    ...(deadLetters
      ? [
          `--dead-letter-topic=${quote(idOf(resources.topics, deadLetters.topic))}`,
          `--max-delivery-attempts=${deadLetters.maxDeliveryAttempts}`,
        ]
      : []),
  ].join(" ");
  return `if ${unless("pubsub subscriptions describe", id)}; then
  gcloud pubsub subscriptions update ${quote(id)} ${flags}
else
  gcloud pubsub subscriptions create ${quote(id)} --topic=${quote(idOf(resources.topics, topic))} ${flags}
fi`;
}

function fieldCommands(
  { spec }: RoutingServiceProps,
  { collectionGroup, field, isAscending, isExpiry }: FieldOverride,
): string[] {
  const where = `${quote(field)} --collection-group=${quote(collectionGroup)} --database=${quote(spec.google.firestoreDatabase)}`;
  return [
    `gcloud firestore indexes fields update ${where} ${isAscending ? "--index=order=ascending" : "--disable-indexes"}`,
    ...(isExpiry ? [`gcloud firestore fields ttls update ${where} --enable-ttl`] : []),
  ];
}

function bindingCommand(
  props: RoutingServiceProps,
  resources: CloudResources,
  { on, member, role }: Binding,
): string {
  const binding = `--member=${quote(member)} --role=${quote(role)} --format=none`;
  switch (on.kind) {
    case "topic":
      return `gcloud pubsub topics add-iam-policy-binding ${quote(idOf(resources.topics, on.role))} ${binding}`;
    case "subscription":
      return `gcloud pubsub subscriptions add-iam-policy-binding ${quote(idOf(resources.subscriptions, on.role))} ${binding}`;
    case "serviceAccount": {
      const account = resources.serviceAccounts.find(({ component }) => component === on.component);
      return `gcloud iam service-accounts add-iam-policy-binding ${quote(emailOf(props, account?.id ?? ""))} ${binding}`;
    }
    case "project":
      // Without a condition of its own, gcloud asks where a policy has conditional bindings.
      return `gcloud projects add-iam-policy-binding ${quote(props.spec.google.project)} ${binding} --condition=None`;
  }
}

function unless(command: string, id: string): string {
  return `gcloud ${command} ${quote(id)} --format=none 2>/dev/null`;
}

function emailOf({ spec }: RoutingServiceProps, accountId: string): string {
  return `${accountId}@${spec.google.project}.iam.gserviceaccount.com`;
}

function idOf<Role>(list: readonly { readonly role: Role; readonly id: string }[], wanted: Role): string {
  const found = list.find(({ role }) => role === wanted);
  if (found === undefined) throw new Error(`nothing has the role ${wanted}`);
  return found.id;
}

/** As one word of a shell's command. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
