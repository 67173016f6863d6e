"""Whenever the sender dies: no reminder is lost, and none is seen twice."""

import pytest

from tests.nudges.kills import play
from tests.nudges.nursery import STEPS
from tests.peers import PushPeer


@pytest.mark.processes
class TestKills:
    def test_at_each_step_lose_nothing_and_show_nothing_twice(self, push_peer: PushPeer) -> None:
        tale = play(push_peer, reminders=60, kills=45, seed=11)
        assert tale.kills.total() == 45
        assert all(tale.kills[step] >= 3 for step in STEPS), str(tale)
        assert tale.lost == [], str(tale)
        assert tale.shown_twice == [], str(tale)
        assert tale.states == {"accepted": 60}
        assert tale.posts > 60, "the deaths after sending had repeats"
