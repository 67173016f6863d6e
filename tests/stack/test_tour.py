"""The README's tour: every command of it is run, in order, in one shell."""

import os
import re
import subprocess

import pytest

from tests.conftest import ROOT
from tests.stack.conftest import Stack

pytestmark = pytest.mark.processes


class TestTour:
    def test_every_command_works(self, stack: Stack) -> None:
        text = (ROOT / "README.md").read_text()
        blocks = re.findall(r"<!-- tour -->\n```sh\n(.*?)```", text, flags=re.DOTALL)
        assert len(blocks) == 5
        script = "set -euo pipefail\n" + "\n".join(blocks)
        told = subprocess.run(
            ["bash", "-c", script],
            env={"BASE": stack.url, "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
        )
        assert told.returncode == 0, told.stdout + told.stderr
        assert '"status": "applied"' in told.stdout
        assert '"due_date": "2027-02-08"' in told.stdout
        assert "vitd_25oh" in told.stdout
        assert '"state":"done"' in told.stdout

    def test_the_two_commands_stand_in_the_makefile(self) -> None:
        makefile = (ROOT / "Makefile").read_text()
        assert re.search(r"^run:", makefile, flags=re.MULTILINE)
        assert re.search(r"^test:", makefile, flags=re.MULTILINE)
