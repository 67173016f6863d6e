"""Who may be pushed to and with which keys; see docs/operators.md.

A channel without its keys is simply not there; with half of them the service does not start.
"""

from collections.abc import Callable
from typing import Any

import environ
import msgspec
from django.core.exceptions import ImproperlyConfigured

from backend.push.jwt import check_key
from backend.push.webpush import check_subject, vapid_public_key

APNS = "https://api.push.apple.com"
APNS_SANDBOX = "https://api.sandbox.push.apple.com"
FCM = "https://fcm.googleapis.com"
# A notification is taken down for two weeks after it was shown, and a week counts what it had.
LEAST_KEPT_DAYS = 15
SERVICE_ACCOUNT = ("project_id", "client_email", "private_key", "token_uri")


def channels(env: environ.FileAwareEnv) -> dict[str, Any]:
    """Return the keys of all channels by the names of their variables; empty when not given."""
    found = {
        name: _text(env, name) for name in ("APNS_KEY", "APNS_KEY_ID", "APNS_TEAM_ID", "APNS_TOPIC")
    }
    if any(found.values()) and not all(found.values()):
        missing = ", ".join(name for name, value in found.items() if not value)
        raise ImproperlyConfigured(f"APNs needs {missing}, too; see docs/operators.md.")
    if found["APNS_KEY"]:
        _check("APNS_KEY", lambda: check_key(found["APNS_KEY"]))
    vapid = {name: _text(env, name) for name in ("VAPID_PRIVATE_KEY", "VAPID_SUBJECT")}
    if vapid["VAPID_PRIVATE_KEY"] and not vapid["VAPID_SUBJECT"]:
        raise ImproperlyConfigured("Set VAPID_SUBJECT to a mailto: or https: address of yours.")
    if vapid["VAPID_PRIVATE_KEY"]:
        _check("VAPID_PRIVATE_KEY", lambda: vapid_public_key(vapid["VAPID_PRIVATE_KEY"]))
        _check("VAPID_SUBJECT", lambda: check_subject(vapid["VAPID_SUBJECT"]))
    return {
        **found,
        **vapid,
        "APNS_URL": _text(env, "APNS_URL") or APNS,
        "APNS_SANDBOX_URL": _text(env, "APNS_SANDBOX_URL") or APNS_SANDBOX,
        "FCM_SERVICE_ACCOUNT": _service_account(_text(env, "FCM_SERVICE_ACCOUNT", is_json=True)),
        "FCM_URL": _text(env, "FCM_URL") or FCM,
    }


def deliveries_kept_days(env: environ.FileAwareEnv) -> int:
    """Return for how long a message is known that nothing can ask for any more."""
    days: int = env.int("DELIVERIES_KEPT_DAYS", 90)
    if days < LEAST_KEPT_DAYS:
        raise ImproperlyConfigured(f"DELIVERIES_KEPT_DAYS is at least {LEAST_KEPT_DAYS}.")
    return days


def _service_account(text: str) -> dict[str, str]:
    if not text:
        return {}
    try:
        account = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError:
        account = {}
    if not all(isinstance(account.get(name), str) for name in SERVICE_ACCOUNT):
        raise ImproperlyConfigured("FCM_SERVICE_ACCOUNT is not the JSON of a service account.")
    _check("private_key of FCM_SERVICE_ACCOUNT", lambda: check_key(account["private_key"]))
    return {name: account[name] for name in SERVICE_ACCOUNT}


def _check(name: str, use: Callable[[], object]) -> None:
    """Refuse to start with a key or word that could not be used; its text is not repeated."""
    try:
        use()
    except ValueError:
        raise ImproperlyConfigured(f"{name} can not be used; see docs/operators.md.") from None


def _text(env: environ.FileAwareEnv, name: str, *, is_json: bool = False) -> str:
    """Return a variable without the line end a file has.

    In a key, `\\n` stands for a line end, as some dashboards want it; in JSON it stays.
    """
    return str(env.str(name, "", multiline=not is_json)).strip()
