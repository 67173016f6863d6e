"""A real SMTP server of the tests' own: records what it takes, refuses when told to."""

import asyncio
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.ports import free_port

PATIENCE_S = 300.0
_SECRETS = re.compile(r"/r/[\w.=-]+")


@dataclass(frozen=True)
class Mail:
    """One mail whose body was received; ``raw`` as on the wire."""

    to: str
    raw: bytes

    @property
    def message(self) -> Message:
        """The parsed mail."""
        return message_from_bytes(self.raw, policy=default)

    @property
    def everything(self) -> str:
        """Every part of the mail decoded, with its headers."""
        parts = list(self.message.walk())
        headers = "\n".join(f"{name}: {text}" for part in parts for name, text in part.items())
        contents = [part.get_payload(decode=True) for part in parts]
        decoded = b"\n".join(one for one in contents if isinstance(one, bytes)).decode()
        return f"{headers}\n{decoded}"

    @property
    def words(self) -> str:
        """Everything but the secrets in links, in which the letters of any word may stand."""
        return _SECRETS.sub("/r/", self.everything)


class Postbox:
    """Serves SMTP from a thread.

    ``mood`` decides its next answers: ``accept``, ``drop`` (take the body, then cut the line
    without an answer), or a code, given at MAIL (421), RCPT (550) or after the body (451).
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.mood = "accept"
        self.received: list[Mail] = []
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, ready_timeout=PATIENCE_S
        )

    def start(self) -> None:
        """Begin to listen."""
        self._controller.start()

    def stop(self) -> None:
        """Stop listening; later connections are refused."""
        self._controller.stop(no_assert=True)

    def mails_to(self, address: str) -> list[Mail]:
        """Return what arrived for one person."""
        return [mail for mail in self.received if mail.to == address]

    async def handle_MAIL(  # noqa: N802 (named by the server)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer the sender."""
        if self.mood == "421":
            return "421 4.3.2 Come back later"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer one recipient."""
        if self.mood == "550":
            return "550 5.1.1 Nobody here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take the body."""
        if self.mood == "451":
            return "451 4.3.0 Try again"
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        self.received += [Mail(address, raw) for address in envelope.rcpt_tos]
        if self.mood == "drop" and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return "250 OK"
