"""All models of nutrition."""

from backend.nutrition.energy import MODELS as ENERGY
from backend.nutrition.gnri import MODELS as GNRI
from backend.nutrition.intake import MODELS as INTAKE

MODELS = (*GNRI, *INTAKE, *ENERGY)
