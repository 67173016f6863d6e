"""Who is signed in on a page, asked by a process that serves no pages; nothing is written."""

from importlib import import_module
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils.crypto import constant_time_compare

from apps.accounts.models import User
from apps.common.announcing import announce
from apps.common.errors import AppError

PERSON_PREFIX = "person:"


class SignedOut(AppError):
    """Nobody is signed in here any more; sign in again."""

    code: ClassVar[str] = "signed-out"
    status: ClassVar[int] = 401
    retry: ClassVar[str] = "after-login"
    is_of_api: ClassVar[bool] = False


def person_of_session(session_key: str) -> User:
    """Return who is signed in by a session, as the pages would. Raises ``SignedOut``."""
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    try:
        person_id = UUID(store[SESSION_KEY])
        proof = store[HASH_SESSION_KEY]
        backend = store[BACKEND_SESSION_KEY]
    except (KeyError, ValueError):
        raise SignedOut from None
    person = User.objects.filter(pk=person_id, is_active=True).first()
    if person is None or backend not in settings.AUTHENTICATION_BACKENDS:
        raise SignedOut
    # With it a changed password ends the sessions from before.
    if not any(
        constant_time_compare(proof, known)
        for known in (person.get_session_auth_hash(), *person.get_session_auth_fallback_hash())
    ):
        raise SignedOut
    return person


def announce_person(person_id: UUID) -> None:
    """Have open pages' streams of a person ask again who is signed in, after the commit."""
    announce(person_channel(person_id))


def person_channel(person_id: UUID) -> str:
    """Return the channel on which changes of a person's sessions are announced."""
    return f"{PERSON_PREFIX}{person_id}"
