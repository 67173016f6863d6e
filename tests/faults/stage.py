"""A migrated server for tests that kill, restore or fail over; made once per process."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connections

from tests.faults.cluster import OWNER, Cluster
from tests.faults.switch import served_by


@contextmanager
def migrated() -> Iterator[Cluster]:
    """Make a server with every table in place."""
    with Cluster.made() as cluster:
        with served_by(cluster.url(OWNER), alias="owner"):
            call_command("migrate", database="owner", verbosity=0)
            connections["owner"].close()
        yield cluster
