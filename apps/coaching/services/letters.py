"""Letters about sharing: generic words, no name, no team, nothing of anybody's health.

They may go to addresses that somebody typed, so they carry no text that somebody typed.
"""

import logging
import smtplib
from uuid import UUID

from django.core.mail import EmailMessage

from apps.coaching.services.guardians import Asked
from apps.common.limits import RateLimited, limit_attempts

logger = logging.getLogger(__name__)
GUARDIAN_SUBJECT = "A question to a parent or guardian"
GUARDIAN_BODY = """Hello,

somebody who is under 18 and keeps their training data with Mechanostat would like to share a
part of it with a coach, and names you as a parent or guardian. Nothing is shared unless you agree.
This page says who asks, what for, and what they would see. You need no account:

{link}

If you do not know what this is about, do nothing: the link ends by itself within seven days.
Your address was not kept.
"""


def mail_guardian(*, athlete_id: UUID, address: str, asked: Asked) -> bool:
    """Send a guardian their link, five an hour; return whether a mail server took it."""
    try:
        limit_attempts("guardian-mail", str(athlete_id))
    except RateLimited:
        return False
    return _sent(GUARDIAN_SUBJECT, GUARDIAN_BODY.format(link=asked.link), address)


def _sent(subject: str, body: str, address: str) -> bool:
    letter = EmailMessage(subject, body, to=[address], headers={"Auto-Submitted": "auto-generated"})
    try:
        return bool(letter.send())
    except (OSError, smtplib.SMTPException, UnicodeError):
        logger.warning("letter_not_sent")
        return False
