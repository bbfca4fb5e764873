import type { k8s } from "cdk8s-plus-27";
import { DUMBWAITER_DIR } from "../../spec/reserved-names.ts";
import type { RoutingServiceSpec } from "../../spec/routing-service-props.ts";

interface MountedFile {
  /** Of the volume. */
  readonly name: string;
  /** Where the service finds it. */
  readonly path: string;
  readonly source: Omit<k8s.Volume, "name">;
}

/** What the spec puts into every pod as a file, such as the certificate of Redis's authority. */
function mountedFiles({ redis }: RoutingServiceSpec): { ca?: MountedFile; url?: MountedFile } {
  const { caConfigMap, urlSecret } = redis;
  return {
    ...(caConfigMap && {
      ca: {
        name: "redis-ca",
        path: `${DUMBWAITER_DIR}/redis-ca/${caConfigMap.key}`,
        source: { configMap: { name: caConfigMap.name } },
      },
    }),
    ...(urlSecret?.as === "file" && {
      url: {
        name: "redis-url",
        path: `${DUMBWAITER_DIR}/redis-url/${urlSecret.key}`,
        source: {
          secret: { secretName: urlSecret.name, items: [{ key: urlSecret.key, path: urlSecret.key }] },
        },
      },
    }),
  };
}

/** The paths of the files, by what they hold. */
export function pathsOf(spec: RoutingServiceSpec): { readonly ca?: string; readonly url?: string } {
  const { ca, url } = mountedFiles(spec);
  return { ...(ca && { ca: ca.path }), ...(url && { url: url.path }) };
}

export function volumesOf(spec: RoutingServiceSpec): k8s.Volume[] {
  return Object.values(mountedFiles(spec)).map(({ name, source }) => ({ name, ...source }));
}

export function volumeMountsOf(spec: RoutingServiceSpec): k8s.VolumeMount[] {
  return Object.values(mountedFiles(spec)).map(({ name }) => ({
    ...{ name, mountPath: `${DUMBWAITER_DIR}/${name}`, readOnly: true },
  }));
}
