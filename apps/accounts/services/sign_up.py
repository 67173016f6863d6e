"""A person opens an account, and with it an empty feed."""

from typing import ClassVar

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.common.errors import AppError
from apps.common.names import readable


class WeakPassword(AppError):
    """The password is too easy to guess."""

    code: ClassVar[str] = "accounts.weak_password"
    status: ClassVar[int] = 422


class AddressTaken(AppError):
    """An account with these details can not be opened; sign in instead?"""

    code: ClassVar[str] = "accounts.cannot_open"
    status: ClassVar[int] = 409


def sign_up(*, email: str, password: str, display_name: str, zone: str) -> User:
    """Create a person; a name of which nothing can be seen is none.

    Raises ``WeakPassword`` and ``AddressTaken``.
    """
    user = User(email=email.strip().lower(), display_name=readable(display_name), zone=zone)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages)) from error
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise AddressTaken from error
    return user
