"""The coach's panel: why someone needs a look, by what they consented to share."""

from backend.panel.parts import CATEGORIES, group, panel_parts
from backend.panel.reasons import PanelPart, Reason
from backend.panel.training import Said, Trained

__all__ = ["CATEGORIES", "PanelPart", "Reason", "Said", "Trained", "group", "panel_parts"]
