"""What the web processes hold, and whether it grows."""

import psutil

from bench.figures import Reading
from bench.load import Job
from bench.people import new_op, new_phone, push_request
from bench.stage import Stage

MB = 1024 * 1024


def after_bulk(stage: Stage) -> list[Reading]:
    """P13: pushes of 1,000 ops and retries of them, over and over, in every web process."""
    phones = [new_phone() for _ in range(4)]
    batch = stage.scale.batch
    requests = [[push_request(phone, [new_op(n) for n in range(batch)])] for phone in phones]
    first = stage.client.run(Job(stage.port, requests, seconds=600.0))
    before = _most(stage)
    again = stage.client.run(Job(
        stage.port, [one * (stage.scale.bulk_requests // len(phones)) for one in requests],
        seconds=3600.0))  # fmt: skip
    after = _most(stage)
    return [
        Reading("P13", after, {
            "before": before, "grown": after - before,
            "requests": len(first.latencies_s) + len(again.latencies_s)}),
    ]  # fmt: skip


def _most(stage: Stage) -> float:
    """Return the memory of the largest web process in MB, its own pages and shared ones."""
    children = psutil.Process(stage.web.pids["web"]).children(recursive=True)
    return max(child.memory_info().rss for child in children) / MB
