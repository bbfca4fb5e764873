export * from "./firestore-fields.ts";
export * from "./pubsub-resources.ts";
