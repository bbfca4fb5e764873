import { protos } from "@google-cloud/firestore-api";
import { status } from "@grpc/grpc-js";
import { expect, it } from "@jest/globals";
import { partialBatchWrite } from "./partial-batch-write.ts";

const { BatchWriteRequest, BatchWriteResponse } = protos.google.firestore.v1;

it("passes on the writes that it does not refuse, and answers for each in its place", () => {
  const { request, answer } = partialBatchWrite((index) => index % 2 === 0);
  const writes = ["a", "b", "c", "d", "e"].map((name) => ({ delete: name }));
  const passed = BatchWriteRequest.decode(
    request(Buffer.from(BatchWriteRequest.encode({ database: "d", writes }).finish())),
  );
  expect(passed.database).toBe("d");
  expect(passed.writes.map((write) => write.delete)).toEqual(["b", "d"]);

  const statuses = [{ code: status.OK }, { code: status.ALREADY_EXISTS }];
  const given = { status: statuses, writeResults: [{ updateTime: { seconds: 7 } }, {}] };
  const received = BatchWriteResponse.decode(answer(Buffer.from(BatchWriteResponse.encode(given).finish())));
  const { ABORTED, OK, ALREADY_EXISTS } = status;
  expect(received.status.map(({ code }) => code)).toEqual([ABORTED, OK, ABORTED, ALREADY_EXISTS, ABORTED]);
  expect(received.writeResults.map(({ updateTime }) => Number(updateTime?.seconds ?? 0))).toEqual([
    0, 7, 0, 0, 0,
  ]);
});
