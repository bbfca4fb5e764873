import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const MAX_BYTES = 1024 * 1024 * 1024;

/**
 * A tar file of paths in a folder that depends on nothing but their content: sorted, owned by root, all of one time.
 *
 * @param seconds since 1970
 * @throws if `tar` is not GNU's
 */
export async function tarOf(folder: string, paths: readonly string[], seconds: number): Promise<Buffer> {
  const { stdout } = await promisify(execFile)(
    "tar",
    [
      ...["--create", "--format=ustar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner"],
      ...["--mode=u=rwX,go=rX", `--mtime=@${seconds}`, "--directory", folder, ...paths],
    ],
    { encoding: "buffer", maxBuffer: MAX_BYTES },
  );
  return stdout;
}

/** Contains no time and no name, so that equal content has equal bytes. */
export async function gzipped(content: Buffer): Promise<Buffer> {
  return await promisify(gzip)(content);
}
