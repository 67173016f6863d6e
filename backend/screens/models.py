"""All screens."""

from backend.screens.frax import MODELS as FRAX
from backend.screens.osteoporosis import MODELS as OSTEOPOROSIS

MODELS = (*OSTEOPOROSIS, *FRAX)
