"""One message to one phone or browser: ids and a generic sentence, nothing about health."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class Kind(StrEnum):
    """What a message is for; phones and browsers show ``remind`` alone."""

    REMIND = "remind"
    WITHDRAW = "withdraw"  # take down what was shown under the same collapse id
    WAKE = "wake"  # there is something new to pull
    DIGEST = "digest"  # the week, by mail alone
    NOTICE = "notice"  # who can see one's data, by mail alone


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What a transport sends, the same on every attempt.

    Fields:
        kind: what it is for.
        collapse_id: at most 64 bytes; a repeat replaces what was shown under it.
        notification_id: an app drops an id it has shown.
        reminder: the record of the feed it points to; None for ``wake``.
        sentence: what the lock screen says; empty for what is not shown.
        body: what a mail says below it, where that is more than the sentence.
        locale: the person's, such as ``de-AT``; None when it is not known.
        links: address by action (`done`, `snoozed`, `dismissed`), each of use once.
        stop_link: address that switches e-mail off; empty for what can not be switched off.
        expires_at: when it is of no use any more.
    """

    kind: Kind
    collapse_id: str
    notification_id: UUID
    expires_at: datetime
    reminder: UUID | None = None
    sentence: str = ""
    body: str = ""
    locale: str | None = None
    stop_link: str = ""
    links: Mapping[str, str] = {}


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a letter goes.

    Fields:
        channel: `apns`, `fcm` or `webpush`.
        token: the provider's; for `webpush` the subscription as JSON
            (`endpoint`, `p256dh`, `auth`).
        environment: `production` or `sandbox`, of APNs.
    """

    channel: str
    token: str
    environment: str = "production"
