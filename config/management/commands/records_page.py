"""Writes the page of record types, or checks that it is there."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.records.table import page

PAGE = Path(settings.BASE_DIR) / "docs" / "records.md"


class Command(BaseCommand):
    """The page says what the structs say."""

    help = "Write docs/records.md, or check it with --check."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether to check only."""
        parser.add_argument("--check", action="store_true", help="fail when it would change")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write or compare."""
        if not options["check"]:
            PAGE.write_text(page())
        elif not PAGE.exists() or PAGE.read_text() != page():
            raise CommandError("docs/records.md is not what the records say: run `make schema`.")
