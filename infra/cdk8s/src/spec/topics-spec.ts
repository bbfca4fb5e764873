import { z } from "zod";

/** Settings of topics that Google's organization policies ask for. */
export const topicsSpec = z.strictObject({
  kmsKeyName: z
    .string()
    .max(1024)
    .regex(
      /^projects\/[^/\s]+\/locations\/[^/\s]+\/keyRings\/[^/\s]+\/cryptoKeys\/[^/\s]+$/,
      "must be a key such as projects/acme/locations/europe-west1/keyRings/ring/cryptoKeys/key",
    )
    .optional()
    .describe(
      "Cloud KMS key that encrypts the messages on all topics. Pub/Sub's service agent needs roles/cloudkms.cryptoKeyEncrypterDecrypter on it.",
    ),
  storagePolicy: z
    .strictObject({
      allowedRegions: z
        .array(
          z
            .string()
            .max(63)
            .regex(/^[a-z]+(-[a-z]+)+[0-9]+$/, "must be a region such as europe-west1"),
        )
        .min(1)
        .max(64)
        .describe("Regions in which Pub/Sub may store messages."),
      enforceInTransit: z
        .boolean()
        .optional()
        .describe("Whether Pub/Sub also refuses to publish and to deliver in other regions."),
    })
    .optional()
    .describe("Where Pub/Sub may store messages; anywhere that the organization allows if not set."),
});
