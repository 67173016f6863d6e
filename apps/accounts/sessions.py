"""Who is signed in on a page, asked by a process that serves no pages; nothing is written."""

from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
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


def people_of_sessions(session_keys: Collection[str]) -> dict[str, User | SignedOut]:
    """Return who is signed in by each of these sessions, as the pages would."""
    kind = import_module(settings.SESSION_ENGINE).SessionStore
    # A key that can be no session's is none in a store.
    possible = [key for key in session_keys if kind(key).session_key is not None]
    stored = kind.get_model_class().objects.filter(
        session_key__in=possible, expire_date__gt=timezone.now()
    )
    claims = {each.session_key: _claim(kind().decode(each.session_data)) for each in stored}
    people = User.objects.in_bulk({claim.person_id for claim in claims.values() if claim})
    return {
        key: _shown(claim, people.get(claim.person_id))
        if (claim := claims.get(key))
        else SignedOut()
        for key in session_keys
    }


class _Claim(NamedTuple):
    person_id: UUID
    proof: str
    backend: str


def _claim(session: Mapping[str, Any]) -> _Claim | None:
    try:
        return _Claim(
            UUID(session[SESSION_KEY]), session[HASH_SESSION_KEY], session[BACKEND_SESSION_KEY]
        )
    except (KeyError, ValueError):
        return None


def _shown(claim: _Claim, person: User | None) -> User | SignedOut:
    if (
        person is None
        or not person.is_active
        or claim.backend not in settings.AUTHENTICATION_BACKENDS
    ):
        return SignedOut()
    # With it a changed password ends the sessions from before.
    known = (person.get_session_auth_hash(), *person.get_session_auth_fallback_hash())
    if not any(constant_time_compare(claim.proof, one) for one in known):
        return SignedOut()
    return person


def announce_person(person_id: UUID) -> None:
    """Have open pages' streams of a person ask again who is signed in, after the commit."""
    announce(person_channel(person_id))


def person_channel(person_id: UUID) -> str:
    """Return the channel on which changes of a person's sessions are announced."""
    return f"{PERSON_PREFIX}{person_id}"
