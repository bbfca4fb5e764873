import { decode, encode, type SourceMapSegment } from "@jridgewell/sourcemap-codec";

interface SourceMap {
  readonly sources: readonly string[];
  readonly mappings: string;
}

/**
 * For packages the map keeps only the files, not their lines: Node reads the whole map when it writes its first stack
 * trace, and theirs would take half a second and 130 MB.
 */
export function shrinkSourceMap<Map extends SourceMap>(map: Map): Map {
  const isPackage = map.sources.map((source) => source.includes("node_modules/"));
  let last: number | undefined;
  const needed = ([, source]: SourceMapSegment) => {
    const isSame = source === last;
    last = source;
    return source !== undefined && !(isSame && isPackage[source]);
  };
  return { ...map, mappings: encode(decode(map.mappings).map((line) => line.filter(needed))) };
}
