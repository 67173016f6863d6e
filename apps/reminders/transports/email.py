"""One generic sentence by e-mail: no analyte, no value, no topic, no name.

The same collapse id gives the same `Message-ID`, so a mail sent twice is one to a mail store
that knows it already.
"""

import logging
import smtplib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string

from backend.push.letter import Letter, Target
from backend.push.receipt import Outcome, Receipt
from backend.reminding.delivery import EMAIL
from backend.reminding.nudges import language_of, words_for

logger = logging.getLogger(__name__)

Done = Callable[[Receipt], None]
CHANNEL = EMAIL
# 128 bits name a mail well enough, and the header stays on one line.
ID_DIGITS = 32
INBOX_PATH = "/me/inbox"


SENDERS = 4  # at a time; each waits for its server


class Mail:
    """E-mail as a channel: `smtplib` waits, so letters go out from threads of their own."""

    channel = CHANNEL

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(SENDERS, thread_name_prefix="mail")
        self._ended: SimpleQueue[tuple[Done, Receipt]] = SimpleQueue()

    def provider_of(self, target: Target) -> str:
        """Return the one provider there is: the operator's mail server."""
        return CHANNEL

    def start(self, letter: Letter, target: Target, done: Done) -> None:
        """Send from a thread; an error nobody foresaw is an outcome nobody knows."""

        def run() -> None:
            try:
                receipt = send_update(
                    address=target.token,
                    collapse_id=letter.collapse_id,
                    links=letter.links,
                    stop_link=letter.stop_link,
                    locale=letter.locale,
                    subject=letter.sentence,
                    body=letter.body,
                )
            except Exception:
                logger.exception("mail_failed")
                receipt = Receipt(outcome=Outcome.UNKNOWN, code="defect")
            self._ended.put((done, receipt))

        self._pool.submit(run)

    def turn(self, timeout_s: float) -> None:
        """Report what has ended, waiting up to ``timeout_s`` for the first."""
        with suppress(Empty):
            done, receipt = self._ended.get(block=timeout_s > 0, timeout=timeout_s or None)
            done(receipt)
            while True:
                done, receipt = self._ended.get_nowait()
                done(receipt)

    def close(self) -> None:
        """Begin nothing more; what is on its way ends by its own time limits."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def send_update(
    *,
    address: str,
    collapse_id: str,
    links: Mapping[str, str],
    stop_link: str,
    locale: str | None,
    subject: str = "",
    body: str = "",
) -> Receipt:
    """Send the one sentence to ``address``; every failure of the mail server is a receipt.

    Args:
        links: where each answer is given, by action.
        stop_link: where this kind of mail is switched off, by one click of the mail reader too;
            empty when it can not be.
        locale: the person's, such as ``de-AT``.
        subject, body: what the mail says in place of the usual words.
    """
    connection = get_connection()
    words = words_for(locale)
    told = {
        "subject": subject or words.subject,
        "body": body or words.body,
        "words": words,
        "locale": language_of(locale),
        "inbox": settings.PUBLIC_URL.rstrip("/") + INBOX_PATH,
        "answers": [(words.actions[action], link) for action, link in links.items()],
        "stop_link": stop_link,
    }
    message = _message(address, collapse_id, told)
    message.connection = connection
    try:
        connection.open()
    except smtplib.SMTPResponseException as error:
        # Greeting or sign-in refused: about us, not about this message.
        return Receipt(outcome=Outcome.LATER, code=f"smtp-{error.smtp_code}", is_provider_wide=True)
    except OSError:
        return Receipt(outcome=Outcome.LATER, code="no-connection", is_provider_wide=True)
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        return _answered(next(code for code, _ in error.recipients.values()))
    except smtplib.SMTPResponseException as error:
        return _answered(error.smtp_code)
    except (smtplib.SMTPNotSupportedError, UnicodeError):
        return Receipt(outcome=Outcome.REFUSED, code="address-not-supported")
    except OSError:
        return Receipt(outcome=Outcome.UNKNOWN, code="connection-lost")
    finally:
        _hang_up(connection)
    return Receipt(outcome=Outcome.ACCEPTED, code="accepted")


def _answered(code: int) -> Receipt:
    # smtplib gives -1 when the answer never came in full.
    if code < 400:
        return Receipt(outcome=Outcome.UNKNOWN, code="connection-lost")
    outcome = Outcome.REFUSED if code >= 500 else Outcome.LATER
    return Receipt(outcome=outcome, code=f"smtp-{code}")


def _hang_up(connection: object) -> None:
    try:
        connection.close()  # type: ignore[attr-defined]  # any of Django's mail backends
    except OSError:
        return


def _message(address: str, collapse_id: str, told: Mapping[str, object]) -> EmailMultiAlternatives:
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    headers = {
        "Message-ID": f"<{collapse_id[:ID_DIGITS]}@{host}>",
        "Auto-Submitted": "auto-generated",
    }
    if told["stop_link"]:
        # RFC 8058: the mail reader's own button, which posts to the address.
        headers["List-Unsubscribe"] = f"<{told['stop_link']}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = EmailMultiAlternatives(
        subject=str(told["subject"]),
        body=render_to_string("reminders/update.txt", told),
        to=[address],
        headers=headers,
    )
    message.attach_alternative(render_to_string("reminders/update.html", told), "text/html")
    return message
