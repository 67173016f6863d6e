"""Models of muscle: mass, function, staging and change."""

from backend.muscle.battery import MODELS as BATTERY
from backend.muscle.change import MODELS as CHANGE
from backend.muscle.mass import MODELS as MASS
from backend.muscle.staging import MODELS as STAGING

MODELS = (*MASS, *BATTERY, *STAGING, *CHANGE)
