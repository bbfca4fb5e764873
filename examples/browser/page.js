// A page of its own origin. Start the server so that it allows this origin:
//   ALLOWED_ORIGINS=http://127.0.0.1:5173 npm start
import { connect, indexedDbStore, userUrn } from "@dumbwaiter/client";

const url = new URLSearchParams(location.search).get("url") ?? "http://127.0.0.1:8080";
const element = (id) => document.getElementById(id);

function show(text) {
  const line = document.createElement("li");
  line.textContent = text;
  element("messages").append(line);
}

/** Ask your own issuer here. */
async function tokenOf(user) {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`${url}/dev/token`, {
    method: "POST",
    headers,
    body: JSON.stringify({ user }),
  });
  if (!response.ok) throw new Error(`no token: ${response.status}`);
  return (await response.json()).token;
}

// The router must not be able to read the text: seal it for the recipient here. Who wrote is in what is sealed.
function seal(recipient, letter) {
  const encode = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  return {
    recipientId: userUrn(recipient),
    encryptedData: encode(JSON.stringify(letter)),
    encryptedSymmetricKey: encode("sealed key"),
  };
}

function open({ encryptedData }) {
  try {
    const bytes = Uint8Array.from(atob(encryptedData), (char) => char.charCodeAt(0));
    const { from, text } = JSON.parse(new TextDecoder().decode(bytes));
    return `${from}: ${text}`;
  } catch {
    return "(cannot be opened)";
  }
}

async function run(user) {
  const saved = JSON.parse(localStorage.getItem(user) ?? "[]");
  for (const text of saved) show(text);

  const client = connect({ url, token: () => tokenOf(user), store: indexedDbStore(`dumbwaiter-${user}`) });
  client.on("state", ({ state, reason }) => {
    element("state").textContent = reason ? `${state}: ${reason}` : state;
  });
  client.on("error", ({ code, message }) => {
    element("state").textContent = `${client.state}: ${code}, ${message}`;
  });
  element("send").addEventListener("submit", async (event) => {
    event.preventDefault();
    const [to, text] = [element("recipient").value, element("text").value];
    try {
      await client.send(seal(to, { from: user, text })); // resolves once the message is durable
      show(`to ${to}: ${text}`);
    } catch ({ code, message }) {
      show(`not sent: ${code}, ${message}`);
    }
  });
  for await (const message of client.messages()) {
    saved.push(open(message.envelope));
    localStorage.setItem(user, JSON.stringify(saved));
    show(saved.at(-1));
    await message.ack();
  }
}

element("join").addEventListener("submit", (event) => {
  event.preventDefault();
  event.submitter.disabled = true;
  const user = element("user").value;
  // A second tab of the same user waits until this one is closed: a store belongs to one client.
  navigator.locks
    .request(`dumbwaiter-${user}`, () => run(user))
    .catch((error) => show(`ended: ${error.message}`));
});
