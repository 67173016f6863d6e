"""Writes the tables of the science page anew, or checks that they are up to date."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.errors import CoreError
from backend.science.page import filled

PAGE = Path(settings.BASE_DIR) / "docs" / "science.md"


class Command(BaseCommand):
    """The tables say what the models read."""

    help = "Write the tables of docs/science.md, or check them with --check."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether to check only."""
        parser.add_argument("--check", action="store_true", help="fail when it would change")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write or compare."""
        try:
            now, made = PAGE.read_text("utf-8"), filled(PAGE.read_text("utf-8"))
        except CoreError as error:
            raise CommandError(f"docs/science.md: {error.detail}") from error
        if not options["check"]:
            PAGE.write_text(made, "utf-8")
        elif made != now:
            raise CommandError("docs/science.md is not what the data says: run `make schema`.")
