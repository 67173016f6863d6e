"""Processes that share out a rebuild; each can be killed at any time."""

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from uuid import UUID


def rebuild_in(processes: int, athlete_ids: Sequence[UUID]) -> Iterator[str]:
    """Rebuild athletes in so many processes; yield the outcome of each as it comes.

    A process that dies leaves its athletes marked, and yields nothing of them.
    """
    # A fork would share the connection to the database.
    context = multiprocessing.get_context("spawn")
    running, readers = [], []
    for number in range(min(processes, len(athlete_ids))):
        reader, writer = context.Pipe(duplex=False)
        arguments = (list(athlete_ids[number::processes]), writer, os.getpid())
        process = context.Process(target=_share, args=arguments)
        process.start()
        writer.close()
        running.append(process)
        readers.append(reader)
    try:
        yield from _told(readers)
    finally:
        for process in running:
            process.terminate()
            process.join()


def _told(readers: list[Connection]) -> Iterator[str]:
    while readers:
        for reader in wait(readers):
            assert isinstance(reader, Connection)  # noqa: S101 (nothing else was given)
            try:
                yield reader.recv()
            except EOFError:
                readers.remove(reader)


def _share(athlete_ids: list[UUID], writer: Connection, parent: int) -> None:
    """Rebuild a share of the athletes; the end of the process that started this one ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it and ends this
    import django

    django.setup()
    from django.utils import timezone

    from apps.insights.services.rebuild import rebuild_marked

    for athlete_id in athlete_ids:
        if os.getppid() != parent:
            return
        writer.send(rebuild_marked(athlete_id=athlete_id, now=timezone.now()))
