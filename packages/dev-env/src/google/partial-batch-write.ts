import { protos } from "@google-cloud/firestore-api";
import { status } from "@grpc/grpc-js";
import type { Rewriting } from "./pass-on.ts";

const { BatchWriteRequest, BatchWriteResponse } = protos.google.firestore.v1;

/** Refuses some writes of a `BatchWrite` as contended, each with its own status, and passes the others on. */
export function partialBatchWrite(isRefused: (index: number) => boolean): Rewriting {
  let refused: readonly boolean[] = [];
  return {
    request(bytes) {
      const request = BatchWriteRequest.decode(bytes);
      refused = request.writes.map((_, index) => isRefused(index));
      request.writes = request.writes.filter((_, index) => !refused[index]);
      return Buffer.from(BatchWriteRequest.encode(request).finish());
    },
    answer(bytes) {
      const { status: statuses, writeResults } = BatchWriteResponse.decode(bytes);
      const [passed, results] = [statuses.values(), writeResults.values()];
      const answer = {
        status: refused.map((is) => (is ? { code: status.ABORTED } : (passed.next().value ?? {}))),
        writeResults: refused.map((is) => (is ? {} : (results.next().value ?? {}))),
      };
      return Buffer.from(BatchWriteResponse.encode(answer).finish());
    },
  };
}
