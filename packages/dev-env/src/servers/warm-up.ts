/*
 * A new JVM interprets its code: for some seconds everything is up to a hundred times slower. So each emulator first
 * does some typical work, through its REST API, in a project that no test uses.
 */
const PROJECT = "warm-up";
const ROUNDS = 10;
const BATCH = 100;

export async function warmUpFirestore(host: string): Promise<void> {
  const database = `projects/${PROJECT}/databases/(default)`;
  const documents = `http://${host}/v1/${database}/documents`;
  const names = Array.from(
    { length: BATCH },
    (_, i) => `${database}/documents/users/u/queues/q/messages/${i}`,
  );
  for (let round = 0; round < ROUNDS; round++) {
    const fields = { envelope: { bytesValue: "e30=" } };
    const updateTransforms = [{ fieldPath: "storedAt", setToServerValue: "REQUEST_TIME" }];
    await post(`${documents}:commit`, {
      writes: names.map((name) => ({ update: { name, fields }, updateTransforms })),
    });
    await post(`${documents}:batchGet`, { documents: names });
    await post(`${documents}/users/u/queues/q:runQuery`, {
      structuredQuery: {
        from: [{ collectionId: "messages" }],
        where: {
          fieldFilter: {
            field: { fieldPath: "storedAt" },
            op: "GREATER_THAN_OR_EQUAL",
            value: { timestampValue: "2020-01-01T00:00:00Z" },
          },
        },
        orderBy: [{ field: { fieldPath: "storedAt" } }, { field: { fieldPath: "__name__" } }],
        limit: BATCH,
      },
    });
    const { transaction } = await post<{ transaction: string }>(`${documents}:beginTransaction`, {});
    await post(`${documents}:batchGet`, { documents: names.slice(0, 1), transaction });
    await post(`${documents}:commit`, { transaction, writes: names.map((name) => ({ delete: name })) });
  }
  await request("DELETE", `http://${host}/emulator/v1/${database}/documents`);
}

export async function warmUpPubSub(host: string): Promise<void> {
  const project = `http://${host}/v1/projects/${PROJECT}`;
  const topic = `projects/${PROJECT}/topics/warm-up`;
  await request("PUT", `${project}/topics/warm-up`, {});
  await request("PUT", `${project}/subscriptions/warm-up`, { topic });
  for (let round = 0; round < ROUNDS; round++) {
    const messages = Array.from({ length: BATCH }, () => ({ data: "e30=", attributes: { v: "1" } }));
    await post(`${project}/topics/warm-up:publish`, { messages });
    const { receivedMessages = [] } = await post<{ receivedMessages?: { ackId: string }[] }>(
      `${project}/subscriptions/warm-up:pull`,
      { maxMessages: BATCH },
    );
    if (receivedMessages.length === 0) continue;
    await post(`${project}/subscriptions/warm-up:acknowledge`, {
      ackIds: receivedMessages.map((m) => m.ackId),
    });
  }
  await request("DELETE", `${project}/subscriptions/warm-up`);
  await request("DELETE", `${project}/topics/warm-up`);
}

const post = <T = unknown>(url: string, body: unknown) => request<T>("POST", url, body);

async function request<T = unknown>(method: string, url: string, body?: unknown): Promise<T> {
  const response = await fetch(url, {
    method,
    headers: { "content-type": "application/json", authorization: "Bearer owner" },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${text.slice(0, 500)}`);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}
