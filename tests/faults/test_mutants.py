"""The tests themselves are tested: without what a promise rests on, its test must fail."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.faults.mutants import MUTANTS

LOCKS = "tests/faults/test_locks.py::TestTwoWriters"
RESTORES = "tests/faults/test_restores.py"

# Which test must fail, and by which words one sees that it failed for this fault.
CAUGHT = [
    (
        "unlocked",
        f"{LOCKS}::test_c06_the_second_waits_and_a_reader_sees_neither",
        "the second took the first's number",
    ),
    (
        "sequence",
        f"{LOCKS}::test_c07_a_rolled_back_push_leaves_no_hole",
        "the number of a push that never was is gone",
    ),
    (
        "unwitnessed",
        f"{RESTORES}::TestAServerRestored::test_c31_is_told_apart_also_when_it_has_gone_on_since",
        "the phone was not told of the fork",
    ),
    (
        "device_echo",
        f"{RESTORES}::TestAPhone"
        "::test_put_back_to_its_backup_is_sent_what_it_once_had_written_itself",
        "An echo stands for an op applied by this very request",
    ),
]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on this run's own database, in a process of its own."""
    environment = {**os.environ, "MECHANOSTAT_NO_TEST_DATABASE": "1"}
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly",
         *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip


class TestPlantedFaults:
    @pytest.mark.parametrize(("mutant", "test", "words"), CAUGHT, ids=[c[0] for c in CAUGHT])
    def test_are_caught_by_a_named_test(self, mutant: str, test: str, words: str) -> None:
        done = run("-p", "tests.faults.mutants", f"--mutant={mutant}", test)
        assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
        assert f"FAILED {test}" in done.stdout
        assert words in done.stdout

    def test_each_has_its_test(self) -> None:
        assert {mutant for mutant, *_ in CAUGHT} == set(MUTANTS)
