"""Send, pull, acknowledge, retry, send with an access key, and a refusal, with the client that openapi-python-client makes."""

import os
import sys
import time

from dumbwaiter_client import AuthenticatedClient
from dumbwaiter_client.api.messages import acknowledge, pull, send
from dumbwaiter_client.models import Accepted, Acknowledgement, Page, Problem, SecureEnvelope
from dumbwaiter_client.types import Unset


def client_of(token: str) -> AuthenticatedClient:
    return AuthenticatedClient(base_url=os.environ["URL"], token=token)


alice, bob = client_of(os.environ["ALICE"]), client_of(os.environ["BOB"])
anybody = AuthenticatedClient(
    base_url=os.environ["URL"], token=os.environ["ACCESS_KEY"], prefix="", auth_header_name="Access-Key"
)


def check(holds: bool, what: object) -> None:
    if not holds:
        sys.exit(str(what))


def send_to(recipient: str, client: AuthenticatedClient = alice) -> Accepted | Problem | None:
    envelope = SecureEnvelope(recipient_id=recipient, encrypted_data="AEBD", encrypted_symmetric_key="BCDE")
    return send.sync(client=client, body=envelope, idempotency_key=os.environ["KEY"])


accepted = send_to(os.environ["RECIPIENT"])
check(isinstance(accepted, Accepted), f"the message is accepted: {accepted}")

page = pull.sync(client=bob, limit=10)
for _ in range(100):
    check(isinstance(page, Page), f"the queue can be read: {page}")
    if page.messages:
        break
    time.sleep(0.1)
    page = pull.sync(client=bob)
check([message.id for message in page.messages] == [accepted.id], "the message is in the queue")
envelope = page.messages[0].envelope
check(envelope.encrypted_data == "AEBD" and isinstance(envelope.priority, Unset), "the envelope is unchanged")

acked = acknowledge.sync_detailed(client=bob, body=Acknowledgement(message_ids=[accepted.id]))
check(acked.status_code == 204, f"the message is acknowledged: {acked}")
check(pull.sync(client=bob).messages == [], "the queue is empty")

again = send_to(os.environ["RECIPIENT"])
check(isinstance(again, Accepted) and again.id == accepted.id, "a retry has the same ID")
anonymous = send_to(os.environ["RECIPIENT"], anybody)
check(isinstance(anonymous, Accepted), f"the access key is accepted: {anonymous}")

refused = send_to("nobody")
check(isinstance(refused, Problem), f"an error is typed: {refused}")
check((refused.code, refused.path) == ("invalid_envelope", "recipientId"), "an error has a code and a path")
print(accepted.id, anonymous.id, end="")
