import type { Stack } from "./start-stack.ts";

/** A document of Firestore as its REST API gives it. */
export interface StoredDocument {
  readonly name: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Of any collection, within any document. */
const ALL = { structuredQuery: { from: [{ allDescendants: true }] } };

/** All documents of a stack's database, through the REST API of Google's emulator. */
export async function storedDocuments({ env, firestore }: Stack): Promise<StoredDocument[]> {
  const database = env.FIRESTORE_DATABASE ?? "(default)";
  const root = `projects/${env.GOOGLE_CLOUD_PROJECT}/databases/${database}/documents`;
  const response = await fetch(`http://${firestore.url}/v1/${root}:runQuery`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: "Bearer owner" },
    body: JSON.stringify(ALL),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the query was answered with ${response.status}: ${text}`);
  const rows = JSON.parse(text) as { readonly document?: StoredDocument }[];
  return rows.flatMap(({ document }) => document ?? []);
}
