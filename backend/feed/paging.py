"""How a reader moves through a feed, page by page, without a gap.

A tail is read upwards to the newest number; a bootstrap downwards from a head fixed on its
first page, so that what changes meanwhile is met in the tail that follows. Nothing is kept on
the server for either.
"""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from backend.feed.cursor import BEYOND, Group

# While derived records are on their way a phone asks again soon, then less and less often:
# (up to so many seconds of waiting, seconds to the next poll).
PENDING_POLLS: tuple[tuple[float, int], ...] = ((3, 3), (8, 5), (18, 10), (float("inf"), 30))
IDLE_POLL_S = 900
IDLE_JITTER_S = 90


class Share(msgspec.Struct, frozen=True):
    """What one page holds of a group's rows: the last one's number, and whether that is all."""

    last_seq: int | None
    is_all: bool


def advanced(group: Group, share: Share, *, head: int) -> Group:
    """Return where a group stands after its share of a page.

    Args:
        group: where it stood; a bootstrap not begun yet fixes its head now.
        share: what the page holds of it.
        head: the feed's newest number in the snapshot the page was cut from.
    """
    begun = group.position < BEYOND
    if group.phase == "tail":
        position = head if share.is_all else share.last_seq or group.position
        return replace(group, position=max(position, group.position), head=head)
    fixed = group.head if begun else head
    if share.is_all:
        return Group(group.types, "tail", fixed, head)
    return replace(group, position=share.last_seq or min(group.position, fixed + 1), head=fixed)


def is_complete(groups: Iterable[Group], *, head: int) -> bool:
    """Return whether a reader who stands so equals the server at ``head``."""
    return all(group.phase == "tail" and group.position >= head for group in groups)


def shares(sizes: Sequence[Sequence[int]], *, max_rows: int, max_bytes: int) -> list[int]:
    """Return how many rows of each group go into one page, at least one if there is any.

    Args:
        sizes: per group, in the order of reading, the size of each row in bytes.
        max_rows: rows of the page, over all groups.
        max_bytes: bytes of the page; its first row goes in whatever its size.
    """
    taken = []
    rows_left, bytes_left, is_first = max_rows, max_bytes, True
    for group in sizes:
        if len(group) <= rows_left and (whole := sum(group)) <= bytes_left:
            taken.append(len(group))
            is_first = is_first and not group
            rows_left, bytes_left = rows_left - len(group), bytes_left - whole
            continue
        count = 0
        for size in group:
            if not is_first and (rows_left < 1 or size > bytes_left):
                rows_left = 0  # the page ends here: no later row overtakes one left out
                break
            count, is_first = count + 1, False
            rows_left, bytes_left = rows_left - 1, bytes_left - size
        taken.append(count)
    return taken


def poll_after_s(*, is_complete: bool, pending_s: float | None, jitter_s: int) -> int:
    """Return when a reader should ask again.

    Args:
        is_complete: whether the page brought all there is; else the next one is due now.
        pending_s: for how long derived records have been awaited; None when none are.
        jitter_s: within ``IDLE_JITTER_S`` of nothing, so that idle phones spread out.
    """
    if not is_complete:
        return 0
    if pending_s is None:
        return IDLE_POLL_S + jitter_s
    return next(poll for until, poll in PENDING_POLLS if pending_s < until)
