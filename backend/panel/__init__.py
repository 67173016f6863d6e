"""The coach's panel: why someone needs a look, by what they consented to share."""

from backend.panel.parts import PanelPart, group, panel_parts
from backend.panel.reasons import Reason

__all__ = ["PanelPart", "Reason", "group", "panel_parts"]
