"""What can be agreed to: which of the categories asked, until when, and to which words."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import ClassVar

from apps.coaching.categories import CONSENT_TEXT_VERSION, within
from apps.coaching.models import LONGEST_GRANT_DAYS, ConsentGrant, Invitation
from apps.common.errors import AppError


class CategoryNotAsked(AppError):
    """Share only what the invitation asks for."""

    code: ClassVar[str] = "coaching.category_not_asked"
    status: ClassVar[int] = 422


class CategoryNotGranted(AppError):
    """A grant can lose categories, not gain them; accept a new invitation for more."""

    code: ClassVar[str] = "coaching.category_not_granted"
    status: ClassVar[int] = 422


class NothingChosen(AppError):
    """Choose at least one category, or share nothing by declining."""

    code: ClassVar[str] = "coaching.nothing_chosen"
    status: ClassVar[int] = 422


class UnfitEnd(AppError):
    """Sharing needs an end after now and at most 400 days ahead."""

    code: ClassVar[str] = "coaching.unfit_end"
    status: ClassVar[int] = 422


class ConsentTextChanged(AppError):
    """The words have changed since you read them; please read them again."""

    code: ClassVar[str] = "coaching.consent_text_changed"
    status: ClassVar[int] = 409


def check_choice(
    invitation: Invitation,
    categories: Collection[str],
    ends_at: datetime,
    now: datetime,
    text_version: str,
) -> None:
    """Refuse what an invitation can not be answered with.

    Raises ``CategoryNotAsked``, ``NothingChosen``, ``UnfitEnd`` and ``ConsentTextChanged``.
    """
    if not set(categories) <= within(invitation.categories):
        raise CategoryNotAsked
    _check_terms(categories, ends_at, now, text_version)


def check_renewal(
    old: ConsentGrant,
    categories: Collection[str],
    ends_at: datetime,
    now: datetime,
    text_version: str,
) -> None:
    """Refuse what a grant can not be renewed to.

    Raises ``CategoryNotGranted``, ``NothingChosen``, ``UnfitEnd`` and ``ConsentTextChanged``.
    """
    if not set(categories) <= within(old.categories):
        raise CategoryNotGranted
    _check_terms(categories, ends_at, now, text_version)


def _check_terms(
    categories: Collection[str], ends_at: datetime, now: datetime, text_version: str
) -> None:
    if not categories:
        raise NothingChosen
    if not now < ends_at <= now + timedelta(days=LONGEST_GRANT_DAYS):
        raise UnfitEnd
    if text_version != CONSENT_TEXT_VERSION:
        raise ConsentTextChanged
