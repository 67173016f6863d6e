"""Sample files that others wrote; they stay outside this repository."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend.formats import Draft, ImportedFile
from backend.records.lab_result import LabResult
from backend.records.workout_session import ExerciseSet, WorkoutSession

REPOSITORY = Path(__file__).parents[3]
SHARED = REPOSITORY / ".." / "shared" / "data"
OURS = REPOSITORY / "tests" / "data"

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="shared sample data is not on this machine"
)


def shared(path: str) -> bytes:
    """Return one of the shared files."""
    return (SHARED / path).read_bytes()


def files(folder: str, pattern: str) -> list[str]:
    """Return the shared files of a folder, as paths below the shared data; [] without it."""
    return sorted(str(path.relative_to(SHARED)) for path in (SHARED / folder).glob(pattern))


def sessions(imported: ImportedFile) -> list[WorkoutSession]:
    """Return the workout sessions of an imported file."""
    return [msgspec.json.decode(draft.body, type=WorkoutSession) for draft in imported.drafts]


def sets(session: WorkoutSession) -> list[ExerciseSet]:
    """Return the sets of a session in order."""
    return [one for exercise in session.exercises for one in exercise.sets]


def results(imported: ImportedFile) -> list[LabResult]:
    """Return the laboratory results of an imported file."""
    return [msgspec.json.decode(draft.body, type=LabResult) for draft in imported.drafts]


def plain(draft: Draft) -> dict[str, Any]:
    """Return a body as plain data."""
    body: dict[str, Any] = msgspec.json.decode(draft.body)
    return body


def codes(imported: ImportedFile) -> list[str]:
    """Return the codes of the warnings."""
    return [warning.code.removeprefix("format.") for warning in imported.warnings]
