"""Fusion as a function of sets: no order, no history, and the athlete's word above all."""

from collections.abc import Collection
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from backend.fusion.candidates import Candidate
from backend.fusion.decisions import Decision, pair_of
from backend.fusion.grouping import Decided, crowded_days, decide, links_among
from tests.backend.build import uid
from tests.backend.fusing import LOGGER, PHONE, WATCH, decided, recording, said

OURS = 3  # the first records are what an echo may be a copy of
SOURCES = (WATCH, LOGGER, PHONE, {"system": "strava"}, None)


@st.composite
def recordings(draw: st.DrawFn) -> list[Candidate]:
    """Return up to nine recordings within a few hours, so that many of them touch."""
    found = []
    for number in range(1, draw(st.integers(2, 9)) + 1):
        start = draw(st.integers(0, 24)) * 10
        source = draw(st.sampled_from(SOURCES))
        if number > OURS and draw(st.integers(0, 5)) == 0:
            original = str(uid(draw(st.integers(1, OURS + 1))))
            source = {"system": "mechanostat", "external_id": original}
        activity = draw(
            st.sampled_from(["resistance_unspecified", "plyometrics", "running", "other"])
        )
        quality = draw(st.sampled_from([None, None, None, "local_only", "date_only"]))
        end = start + draw(st.sampled_from([0, 10, 30, 60, 100]))
        found.append(recording(number, start, end, source, activity, time_quality=quality))
    return found


def decisions(*words: str) -> st.SearchStrategy[list[Decision]]:
    """Return decisions about some of the recordings, one after another."""
    record = st.integers(1, 9)
    one = st.tuples(record, record, st.sampled_from(words)).filter(lambda told: told[0] != told[1])
    return st.lists(one, max_size=6).map(
        lambda told: [
            said(a, b, word, minute=at, number=900 + at) for at, (a, b, word) in enumerate(told)
        ]
    )


BOTH = decisions("same", "separate")


def group_of(found: Decided) -> dict[UUID, tuple[UUID, ...]]:
    """Return the group of every record."""
    return {one: group.records for group in found.groups for one in group.records}


class TestFusedSets:
    @given(recordings(), BOTH, st.randoms(use_true_random=False))
    def test_do_not_depend_on_the_order_of_arrival(
        self, found: list[Candidate], told: list[Decision], random: Random
    ) -> None:
        before = decided(found, *told)
        random.shuffle(found)
        random.shuffle(told)
        assert decided(found, *told) == before

    @given(recordings(), BOTH)
    def test_hold_every_record_once(self, found: list[Candidate], told: list[Decision]) -> None:
        groups = decided(found, *told).groups
        members = [one for group in groups for one in group.records]
        assert len(members) == len(set(members))
        assert {one.record_id for one in found} <= set(members)
        assert all({*group.counted} <= {*group.records} for group in groups)

    @given(recordings())
    def test_have_a_primary_that_every_member_is_linked_with(self, found: list[Candidate]) -> None:
        links = links_among([one for one in found if one.echo_of is None])
        for group in decided(found).groups:
            for one in group.counted[1:]:
                link = links[pair_of(group.primary, one)]
                assert (link.level, link.one_source) == ("fuse", False)

    @given(recordings())
    def test_hold_no_two_that_contradict_each_other(self, found: list[Candidate]) -> None:
        links = links_among([one for one in found if one.echo_of is None])
        for group in decided(found).groups:
            pairs = {pair_of(a, b) for a in group.counted for b in group.counted if a != b}
            assert pairs <= links.keys()
            assert not any(links[pair].one_source for pair in pairs)

    @given(recordings(), BOTH)
    def test_can_be_decided_part_by_part(
        self, found: list[Candidate], told: list[Decision]
    ) -> None:
        whole = decided(found, *told)
        crowded = crowded_days(found)
        parts = [decide(part, told, crowded=crowded) for part in parts_of(found, told)]
        groups = sorted((one for part in parts for one in part.groups), key=lambda g: g.records)
        verdicts = sorted((v for part in parts for v in part.verdicts), key=lambda v: v.records)
        assert (tuple(groups), tuple(verdicts)) == (whole.groups, whole.verdicts)


class TestDecisions:
    @given(recordings(), decisions("separate"))
    def test_keep_apart_what_the_athlete_took_apart(
        self, found: list[Candidate], told: list[Decision]
    ) -> None:
        group = group_of(decided(found, *told))
        for one in told:
            if one.one in group and one.other in group:
                assert group[one.one] != group[one.other] or _is_through_a_copy(found, one)

    @given(recordings(), decisions("same"))
    def test_keep_together_what_the_athlete_put_together(
        self, found: list[Candidate], told: list[Decision]
    ) -> None:
        group = group_of(decided(found, *told))
        for one in told:
            if one.one in group and one.other in group:
                assert group[one.one] == group[one.other]

    @given(recordings(), BOTH)
    def test_are_not_asked_for_again(self, found: list[Candidate], told: list[Decision]) -> None:
        asked = {one.records for one in decided(found, *told).verdicts if one.state == "asks"}
        assert asked.isdisjoint(one.pair for one in told)


def _is_through_a_copy(found: Collection[Candidate], one: Decision) -> bool:
    """Return whether a copy of an export holds the two together, which only it can undo."""
    originals = {copy.record_id: copy.echo_of for copy in found if copy.echo_of}
    return bool({*one.pair} & {*originals, *originals.values()})


def parts_of(found: list[Candidate], told: list[Decision]) -> list[list[Candidate]]:
    """Return the recordings in parts that nothing links with each other."""
    known = {one.record_id: one for one in found}
    edges = [*links_among(found), *(one.pair for one in told)]
    edges += [(one.record_id, one.echo_of) for one in found if one.echo_of]
    place = {one: one for edge in edges for one in edge} | {one: one for one in known}
    for _ in place:  # as many rounds as a path can be long
        for a, b in edges:
            place[a] = place[b] = min(place[a], place[b])
    parts: dict[UUID, list[Candidate]] = {}
    for one in known:
        parts.setdefault(place[one], []).append(known[one])
    return list(parts.values())
