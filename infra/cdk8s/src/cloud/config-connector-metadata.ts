import { metadataOf, nameOf } from "../object-metadata.ts";
import type { RoutingServiceProps } from "../spec/routing-service-props.ts";

/** @param keep whether the resource stays at Google when its object is deleted */
export function configConnectorMetadata(
  props: RoutingServiceProps,
  part: string,
  { keep }: { readonly keep: boolean },
) {
  return {
    ...metadataOf(props, nameOf(props, part)),
    annotations: {
      "cnrm.cloud.google.com/project-id": props.spec.google.project,
      ...(keep ? { "cnrm.cloud.google.com/deletion-policy": "abandon" } : {}),
    },
  };
}
