"""The quick profile: some dozens of histories with every fault there is, real restores included.

`make soak` plays thousands.
"""

from collections.abc import Iterator

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.cluster import Cluster
from tests.machine.machine import SyncMachine, Tally
from tests.machine.server import Server

HISTORIES, STEPS = 30, 25
SEEDS = (513, 504)  # the same histories each time, which have enough of everything


@pytest.fixture
def tally(on_cluster: Cluster) -> Iterator[Tally]:
    """What was played; the machine is set up on a PostgreSQL of its own."""
    SyncMachine.server, SyncMachine.tally = Server(on_cluster), Tally()
    with override_settings(SYNC_REQUESTS_PER_MINUTE=0):
        yield SyncMachine.tally
    SyncMachine.server.close()


class TestHistories:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_keep_every_promise(self, tally: Tally, seed: int) -> None:
        run_state_machine_as_test(
            seeded(seed)(SyncMachine),
            settings=settings(
                max_examples=HISTORIES,
                stateful_step_count=STEPS,
                suppress_health_check=list(HealthCheck),
            ),
        )
        assert tally.histories >= HISTORIES
        assert tally.violations == []
        # Were these nothing, the histories above would prove little.
        assert min(tally.restores, tally.forks, tally.faults, tally.crashes) > 0, tally
