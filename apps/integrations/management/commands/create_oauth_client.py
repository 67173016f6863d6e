"""Registers a third party's client."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.integrations.services.clients import UnsafeRedirect, register_client


class Command(BaseCommand):
    """Prints the client's id and, this once, its secret."""

    help = "Register a third party's OAuth client; its secret is shown once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a name, exact redirects, and whether it can keep a secret."""
        parser.add_argument("--name", required=True, help="what athletes read on the consent page")
        parser.add_argument(
            "--redirect-uri",
            action="append",
            required=True,
            dest="redirect_uris",
            help="exact https address; give it several times for several",
        )
        parser.add_argument(
            "--native",
            action="store_true",
            help="runs on the person's device and can keep no secret; http://127.0.0.1 is allowed",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the client."""
        try:
            client = register_client(
                name=options["name"],
                redirect_uris=options["redirect_uris"],
                confidential=not options["native"],
            )
        except UnsafeRedirect as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"client_id: {client.client_id}")
        if client.client_secret:
            self.stdout.write(f"client_secret: {client.client_secret}")
            self.stdout.write("The secret is stored hashed and can not be shown again.")
