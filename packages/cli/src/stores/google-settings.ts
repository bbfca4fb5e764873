import { defineSettings, GOOGLE, PUBSUB_NAMES } from "@dumbwaiter/service/settings";

/** What `where` and `dead-letters` read to find Firestore and Pub/Sub; the services read the same variables. */
export const GOOGLE_SETTINGS = defineSettings("dumbwaiter", [...GOOGLE, ...PUBSUB_NAMES]);
