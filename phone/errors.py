"""What can stop a phone. None of these loses an edit: the outbox is as it was."""

from uuid import UUID

from phone.wire import Problem


class PhoneError(Exception):
    """Base of everything this package raises on purpose."""


class SignedOut(PhoneError):
    """There is no token, or the server no longer takes it. Sign in again; edits wait."""


class NoAnswer(PhoneError):
    """Nothing usable came back from one attempt; the ops may or may not have been stored."""

    def __init__(self, why: str, *, retry_after_s: float = 0.0) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class Unreachable(PhoneError):
    """No usable answer came in the allowed number of attempts. Edits wait."""


class NotCurrent(PhoneError, TimeoutError):
    """The server's derived rows did not catch up in the allowed time."""


class OpTooLarge(PhoneError):
    """One edit, or a group of edits, is larger than a whole request may be."""

    def __init__(self, *, size: int, limit: int, ops: int = 1) -> None:
        what = "the edit takes" if ops == 1 else f"the {ops} edits of a group take"
        super().__init__(f"{what} {size} bytes, a request holds {limit}")
        self.size = size
        self.limit = limit


class RequestRefused(PhoneError):
    """The server refused a whole request; no op in it was evaluated."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.code or problem.title}: {problem.detail}")
        self.problem = problem


class RequestTooLarge(RequestRefused):
    """413: the request must be cut in halves."""


class FeedForked(RequestRefused):
    """The server does not know the history this phone has seen: it came back from a backup.

    `Phone.sync` recovers by itself; it raises this only if the server keeps changing its mind.
    """


class EpochChanged(RequestRefused):
    """The feed was erased on the server; local copy and outbox have been wiped with it."""


class CursorExpired(RequestRefused):
    """410: deletions behind the cursor are gone; everything is loaded again."""


class ClientTooOld(RequestRefused):
    """426: this app may push, but reads nothing until it is updated."""


class DeviceRevoked(RequestRefused):
    """The owner ended this device's access from afar."""


class WrongAthlete(RequestRefused):
    """This phone's edits belong to another account than the one signed in."""

    @classmethod
    def here(cls, *, owner: UUID, signed_in: UUID) -> "WrongAthlete":
        """Return the error for a mix-up noticed before anything was sent."""
        return cls(
            Problem(
                title="This phone holds another athlete's data",
                status=403,
                code="wrong-athlete",
                retry="never",
                detail=f"The store belongs to {owner}, the account is {signed_in}.",
            )
        )
