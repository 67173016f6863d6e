"""Writes the API's description into the repository, or checks that it is there."""

from difflib import unified_diff
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.openapi.document import document

SNAPSHOT = Path(settings.BASE_DIR) / "tests" / "contract" / "openapi.json"
SHOWN_LINES = 30


class Command(BaseCommand):
    """The committed description changes on purpose only."""

    help = "Write tests/contract/openapi.json, or check it with --check."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether to check only."""
        parser.add_argument("--check", action="store_true", help="fail when it would change")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write or compare."""
        if not options["check"]:
            SNAPSHOT.write_bytes(document())
            return
        before = SNAPSHOT.read_text().splitlines() if SNAPSHOT.exists() else []
        changed = list(unified_diff(before, document().decode().splitlines(), lineterm="", n=1))
        if changed:
            shown = "\n".join(changed[2:SHOWN_LINES])
            raise CommandError(f"The API changed; if on purpose, run `make schema`:\n{shown}")
