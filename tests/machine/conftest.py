"""The machine's own PostgreSQL, one per process."""

from collections.abc import Iterator

import pytest

from tests.faults.cluster import APP, Cluster
from tests.faults.stage import migrated
from tests.faults.switch import served_by


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A migrated server of our own."""
    with migrated() as cluster:
        yield cluster


@pytest.fixture
def on_cluster(cluster: Cluster) -> Iterator[Cluster]:
    """The app uses our own server for the length of a test."""
    with served_by(cluster.url(APP)):
        yield cluster
