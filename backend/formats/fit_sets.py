"""Sets of a FIT strength workout, as exercises with their sets."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from backend.formats.fit_activity import exercise_of, first_number
from backend.formats.fit_messages import Message
from backend.records.workout_session import Exercise, ExerciseSet

MOST_REPETITIONS = 1000
HEAVIEST_KG = 700.0
MOST_SETS = 2000  # active and rest sets of one session
DAY_S = 86_400.0

Titles = dict[tuple[int | None, int | None], str]


def titles_of(messages: Sequence[Message]) -> Titles:
    """Return the exercise titles a file states, by category and exercise number."""
    titles: Titles = {}
    for message in messages:
        title = message.text("wkt_step_name")
        if message.name == "exercise_title" and title:
            key = (
                first_number(message.values.get("exercise_category")),
                first_number(message.values.get("exercise_name")),
            )
            titles[key] = title[:200]
    return titles


def exercises_of(
    sets: Sequence[Message],
    *,
    titles: Titles,
    at: Callable[[datetime | int], datetime | None],
) -> tuple[Exercise, ...]:
    """Return the exercises of one session.

    Unbroken runs of sets with the same guess are one exercise. A rest only says how long the
    rest after the set before it was; a rest before the first set says nothing. 0 repetitions
    and 0 kg are the device's blanks, not zeros; 1 repetition is kept as counted.
    Args:
        sets: active and rest sets of the session, in the order they were done.
        titles: titles the file states for its exercises.
        at: the instant of a time of this file, None when unknown.
    Raises:
        UnreadableFile: more than 2000 sets, 1000 repetitions, 700 kg or 24 hours.
    """
    if len(sets) > MOST_SETS:
        raise sets[MOST_SETS].refuse(f"a session has more than {MOST_SETS} sets")
    runs: list[Exercise] = []
    used: set[str] = set()
    for position, message in enumerate(sets):
        duration = message.number("duration", most=DAY_S)
        if message.values.get("set_type") == "rest":
            if runs and duration is not None:
                runs[-1] = _rested(runs[-1], duration)
            continue
        done = _set_of(message, duration, uid=_uid(message, position, used), at=at)
        exercise, title = _exercise_of(message, titles)
        last = runs[-1] if runs else None
        if last and (last.exercise, last.exercise_source_text) == (exercise, title):
            runs[-1] = msgspec.structs.replace(last, sets=(*last.sets, done))
            continue
        runs.append(
            Exercise(
                uid=f"e{len(runs)}",
                exercise=exercise,
                exercise_source_text=title,
                confidence="device_guess" if exercise else None,
                sets=(done,),
            )
        )
    return tuple(runs)


def _exercise_of(message: Message, titles: Titles) -> tuple[str | None, str | None]:
    category, subtype = message.values.get("category"), message.values.get("category_subtype")
    title = titles.get((first_number(category), first_number(subtype)))
    return exercise_of(category, subtype), title


def _set_of(
    message: Message,
    duration: float | None,
    *,
    uid: str,
    at: Callable[[datetime | int], datetime | None],
) -> ExerciseSet:
    start = message.moment("start_time")
    return ExerciseSet(
        uid=uid,
        set_type="normal",
        reps=message.number("repetitions", most=MOST_REPETITIONS) or None,
        load_kg=message.number("weight", most=HEAVIEST_KG) or None,
        duration_s=duration,
        started_at=None if start is None else at(start),
    )


def _uid(message: Message, position: int, used: set[str]) -> str:
    index = first_number(message.values.get("message_index"))
    uid = f"s{position if index is None else index & 0x0FFF}"  # the upper bits are flags
    if uid in used:
        uid = f"{uid}.{position}"
    used.add(uid)
    return uid


def _rested(exercise: Exercise, seconds: float) -> Exercise:
    last = exercise.sets[-1]
    rest = round((last.rest_after_s or 0.0) + seconds, 3)
    rested = msgspec.structs.replace(last, rest_after_s=rest)
    return msgspec.structs.replace(exercise, sets=(*exercise.sets[:-1], rested))
