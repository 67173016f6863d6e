"""Tells whoever shows an athlete's panel row that it was made anew."""

from uuid import UUID

from apps.common.announcing import announce

PANEL_PREFIX = "panel:"


def announce_panel(athlete_id: UUID) -> None:
    """Say that the rows changed, once the surrounding transaction commits, and nothing of them."""
    announce(panel_channel(athlete_id))


def panel_channel(athlete_id: UUID) -> str:
    """Return the channel on which changes of an athlete's panel rows are announced."""
    return f"{PANEL_PREFIX}{athlete_id}"
