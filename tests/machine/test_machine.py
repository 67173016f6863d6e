"""The quick profile: some dozens of histories with every fault there is."""

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.cluster import Cluster
from tests.machine.machine import SyncMachine, Tally
from tests.machine.server import Server


class TestHistories:
    def test_keep_every_promise(self, on_cluster: Cluster) -> None:
        SyncMachine.server, SyncMachine.tally = Server(on_cluster), Tally()
        run_state_machine_as_test(
            SyncMachine, settings=settings(max_examples=20, stateful_step_count=30)
        )
