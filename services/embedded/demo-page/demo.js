import { newKeyPair, open, seal } from "./seal.js";
import { io } from "./socket.io.esm.min.js";

const names = ["alice", "bob"];
const keys = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await newKeyPair()])));
for (const name of names) document.querySelector("#users").append(userPanel(name));

function userPanel(name) {
  const panel = document.querySelector("#user").content.cloneNode(true).querySelector("article");
  const part = (selector) => panel.querySelector(selector);
  const peer = names.find((other) => other !== name);
  const socket = connection(name);
  const seen = new Set();

  part(".name").textContent = name;
  part(".peer").textContent = peer;
  part(".toggle").addEventListener("click", () => {
    if (socket.active) {
      socket.disconnect();
      show("offline");
    } else {
      socket.connect();
    }
  });
  part("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const { text } = event.target.elements;
    const envelope = await seal(text.value, `urn:sm:user:${peer}`, keys[peer].publicKey);
    document.querySelector("#envelope").textContent = JSON.stringify(envelope, null, 2);
    await post("/api/send", envelope, await token(name));
    text.value = "";
  });

  socket.on("connect", () => show("connected", true));
  socket.on("disconnect", (reason) => show(`offline (${reason})`));
  socket.on("connect_error", ({ data }) => show(data?.code ?? "unreachable"));
  socket.on("queue:empty", () => show("connected, queue empty", true));
  socket.on("message", async ({ id, envelope }) => {
    if (!seen.has(id)) {
      seen.add(id);
      const line = document.createElement("li");
      // Keys live as long as the page: messages sealed for an earlier page stay sealed.
      line.textContent = await open(envelope, keys[name].privateKey).catch(
        () => "(sealed for an earlier page)",
      );
      part(".messages").append(line);
    }
    socket.emit("ack", { messageIds: [id] }, () => undefined);
  });
  return panel;

  function show(state, connected = false) {
    part(".state").textContent = state;
    part(".state").classList.toggle("connected", connected);
    part(".toggle").textContent = connected ? "Disconnect" : "Connect";
  }
}

function connection(name) {
  return io({
    transports: ["websocket"],
    autoConnect: false,
    auth: async (answer) => answer({ token: await token(name) }),
  });
}

async function token(user) {
  return (await post("/dev/token", { user })).token;
}

async function post(path, body, bearer) {
  const response = await fetch(path, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }),
    },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail ?? answer.title);
  return answer;
}
