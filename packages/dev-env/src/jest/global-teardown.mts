/** Jest's global tear-down, which runs in the process of its global set-up. */
// biome-ignore lint/style/noDefaultExport: Jest wants it
export default async function teardown(): Promise<void> {
  await (globalThis as { stopTestServers?: () => Promise<void> }).stopTestServers?.();
}
