"""Building blocks of training weeks."""

from backend.simulate.plans import Lift, Slot

HEAVY_LEGS = (
    Lift(exercise="squat", sets=5, reps=5, kg=42.5, kg_gain=20),
    Lift(exercise="overhead_press_standing", sets=4, reps=5, kg=17.5, kg_gain=5),
    Lift(exercise="bent_over_row", sets=3, reps=8, kg=25, kg_gain=7.5, kind="upper_limb"),
)
HEAVY_PULL = (
    Lift(exercise="deadlift", sets=5, reps=5, kg=52.5, kg_gain=25),
    Lift(exercise="lunge", sets=3, reps=6, kg=12.5, kg_gain=7.5),
    Lift(exercise="lat_pulldown", sets=3, reps=10, kg=30, kg_gain=7.5, kind="upper_limb"),
)
STRONG_LEGS = (
    Lift(exercise="squat", sets=5, reps=5, kg=85, kg_gain=25),
    Lift(exercise="romanian_deadlift", sets=3, reps=6, kg=75, kg_gain=20),
    Lift(exercise="bench_press", sets=4, reps=6, kg=65, kg_gain=15, kind="upper_limb"),
)
EASY_GYM = (
    Lift(exercise="leg_press", sets=3, reps=12, kg=60, kg_gain=15, rir=4, kind="leg_press"),
    Lift(exercise="seated_row", sets=3, reps=12, kg=30, kg_gain=7.5, rir=4, kind="upper_limb"),
    Lift(exercise="biceps_curl", sets=2, reps=12, kg=8, kg_gain=2, rir=4, kind="upper_limb"),
)
JUMPS = (
    Lift(exercise="pogo_hop_bilateral", sets=3, reps=10, kind="jump", tempo="explosive"),
    Lift(exercise="countermovement_jump", sets=4, reps=6, kind="jump", tempo="explosive"),
    Lift(exercise="drop_jump_20cm", sets=3, reps=5, kind="jump", tempo="explosive"),
)
LANDINGS = (
    Lift(exercise="drop_jump_40cm", sets=4, reps=5, kind="jump", tempo="explosive"),
    Lift(exercise="broad_jump", sets=4, reps=4, kind="jump", tempo="explosive"),
    Lift(exercise="single_leg_hop", sets=3, reps=8, kind="jump", tempo="explosive"),
)
HEEL_DROPS = (Lift(exercise="heel_drop", sets=4, reps=12, kind="jump"),)


def gym(weekday: int, hour: int, lifts: tuple[Lift, ...], *, minutes: int = 60, rpe: float = 7.5,
        keeps: float = 0.92) -> Slot:  # fmt: skip
    """Return a strength session."""
    return Slot(
        weekday=weekday, hour=hour, activity="resistance_unspecified", minutes=minutes,
        rpe=rpe, lifts=lifts, keeps=keeps,
    )  # fmt: skip


def hops(weekday: int, hour: int, lifts: tuple[Lift, ...], *, keeps: float = 0.9) -> Slot:
    """Return a short jump session."""
    return Slot(
        weekday=weekday, hour=hour, activity="plyometrics", minutes=25, rpe=6, lifts=lifts,
        keeps=keeps,
    )  # fmt: skip


def run(weekday: int, hour: int, minutes: int, *, kmh: float = 10.4, rpe: float = 5,
        keeps: float = 0.9) -> Slot:  # fmt: skip
    """Return a steady run."""
    return Slot(
        weekday=weekday, hour=hour, activity="running", minutes=minutes, rpe=rpe,
        speed_kmh=kmh, keeps=keeps,
    )  # fmt: skip


def ride(weekday: int, hour: int, minutes: int, *, kmh: float = 27, rpe: float = 5,
         keeps: float = 0.9) -> Slot:  # fmt: skip
    """Return a bicycle ride."""
    return Slot(
        weekday=weekday, hour=hour, activity="cycling", minutes=minutes, rpe=rpe, speed_kmh=kmh,
        keeps=keeps,
    )  # fmt: skip


def walk(weekday: int, hour: int, minutes: int, *, keeps: float = 0.85) -> Slot:
    """Return a walk."""
    return Slot(
        weekday=weekday, hour=hour, activity="walking", minutes=minutes, rpe=2.5,
        speed_kmh=5.1, keeps=keeps,
    )  # fmt: skip


def play(weekday: int, hour: int, activity: str, minutes: int, *, rpe: float = 6,
         keeps: float = 0.9) -> Slot:  # fmt: skip
    """Return a game, class or anything else without sets or distance."""
    return Slot(
        weekday=weekday, hour=hour, activity=activity, minutes=minutes, rpe=rpe, keeps=keeps
    )
