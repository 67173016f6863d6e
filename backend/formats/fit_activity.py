"""What FIT calls sports, devices and exercises, in our words."""

from collections.abc import Mapping

from fitdecode import profile

# Keys of the table "sport and duration" of the science reference (section 1.6); a sport
# that is not in it keeps its own name and is not rated.
BY_SUB_SPORT: Mapping[str, str] = {
    "strength_training": "resistance_unspecified",
    "yoga": "yoga",
    "pilates": "pilates",
    "trail": "trail_running",
    "hiit": "hiit_bodyweight",
    "amrap": "hiit_bodyweight",
    "emom": "hiit_bodyweight",
    "tabata": "hiit_bodyweight",
    "elliptical": "elliptical",
    "indoor_rowing": "rowing",
    "stair_climbing": "stairs",
    "indoor_walking": "walking",
    "indoor_running": "running",
    "indoor_climbing": "climbing",
    "bouldering": "climbing",
    "indoor_cycling": "cycling",
    "spin": "cycling",
    "lap_swimming": "swimming",
    "open_water": "swimming",
    "squash": "squash",
    "badminton": "badminton",
}
BY_SPORT: Mapping[str, str] = {
    "running": "running",
    "cycling": "cycling",
    "e_biking": "cycling",
    "swimming": "swimming",
    "walking": "walking",
    "hiking": "hiking_flat",
    "mountaineering": "hiking_hills",
    "rowing": "rowing",
    "paddling": "paddling",
    "kayaking": "paddling",
    "stand_up_paddleboarding": "paddling",
    "rock_climbing": "climbing",
    "floor_climbing": "stairs",
    "basketball": "basketball",
    "soccer": "soccer",
    "tennis": "tennis",
    "volleyball": "volleyball",
    "rugby": "rugby",
    "alpine_skiing": "skiing_alpine",
    "ice_skating": "skating",
    "inline_skating": "skating",
    "boxing": "martial_arts",
    "mixed_martial_arts": "martial_arts",
    "hiit": "hiit_bodyweight",
    "dance": "dance_social",
    "jump_rope": "jump_rope",
}
EXERCISE_ALIASES: Mapping[str, str] = {"carry": "loaded_carry"}

NO_GUESS = 65534
_SQUAT, _LEG_PRESS = 28, 0  # FIT files the leg press under the squats
_CATEGORIES: Mapping[int, str] = profile.FIELD_TYPES["exercise_category"].enum


def activity_of(sport: object, sub_sport: object) -> tuple[str, str]:
    """Return our activity key and the source's own text, ``sport/sub_sport``.

    A trail is one only when running: a hike on a trail stays a hike.
    """
    main = str(sport) if sport is not None else "generic"
    sub = str(sub_sport) if sub_sport is not None else "generic"
    source = main if sub == "generic" else f"{main}/{sub}"
    by_sub = BY_SUB_SPORT.get(sub)
    if by_sub == "trail_running" and main != "running":
        by_sub = None
    return by_sub or BY_SPORT.get(main) or (main if main != "generic" else "unknown"), source


def exercise_of(category: object, subtype: object) -> str | None:
    """Return the exercise key of the device's first guess, or None when it made none.

    Args:
        category: shape (up to 3,), guesses in falling order; 65534 means unknown.
        subtype: shape (up to 3,), parallel to ``category``.
    """
    first = first_number(category)
    if first is None or first == NO_GUESS:
        return None
    if first == _SQUAT and first_number(subtype) == _LEG_PRESS:
        return "leg_press"
    name = _CATEGORIES.get(first)
    return EXERCISE_ALIASES.get(name, name) if name else None


def first_number(value: object) -> int | None:
    """Return a number, or the first of an array of them; None for anything else."""
    if isinstance(value, tuple | list):
        value = value[0] if value else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def device_of(file_id: Mapping[str, object]) -> str | None:
    """Return maker and product of the device that wrote the file, as text."""
    maker = file_id.get("manufacturer")
    product = next(
        (
            file_id[name]
            for name in ("product_name", "garmin_product", "product")
            if file_id.get(name) is not None
        ),
        None,
    )
    words = [str(part).strip() for part in (maker, product) if part is not None]
    return " ".join(words)[:200] or None
