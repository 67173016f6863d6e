"""The chain of an access log: recomputed by anybody, and every tampering found."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from uuid import UUID

import pytest

from backend.access_chain import GENESIS, WORDS, Break, Head, Line, breaks, digest_of, verify

ATHLETE = UUID(int=1)
FIRST_AT = datetime(2026, 12, 1, 8, 0, 0, 123456, tzinfo=UTC)
VIEWS = ("roster", "athlete", "records", "heads")
CATEGORIES = ("sessions", "loading", "labs", "reminders")
Log = list[Line]


def sealed(line: Line, last: Head) -> Line:
    """Return the line as the chain takes it after ``last``."""
    placed = replace(line, seq=last.seq + 1, prev=last.digest)
    return replace(placed, digest=digest_of(placed))


def unsealed(chance: random.Random, number: int) -> Line:
    """Return some line without a place."""
    return Line(
        seq=0,
        athlete_id=ATHLETE,
        id=UUID(int=chance.getrandbits(128)),
        viewer_id=UUID(int=chance.randrange(3)),
        team_id=UUID(int=chance.randrange(2)),
        what=chance.choice(VIEWS),
        categories=tuple(c for c in CATEGORIES if chance.random() < 0.5),
        at=FIRST_AT + timedelta(seconds=600 * number, microseconds=chance.randrange(10**6)),
        prev=b"",
        digest=b"",
    )


def resealed(lines: Log) -> Log:
    """Return these lines as one chain, whatever places they had."""
    last, made = Head(0, GENESIS), []
    for line in lines:
        made.append(sealed(line, last))
        last = head_of(made)
    return made


def log_of(chance: random.Random, length: int) -> Log:
    """Return a log of some looks."""
    return resealed([unsealed(chance, number) for number in range(length)])


def head_of(lines: Log) -> Head:
    """Return where a log ends."""
    return Head(lines[-1].seq, lines[-1].digest)


def edit(lines: Log, chance: random.Random) -> Log:
    """Change one field of one line."""
    at = chance.randrange(len(lines))
    line = lines[at]
    changes: list[dict[str, object]] = [
        {"seq": line.seq + chance.choice((-1, 1, 1000))},
        {"athlete_id": UUID(int=2)},
        {"id": UUID(int=chance.getrandbits(128))},
        {"viewer_id": UUID(int=77)},
        {"team_id": UUID(int=78)},
        {"what": "nothing"},
        {"categories": (*line.categories, "dxa")},
        {"at": line.at + timedelta(microseconds=chance.choice((-1, 1, 10**9)))},
        {"prev": chance.randbytes(32)},
        {"digest": chance.randbytes(32)},
    ]
    changed = replace(line, **chance.choice(changes))  # type: ignore[arg-type]  # by name
    return [*lines[:at], changed, *lines[at + 1 :]]


def edit_and_seal(lines: Log, chance: random.Random) -> Log:
    """Change one line and give it the digest that fits."""
    at = chance.randrange(len(lines))
    changed = replace(lines[at], viewer_id=UUID(int=77), what=chance.choice(VIEWS))
    return [*lines[:at], replace(changed, digest=digest_of(changed)), *lines[at + 1 :]]


def remove(lines: Log, chance: random.Random) -> Log:
    """Take out some lines that are not the last."""
    at = chance.randrange(len(lines) - 1)
    return [*lines[:at], *lines[min(at + chance.randint(1, 3), len(lines) - 1) :]]


def insert(lines: Log, chance: random.Random) -> Log:
    """Put in a line that was never written, or one twice."""
    at = chance.randrange(len(lines))
    new = chance.choice((sealed(unsealed(chance, at), head_of(lines)), lines[at]))
    return [*lines[:at], new, *lines[at:]]


def reorder(lines: Log, chance: random.Random) -> Log:
    """Exchange two lines, with or without giving them each other's number."""
    one, other = sorted(chance.sample(range(len(lines)), 2))
    moved = list(lines)
    moved[one], moved[other] = lines[other], lines[one]
    if chance.random() < 0.5:
        moved[one] = replace(moved[one], seq=lines[one].seq)
        moved[other] = replace(moved[other], seq=lines[other].seq)
    return moved


def cut(lines: Log, chance: random.Random) -> Log:
    """Leave out the tail."""
    return lines[: chance.randrange(len(lines))]


def rewrite(lines: Log, chance: random.Random) -> Log:
    """Change, drop or add a line and make the whole chain anew, as whoever owns the tables can."""
    at = chance.randrange(len(lines))
    others = [
        [*lines[:at], replace(lines[at], viewer_id=UUID(int=99)), *lines[at + 1 :]],
        [*lines[:at], *lines[at + 1 :]],
        [*lines[:at], unsealed(chance, at), *lines[at:]],
    ]
    return resealed(chance.choice(others))


TAMPERINGS: tuple[Callable[[Log, random.Random], Log], ...] = (
    edit, edit_and_seal, remove, insert, reorder, cut, rewrite,
)  # fmt: skip


class TestDigest:
    def test_is_what_ten_lines_of_anybody_say(self) -> None:
        line = Line(
            seq=1,
            athlete_id=UUID("0190f5a0-0000-7000-8000-000000000001"),
            id=UUID("5d7c1b5e-0000-5000-8000-000000000002"),
            viewer_id=UUID("0190f5a0-0000-7000-8000-000000000003"),
            team_id=UUID("0190f5a0-0000-4000-8000-000000000004"),
            what="roster",
            categories=("sessions", "loading"),
            at=FIRST_AT,
            prev=GENESIS,
            digest=b"",
        )
        spelled = (
            b"1\n0190f5a0-0000-7000-8000-000000000001\n5d7c1b5e-0000-5000-8000-000000000002\n"
            b"0190f5a0-0000-7000-8000-000000000003\n0190f5a0-0000-4000-8000-000000000004\n"
            b"roster\nsessions,loading\n1796112000123456"
        )
        assert digest_of(line) == sha256(bytes(32) + spelled).digest()

    def test_does_not_depend_on_the_zone_an_instant_is_given_in(self) -> None:
        (line,) = log_of(random.Random(1), 1)  # noqa: S311 - no secret
        elsewhere = line.at.astimezone(timezone(timedelta(hours=5, minutes=45)))
        assert digest_of(replace(line, at=elsewhere)) == line.digest


class TestVerify:
    @pytest.mark.parametrize("length", [1, 2, 50])
    def test_finds_nothing_in_what_was_written(self, length: int) -> None:
        lines = log_of(random.Random(length), length)  # noqa: S311 - no secret
        told = [Head(line.seq, line.digest) for line in lines]
        assert list(breaks(lines, head_of(lines), told=told)) == []

    def test_finds_nothing_where_nobody_looked(self) -> None:
        assert verify([], None) is None
        assert verify([], Head(0, GENESIS)) is None

    @pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda one: one.__name__)
    def test_finds_every_tampering_by_the_heads_that_were_told(
        self, tamper: Callable[[Log, random.Random], Log]
    ) -> None:
        """Also when the head of the service was made to fit."""
        for seed in range(200):
            chance = random.Random(f"{tamper.__name__} {seed}")  # noqa: S311 - no secret
            lines = log_of(chance, chance.randint(2, 30))
            told = [Head(line.seq, line.digest) for line in lines if chance.random() < 0.2]
            told.append(head_of(lines))
            tampered = tamper(lines, chance)
            assert tampered != lines
            chance.shuffle(told)
            head = head_of(tampered) if tampered else None
            found = verify(tampered, head, told=told)
            assert found is not None, f"{tamper.__name__} {seed} was not found"
            assert found.words

    @pytest.mark.parametrize(
        "tamper", [t for t in TAMPERINGS if t is not rewrite], ids=lambda one: one.__name__
    )
    def test_finds_them_by_the_head_of_the_service_alone(
        self, tamper: Callable[[Log, random.Random], Log]
    ) -> None:
        for seed in range(50):
            chance = random.Random(f"{tamper.__name__} {seed}")  # noqa: S311 - no secret
            lines = log_of(chance, chance.randint(2, 30))
            assert verify(tamper(lines, chance), head_of(lines)) is not None

    def test_can_not_find_a_whole_chain_made_anew_that_nobody_was_told_of(self) -> None:
        """Why heads are given away: without them this is the limit of any chain."""
        chance = random.Random(7)  # noqa: S311 - no secret
        anew = rewrite(log_of(chance, 20), chance)
        assert verify(anew, head_of(anew)) is None

    def test_names_the_first_place(self) -> None:
        lines = log_of(random.Random(3), 10)  # noqa: S311 - no secret
        told = [head_of(lines)]
        head = head_of(lines)
        edited = [*lines[:3], replace(lines[3], what="proposal"), *lines[4:]]
        assert verify(edited, head) == Break(4, "changed")
        assert verify([*lines[:3], *lines[4:]], head) == Break(5, "gap")
        assert verify([lines[0], lines[0], *lines[1:]], head) == Break(1, "order")
        assert verify(lines[:7], head_of(lines[:7]), told=told) == Break(7, "cut")
        assert verify(lines[:7], head) == Break(7, "head")
        assert verify([], None, told=told) == Break(0, "cut")
        foreign = replace(lines[5], athlete_id=UUID(int=9))
        assert verify([*lines[:5], foreign, *lines[6:]], head) == Break(6, "foreign")
        anew = resealed([replace(lines[0], what="proposal"), *lines[1:]])
        assert verify(anew, head_of(anew), told=told) == Break(10, "told")

    def test_goes_on_after_a_break(self) -> None:
        lines = log_of(random.Random(4), 12)  # noqa: S311 - no secret
        twice = [replace(line, what="heads!") if line.seq in (3, 9) else line for line in lines]
        found = list(breaks(twice, head_of(lines)))
        assert found == [Break(3, "changed"), Break(9, "changed")]
        assert {one.code for one in found} <= set(WORDS)
