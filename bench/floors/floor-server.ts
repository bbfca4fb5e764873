import type { AddressInfo } from "node:net";
import express from "express";

/** The minimum that an HTTP service can do for a send: parse JSON and answer 202. Sends its port to its parent. */
const app = express();
app.use(express.json());
app.post("/api/send", (_request, response) => void response.status(202).json({ id: "0" }));
const server = app.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.once("disconnect", () => process.exit());
