"""What is known after an attempt to send, whatever the channel."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Outcome(StrEnum):
    """What the answer means for the message and for the address it went to."""

    ACCEPTED = "accepted"
    LATER = "later"  # surely not accepted; worth another try
    REFUSED = "refused"  # surely not accepted, and never will be
    UNKNOWN = "unknown"  # may have been accepted
    GONE = "gone"  # the address is no more: delete it, unless it was registered since
    STOPPED = "stopped"  # the address does not fit our key or environment: stop it, keep it


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one attempt.

    Fields:
        outcome: what is known.
        code: the provider's word for it, or ours; no address, no text.
        retry_after_s: how long the provider asked to be left alone.
        is_provider_wide: whether it says something about the provider or about us rather than
            about this message, so that others would fare the same.
        gone_at: when the provider noticed that the address was gone.
        provider_id: the provider's name for what it accepted.
    """

    outcome: Outcome
    code: str
    retry_after_s: float | None = None
    is_provider_wide: bool = False
    gone_at: datetime | None = None
    provider_id: str = ""
