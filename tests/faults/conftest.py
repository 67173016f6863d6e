"""A world with two phones on the PostgreSQL that may be hurt."""

from collections.abc import Iterator

import pytest

from tests.faults.cluster import Cluster
from tests.machine.device import Habits
from tests.machine.server import Server
from tests.machine.world import World


@pytest.fixture
def world(on_cluster: Cluster) -> Iterator[World]:
    """An athlete with the phones A and B."""
    world = World(Server(on_cluster))
    for _ in range(2):
        world.add_device(Habits())
    yield world
    world.close()
    world.server.close()
