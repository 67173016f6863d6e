"""One process of the long profile: plays the histories of its seeds on a PostgreSQL of its own.

Says how far it is as JSON, one line each time; `tests.machine.__main__` starts some of these
and adds up. The addresses of the servers must be set before Django is, hence the late imports.
"""

import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from config.embedded import valkey
from tests.faults.cluster import APP, OWNER, Cluster

if TYPE_CHECKING:
    from tests.machine.machine import SyncMachine

EVERY = 10  # histories between two reports


@contextmanager
def stage() -> Iterator[Cluster]:
    """Start a PostgreSQL and a Valkey, and set Django up on them."""
    with Cluster.made() as cluster:
        broker = valkey.Valkey(cluster.layout, cluster.programs)
        broker.ensure()
        socket = valkey.socket_path(cluster.layout)
        os.environ.update(
            DJANGO_SETTINGS_MODULE="config.settings.test",
            DATABASE_URL=cluster.url(APP),
            DATABASE_OWNER_URL=cluster.url(OWNER),
            REDIS_URL=f"unix://{socket}?db=0",
            BROKER_URL=f"redis+socket://{socket}",
            SECRET_KEY="only-for-tests-" + "0" * 40,
            SYNC_REQUESTS_PER_MINUTE="0",
            LOG_LEVEL="CRITICAL",
        )
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connections

        call_command("migrate", database="owner", verbosity=0)
        connections["owner"].close()
        try:
            yield cluster
        finally:
            broker.stop()


def say(**told: Any) -> None:
    """Report to whoever started this process."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def play(machine: "type[SyncMachine]", seed: int, histories: int, steps: int) -> None:
    """Play the histories of one seed; a violation ends it and is told in full."""
    from hypothesis import HealthCheck, Phase, settings
    from hypothesis import seed as seeded
    from hypothesis.stateful import run_state_machine_as_test

    try:
        run_state_machine_as_test(
            seeded(seed)(machine),
            settings=settings(
                max_examples=histories,
                stateful_step_count=steps,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
                deadline=None,
                database=None,
                print_blob=False,
            ),
        )
    except Exception as error:  # told, and the other seeds go on
        say(failed=seed, told="".join(traceback.format_exception(error)))


def main(arguments: list[str]) -> None:
    """Play ``histories`` of ``steps`` steps for each seed given."""
    histories, steps, *seeds = map(int, arguments)
    with stage() as cluster:
        from tests.machine.machine import SyncMachine, Tally
        from tests.machine.server import Server

        class Telling(SyncMachine):
            """Reports from time to time."""

            def teardown(self) -> None:
                super().teardown()
                if self.tally.histories % EVERY == 0:
                    say(tally=asdict(self.tally))

        Telling.server, Telling.tally = Server(cluster), Tally()
        for seed in seeds:
            play(Telling, seed, histories, steps)
            say(tally=asdict(Telling.tally), done=seed)
        Telling.server.close()


if __name__ == "__main__":
    main(sys.argv[1:])
