"""A secret key for one machine, made at first use and kept out of the repository."""

import secrets

from config.services import home


def local_secret_key() -> str:
    """Return this machine's key; readable by its owner only."""
    path = home() / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()
