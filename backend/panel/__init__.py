"""The coach's panel: why someone needs a look, by what they consented to share."""

from backend.panel.availability import Said
from backend.panel.episodes import followed_from
from backend.panel.parts import CATEGORIES, group, panel_parts
from backend.panel.reasons import PanelPart, Reason
from backend.panel.training import Trained, is_cut

__all__ = [
    "CATEGORIES", "PanelPart", "Reason", "Said", "Trained", "followed_from", "group", "is_cut",
    "panel_parts",
]  # fmt: skip
