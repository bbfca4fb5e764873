"""A Dumbwaiter client on python-socketio (Python 3.11 or newer).

python dumbwaiter.py receive bob                receives, saves in bob.db and acknowledges until it is stopped
python dumbwaiter.py send alice bob "Hello"     sends, and retries until the message is durable
"""

import asyncio
import base64
import itertools
import json
import os
import random
import secrets
import sqlite3
import sys
import time
import urllib.parse

import aiohttp
import socketio

API_URL = os.environ.get("DUMBWAITER_URL", "http://127.0.0.1:8080")
REALTIME_URL = os.environ.get("DUMBWAITER_REALTIME_URL", API_URL)
TOKEN_URL = os.environ.get("DUMBWAITER_TOKEN_URL", f"{API_URL}/dev/token")
TOKEN_SECONDS = int(os.environ.get("DUMBWAITER_TOKEN_SECONDS", "3600"))

TIMEOUT_SECONDS = 10
GATHER_SECONDS = 0.1  # acknowledges what arrives meanwhile in one call
MAX_ACKED_IDS = 500
NEW_TOKEN_HELPS = {"unauthenticated", "token_expired"}
RETRYABLE_STATUSES = {429, 500, 502, 503, 504}


def say(*words):
    print(*words, flush=True)


def pause_seconds(failures, retry_after_seconds=0.0):
    """What the server asks for, and a random part on top, so that not all clients come back at once."""
    return retry_after_seconds + random.random() * min(10, 0.5 * 2**failures)


def uuid7():
    digits = f"{time.time_ns() // 1_000_000:012x}7{secrets.token_hex(2)[:3]}a{secrets.token_hex(8)[:15]}"
    return "-".join(digits[start:end] for start, end in [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)])


async def new_token(http, user):
    """Ask your own issuer here."""
    request = {"user": user, "expiresInSeconds": TOKEN_SECONDS}
    async with http.post(TOKEN_URL, json=request, raise_for_status=True) as response:
        return (await response.json())["token"]


def usable_seconds(token):
    """Until a minute, or a fifth of its life, before it expires. Trusts no clock of this machine."""
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    lifetime = claims["exp"] - claims["iat"]
    return lifetime - min(60, lifetime / 5)


class Inbox:
    """The saved messages. The same message may arrive again, even after a restart: its ID tells."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, envelope TEXT NOT NULL)")

    def save(self, message):
        """Returns whether the message is new."""
        row = (message["id"], json.dumps(message["envelope"]))
        return self.db.execute("INSERT OR IGNORE INTO messages VALUES (?, ?)", row).rowcount == 1


class Receiver:
    def __init__(self, http, user):
        self.http, self.user, self.inbox = http, user, Inbox(f"{user}.db")
        self.failures = self.refused_tokens = 0
        self.unacked = {}  # IDs in the order of arrival; those of a lost connection are sent again on the next
        self.has_unacked = asyncio.Event()
        self.ended = asyncio.Event()
        self.reason = {}
        # The library would reconnect with the old token, and whatever the server says.
        self.sio = socketio.AsyncClient(reconnection=False)
        self.sio.on("message", self.on_message)
        self.sio.on("queue:empty", self.on_queue_empty)
        self.sio.on("closing", self.on_closing)
        self.sio.on("connect_error", self.on_connect_error)
        self.sio.on("disconnect", lambda reason: self.ended.set())

    async def run(self):
        while True:
            self.reason = {}
            try:
                await self.stay_connected()
            except (socketio.exceptions.SocketIOError, aiohttp.ClientError, TimeoutError) as error:
                say("not connected", self.reason.get("code") or repr(error))
            code = self.reason.get("code")
            self.refused_tokens += code in NEW_TOKEN_HELPS
            if self.refused_tokens == 3 or not (self.reason.get("retryable", True) or code in NEW_TOKEN_HELPS):
                raise SystemExit(f"given up: {code}")
            wait_ms = self.reason.get("afterMs") or self.reason.get("retryAfterMs") or 0
            await asyncio.sleep(pause_seconds(self.failures, wait_ms / 1000))
            self.failures += 1

    async def stay_connected(self):
        self.ended.clear()
        token = await new_token(self.http, self.user)
        await self.sio.connect(
            REALTIME_URL, transports=["websocket"], auth={"token": token}, wait_timeout=TIMEOUT_SECONDS
        )
        tasks = [asyncio.create_task(self.send_acks()), asyncio.create_task(self.refresh(token))]
        await self.ended.wait()
        for task in tasks:
            task.cancel()

    def on_message(self, message):
        if self.inbox.save(message):
            say("message", message["id"], message["envelope"]["encryptedData"])
        else:
            say("duplicate", message["id"])
        # Saved: now it may be deleted. An ephemeral one is not queued, so there is nothing to delete.
        if not message["envelope"].get("isEphemeral"):
            self.unacked[message["id"]] = None
            self.has_unacked.set()

    def on_queue_empty(self):
        self.failures = self.refused_tokens = 0
        say("live")

    def on_closing(self, reason):
        self.reason = reason
        say("closing", reason["code"])

    def on_connect_error(self, error):
        self.reason = error.get("data", {}) if isinstance(error, dict) else {}

    async def send_acks(self):
        while True:
            await self.has_unacked.wait()
            await asyncio.sleep(GATHER_SECONDS)
            ids = list(itertools.islice(self.unacked, MAX_ACKED_IDS))
            answer = await self.call("ack", {"messageIds": ids})
            if answer["ok"]:
                say("acked", *ids)
                for each in ids:
                    del self.unacked[each]
                if not self.unacked:
                    self.has_unacked.clear()
            else:
                await asyncio.sleep(pause_seconds(1, answer["error"].get("retryAfterMs", 0) / 1000))

    async def refresh(self, token):
        wait_seconds = usable_seconds(token)
        while True:
            await asyncio.sleep(wait_seconds)
            try:
                token = await new_token(self.http, self.user)
            except (aiohttp.ClientError, TimeoutError):
                wait_seconds = pause_seconds(1)
                continue
            wait_seconds = usable_seconds(token)
            if (await self.call("auth", {"token": token}))["ok"]:
                say("refreshed")
            else:
                await self.sio.disconnect()  # and connect again with a new one

    async def call(self, event, payload):
        try:
            return await self.sio.call(event, payload, timeout=TIMEOUT_SECONDS)
        except socketio.exceptions.SocketIOError:  # no answer: the outcome is unknown
            return {"ok": False, "error": {"code": "timeout", "retryable": True}}


async def send(http, sender, recipient, text):
    """Returns the message's ID once it is durable."""
    envelope = {
        "recipientId": "urn:sm:user:" + urllib.parse.quote(recipient, safe="@+"),
        # Seal the text for the recipient here: the router must not be able to read it.
        "encryptedData": base64.b64encode(text.encode()).decode(),
        "encryptedSymmetricKey": base64.b64encode(b"sealed key").decode(),
    }
    key = uuid7()  # the same for all attempts: however many succeed, there is one message
    for attempt in range(8):
        retry_after = 0.0
        try:
            headers = {"Authorization": f"Bearer {await new_token(http, sender)}", "Idempotency-Key": key}
            async with http.post(f"{API_URL}/api/send", json=envelope, headers=headers) as response:
                if response.status == 202:
                    return (await response.json())["id"]
                if response.status not in RETRYABLE_STATUSES:
                    raise SystemExit(await response.text())
                retry_after = float(response.headers.get("Retry-After", 0))
        except (aiohttp.ClientError, TimeoutError):
            pass  # no answer: the outcome is unknown
        await asyncio.sleep(pause_seconds(attempt, retry_after))
    raise SystemExit("the message may not have been sent")


async def main(command, *arguments):
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)) as http:
        if command == "receive":
            await Receiver(http, *arguments).run()
        else:
            say("sent", await send(http, *arguments))


if __name__ == "__main__":
    if len(sys.argv) < 2 or (sys.argv[1], len(sys.argv)) not in {("receive", 3), ("send", 5)}:
        sys.exit(__doc__)
    asyncio.run(main(*sys.argv[1:]))
