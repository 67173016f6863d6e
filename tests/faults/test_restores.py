"""Servers that come back from a backup, fail over or lag behind; phones that do: all of it real."""

from typing import Any
from uuid import UUID

import httpx2
import pytest

from phone import FeedForked
from tests.faults.cluster import APP
from tests.faults.switch import served_by
from tests.machine import edits
from tests.machine.device import Device
from tests.machine.invariants import i1_convergence, i2_nothing_acknowledged_is_lost
from tests.machine.world import World


def both(world: World) -> tuple[Device, Device]:
    """Return the phones A and B."""
    first, second = world.devices
    return first, second


def workout(world: World, device: Device) -> UUID:
    """Let a phone write down and sync a workout, the only one; return its id."""
    world.edit(device, edits.new_workout, 0, 1)
    world.sync(device)
    (record,) = (r.id for r in device.phone.records("workout_session"))
    return record


def rate(device: Device, record: UUID, rpe: int) -> None:
    """Let a phone rate a workout and sync."""
    device.phone.put("workout_session", record, set={"rpe": rpe})
    device.phone.sync()


def held(device: Device, record: UUID) -> tuple[int, UUID]:
    """Return revision and version of what a phone holds."""
    return device.versions()[record]


def stored(world: World, record: UUID) -> tuple[int, UUID]:
    """Return revision and version of what the server holds."""
    row = world.server.records(world.athlete)[record]
    return row.rev, row.v


def pages(world: World, *, since: int) -> list[dict[str, Any]]:
    """Return the answers phones heard, from the nth on."""
    return [exchange.answer for exchange in world.ledger.exchanges[since:]]


def bare(world: World, device: Device) -> httpx2.Response:
    """Send a phone's next request and return the answer before the phone has seen it."""
    payload = device.phone.prepare().payload
    return world.network.ask_raw(world.athlete, device.session.token, payload)


class TestAServerRestored:
    def test_c31_is_told_apart_and_given_back_what_a_phone_has_pulled(self, world: World) -> None:
        one, other = both(world)
        record = workout(world, one)
        world.server.back_up()
        rate(one, record, 7)
        rate(one, record, 9)
        other.phone.sync()
        before = held(other, record)
        assert before[0] == 3

        world.restore(until=None)
        assert stored(world, record)[0] == 1, "the backup is older than the ratings"
        with pytest.raises(FeedForked):
            other.phone.deliver(other.phone.prepare())
        other.phone.sync()

        assert stored(world, record) == before
        world.settle()
        i1_convergence(world)
        i2_nothing_acknowledged_is_lost(world)

    def test_c31_is_told_apart_also_when_it_has_gone_on_since(self, world: World) -> None:
        one, other = both(world)
        record = workout(world, one)
        other.phone.sync()
        world.server.back_up()
        rate(one, record, 7)
        before = held(one, record)
        world.restore(until=None)
        for number in range(3):  # the server's numbers pass what the phone has seen
            world.edit(other, edits.new_lab, 0, number)
            other.phone.sync()
        place = one.store.place()
        feed = world.server.feed(world.athlete)
        assert feed is not None
        assert place.witness is not None
        assert feed.head_seq > place.witness.seq

        forks = world.ledger.forks
        one.phone.sync()
        assert world.ledger.forks == forks + 1, "the phone was not told of the fork"
        assert stored(world, record) == before
        world.settle()
        i1_convergence(world)

    def test_c31_knows_what_stood_at_the_moment_it_was_restored_to(self, world: World) -> None:
        one, _ = both(world)
        record = workout(world, one)
        world.server.back_up()
        rate(one, record, 7)
        world.server.mark()
        kept = held(one, record)
        rate(one, record, 9)

        world.restore(until=world.server.marks[-1])
        assert stored(world, record) == kept, "the log was replayed up to the mark"
        world.settle()
        assert stored(world, record)[0] == 3

    @pytest.mark.parametrize("first", [0, 1])
    def test_c33_ends_with_the_highest_revision_whoever_replays_first(
        self, world: World, first: int
    ) -> None:
        one, other = both(world)
        record = workout(world, one)
        world.server.back_up()
        for rpe in (5, 6, 7):
            rate(one, record, rpe)
        other.phone.sync()
        rate(one, record, 8)
        newest = held(one, record)
        assert (newest[0], held(other, record)[0]) == (5, 4)

        world.restore(until=None)
        for device in (both(world)[first], both(world)[1 - first]):
            device.phone.sync()
        world.settle()

        assert stored(world, record) == held(one, record) == held(other, record) == newest
        assert {r.body["rpe"] for r in other.phone.records("workout_session")} == {8}

    def test_twice_still_has_what_one_phone_kept(self, world: World) -> None:
        one, other = both(world)
        record = workout(world, one)
        for rpe in (7, 9):
            world.server.back_up()
            rate(one, record, rpe)
            newest = held(one, record)
            world.restore(until=None)
            one.phone.sync()
            assert stored(world, record) == newest
        world.settle()
        assert held(other, record) == newest


class TestAnotherServer:
    def test_c34_after_a_clean_failover_no_phone_starts_over(self, world: World) -> None:
        one, other = both(world)
        record = workout(world, one)
        other.phone.sync()
        cluster = world.server.cluster
        with cluster.standby() as standby:
            rate(one, record, 8)
            standby.catch_up(cluster)
            cluster.stop_at_once()
            standby.promote()
            world.server.hang_up()
            world.server.cluster = standby
            since = len(world.ledger.exchanges)
            try:
                with served_by(standby.url(APP)):
                    rate(other, record, 9)
                    one.phone.sync()
                    assert held(one, record) == held(other, record) == stored(world, record)
                    assert held(one, record)[0] == 3
            finally:
                world.server.hang_up()
                world.server.cluster = cluster
                cluster.postgres.ensure()
        told = pages(world, since=since)
        assert len(told) >= 2
        assert [answer["page"]["reset"] for answer in told] == [None] * len(told)
        assert {answer["page"]["phase"] for answer in told} == {"tail"}
        assert world.ledger.forks == 0

    def test_c35_a_replica_behind_never_speaks_of_a_fork(self, world: World) -> None:
        one, _ = both(world)
        record = workout(world, one)
        cluster = world.server.cluster
        with cluster.standby() as standby:
            standby.catch_up(cluster)
            standby.hold_replay()
            rate(one, record, 9)
            newest = held(one, record)
            with served_by(standby.url(APP)):
                answer = bare(world, one)
                assert (answer.status_code, answer.json()["code"]) == (503, "maintenance")
                assert answer.headers["Retry-After"]
                rate_there = one.phone.put("workout_session", record, set={"rpe": 1})
                answer = bare(world, one)
                assert (answer.status_code, answer.json()["code"]) == (503, "maintenance")
        assert world.ledger.forks == 0
        one.phone.sync()
        assert held(one, record)[0] == newest[0] + 1
        assert held(one, record)[1] == rate_there


class TestAPhone:
    def test_c37_cloned_under_one_identity_loses_nothing(self, world: World) -> None:
        one, _ = both(world)
        record = workout(world, one)
        world.clone(one)
        twin = world.devices[-1]
        assert twin.session.device == one.session.device
        one.phone.put("workout_session", record, set={"rpe": 9})
        twin.phone.put("workout_session", record, set={"title": "Twin"})
        world.edit(twin, edits.new_lab, 0, 1)
        for device in (one, twin, one):
            device.phone.sync()
        world.settle()
        i1_convergence(world)
        for device in world.devices:
            (shown,) = device.phone.records("workout_session")
            assert (shown.body["rpe"], shown.body["title"]) == (9, "Twin")
            assert len(device.phone.records("lab_result")) == 1

    def test_put_back_to_its_backup_is_sent_what_it_once_had_written_itself(
        self, world: World
    ) -> None:
        one, _ = both(world)
        record = workout(world, one)
        one.save_backup()
        rate(one, record, 9)
        world.edit(one, edits.new_lab, 0, 1)
        one.phone.sync()
        world.put_back(one)
        since = len(world.ledger.exchanges)
        one.phone.sync()
        rows = [row for answer in pages(world, since=since) for row in answer["page"]["rows"]]
        assert [row.get("echo") for row in rows] == [None] * len(rows)
        assert {row["type"] for row in rows} >= {"workout_session", "lab_result"}
        world.settle()
        i1_convergence(world)

    @pytest.mark.parametrize("after", range(1, 45, 2))
    def test_that_dies_while_it_stores_an_answer_is_whole_when_it_wakes(
        self, world: World, after: int
    ) -> None:
        one, other = both(world)
        record = workout(world, one)
        rate(one, record, 4)
        other.phone.sync()
        rate(other, record, 9)
        world.edit(one, edits.change_title, 0, 3)
        world.edit(one, edits.new_lab, 0, 1)
        assert one.ask()
        died = one.hear_and_die(after)
        assert died or after > 20, "an answer takes more statements than that"
        world.settle()
        i1_convergence(world)
        i2_nothing_acknowledged_is_lost(world)
