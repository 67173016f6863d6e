"""What each device proved to hold: the cursor it sent, noted so that tombstones may go."""

import time
from uuid import UUID

from apps.sync.places import Reading

# What this process had noted: only spares the statement that would find it so.
MAX_NOTED = 20_000
_noted: dict[UUID, tuple[UUID, int, int]] = {}


def to_note(reading: Reading, device_id: UUID | None) -> dict[str, object] | None:
    """Return what to note of a device, as parameters of `SEEN`.

    None for a reader without a place, and when this process has noted it today.
    """
    start = reading.start
    if start is None or device_id is None or not start.groups:
        return None
    note = (start.epoch, start.confirmed, int(time.monotonic() // 86_400))
    if _noted.get(device_id) == note:
        return None
    if len(_noted) >= MAX_NOTED:
        _noted.clear()
    # Before the commit: if that fails the old note stands, which only keeps tombstones longer
    # or has a device start over.
    _noted[device_id] = note
    return {
        "athlete": reading.ask.athlete_id,
        "device": device_id,
        "epoch": start.epoch,
        "confirmed": start.confirmed,
    }
