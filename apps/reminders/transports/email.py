"""One generic sentence by e-mail: no analyte, no value, no topic, no name.

The same collapse id gives the same `Message-ID`, so a mail sent twice is one to a mail store
that knows it already.
"""

import smtplib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string

from backend.reminding.nudges import language_of, words_for

CHANNEL = "email"
# 128 bits name a mail well enough, and the header stays on one line.
ID_DIGITS = 32
INBOX_PATH = "/me/inbox"


class Outcome(Enum):
    """What is known after an attempt."""

    ACCEPTED = "accepted"
    LATER = "later"  # surely not accepted; worth another try
    REFUSED = "refused"  # surely not accepted, and never will be
    UNKNOWN = "unknown"  # may have been accepted


@dataclass(frozen=True)
class Receipt:
    """The outcome and its code; ``is_down`` when the server could not even be reached."""

    outcome: Outcome
    code: str
    is_down: bool = False


def send_update(
    *,
    address: str,
    collapse_id: str,
    links: Mapping[str, str],
    stop_link: str,
    locale: str | None,
) -> Receipt:
    """Send the one sentence to ``address``; every failure of the mail server is a receipt.

    Args:
        links: where each answer is given, by action.
        stop_link: where this kind of mail is switched off, by one click of the mail reader too.
        locale: the person's, such as ``de-AT``.
    """
    connection = get_connection()
    message = _message(address, collapse_id, links=links, stop_link=stop_link, locale=locale)
    message.connection = connection
    try:
        connection.open()
    except smtplib.SMTPResponseException as error:
        # Greeting or sign-in refused: about us, not about this message.
        return Receipt(Outcome.LATER, f"smtp-{error.smtp_code}", is_down=True)
    except OSError:
        return Receipt(Outcome.LATER, "no-connection", is_down=True)
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        return _answered(next(code for code, _ in error.recipients.values()))
    except smtplib.SMTPResponseException as error:
        return _answered(error.smtp_code)
    except (smtplib.SMTPNotSupportedError, UnicodeError):
        return Receipt(Outcome.REFUSED, "address-not-supported")
    except OSError:
        return Receipt(Outcome.UNKNOWN, "connection-lost")
    finally:
        _hang_up(connection)
    return Receipt(Outcome.ACCEPTED, "accepted")


def _answered(code: int) -> Receipt:
    # smtplib gives -1 when the answer never came in full.
    if code < 400:
        return Receipt(Outcome.UNKNOWN, "connection-lost")
    return Receipt(Outcome.REFUSED if code >= 500 else Outcome.LATER, f"smtp-{code}")


def _hang_up(connection: object) -> None:
    try:
        connection.close()  # type: ignore[attr-defined]  # any of Django's mail backends
    except OSError:
        return


def _message(
    address: str,
    collapse_id: str,
    *,
    links: Mapping[str, str],
    stop_link: str,
    locale: str | None,
) -> EmailMultiAlternatives:
    words = words_for(locale)
    told = {
        "words": words,
        "locale": language_of(locale),
        "inbox": settings.PUBLIC_URL.rstrip("/") + INBOX_PATH,
        "answers": [(words.actions[action], link) for action, link in links.items()],
        "stop_link": stop_link,
    }
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    message = EmailMultiAlternatives(
        subject=words.subject,
        body=render_to_string("reminders/update.txt", told),
        to=[address],
        headers={
            "Message-ID": f"<{collapse_id[:ID_DIGITS]}@{host}>",
            "Auto-Submitted": "auto-generated",
            # RFC 8058: the mail reader's own button, which posts to the address.
            "List-Unsubscribe": f"<{stop_link}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    message.attach_alternative(render_to_string("reminders/update.html", told), "text/html")
    return message
