"""Sessions in the database; a cookie that can be no session's key is not looked up there."""

import re

from django.contrib.sessions.backends.db import SessionStore as InDatabase

_KEY = re.compile("[a-z0-9]{8,64}")


class SessionStore(InDatabase):
    """Some of what a cookie can hold, PostgreSQL refuses to compare with."""

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key) and _KEY.fullmatch(str(key)) is not None
