"""Models of bone: scores, class, change between scans, intervals, trabecular score."""

from backend.bone.change import MODELS as CHANGE
from backend.bone.intervals import MODELS as INTERVALS
from backend.bone.scores import MODELS as SCORES
from backend.bone.trabecular import MODELS as TRABECULAR

MODELS = (*SCORES, *CHANGE, *INTERVALS, *TRABECULAR)
