"""Keys of the push channels, as operators say them; half of them is refused at the start."""

import json
import stat
from pathlib import Path

import environ
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

from backend.push.webpush import vapid_public_key
from config.local_key import local_vapid_key
from config.settings.push import channels, deliveries_kept_days

NAMES = ["APNS_KEY", "APNS_KEY_ID", "APNS_TEAM_ID", "APNS_TOPIC", "APNS_URL", "APNS_SANDBOX_URL"]
NAMES += ["FCM_SERVICE_ACCOUNT", "FCM_URL", "VAPID_PRIVATE_KEY", "VAPID_SUBJECT"]


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


APNS = {
    "APNS_KEY": pem(ec.generate_private_key(ec.SECP256R1())),
    "APNS_KEY_ID": "KEY1234567",
    "APNS_TEAM_ID": "TEAM123456",
    "APNS_TOPIC": "org.example.app",
}
ACCOUNT = {
    "type": "service_account",
    "project_id": "p",
    "client_email": "sender@p.example",
    "private_key": pem(rsa.generate_private_key(65537, 2048)),
    "token_uri": "https://oauth2.example/token",
}
VAPID = {
    "VAPID_PRIVATE_KEY": pem(ec.generate_private_key(ec.SECP256R1())),
    "VAPID_SUBJECT": "mailto:a@example.org",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start from an environment without keys."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)


def given(monkeypatch: pytest.MonkeyPatch, **variables: str) -> dict[str, object]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    env = environ.FileAwareEnv()
    env.ENVIRON = FileAwareMapping(cache=False)  # what a fresh process would read
    return channels(env)


class TestKeys:
    def test_may_be_missing_altogether(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = given(monkeypatch)
        used = ("APNS_KEY", "FCM_SERVICE_ACCOUNT", "VAPID_PRIVATE_KEY")
        assert [bool(found[name]) for name in used] == [False] * 3
        assert found["APNS_URL"] == "https://api.push.apple.com"

    def test_may_lie_in_files(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        all_of_them = {**APNS, **VAPID, "FCM_SERVICE_ACCOUNT": json.dumps(ACCOUNT)}
        for name, value in all_of_them.items():
            (tmp_path / name).write_text(value + "\n")
            monkeypatch.setenv(f"{name}_FILE", str(tmp_path / name))
        found = given(monkeypatch)
        assert found["APNS_KEY"] == APNS["APNS_KEY"].strip()
        account = {name: value for name, value in ACCOUNT.items() if name != "type"}
        assert found["FCM_SERVICE_ACCOUNT"] == account

    def test_may_be_one_line_each(self, monkeypatch: pytest.MonkeyPatch) -> None:
        one_line = APNS["APNS_KEY"].replace("\n", "\\n")
        found = given(
            monkeypatch,
            **APNS | {"APNS_KEY": one_line, "FCM_SERVICE_ACCOUNT": json.dumps(ACCOUNT)},
        )
        assert found["APNS_KEY"] == APNS["APNS_KEY"].strip()
        assert isinstance(found["FCM_SERVICE_ACCOUNT"], dict)

    @pytest.mark.parametrize("missing", APNS)
    def test_of_apns_are_wanted_all_or_none(
        self, missing: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(ImproperlyConfigured, match=missing):
            given(monkeypatch, **{name: v for name, v in APNS.items() if name != missing})

    @pytest.mark.parametrize(
        "variables",
        [
            APNS | {"APNS_KEY": "CANARY"},
            APNS | {"APNS_KEY": pem(ec.generate_private_key(ec.SECP384R1()))},
            {"FCM_SERVICE_ACCOUNT": "CANARY"},
            {"FCM_SERVICE_ACCOUNT": "[]"},
            {"FCM_SERVICE_ACCOUNT": json.dumps({**ACCOUNT, "private_key": "CANARY"})},
            {"FCM_SERVICE_ACCOUNT": json.dumps({**ACCOUNT, "token_uri": None})},
            VAPID | {"VAPID_SUBJECT": ""},
            VAPID | {"VAPID_SUBJECT": "CANARY"},
            VAPID | {"VAPID_PRIVATE_KEY": "CANARY"},
            VAPID | {"VAPID_PRIVATE_KEY": pem(ec.generate_private_key(ec.SECP384R1()))},
        ],
        ids=lambda variables: "-".join(variables)[:40],
    )
    def test_that_can_not_be_used_are_refused_without_repeating_them(
        self, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(ImproperlyConfigured) as refusal:
            given(monkeypatch, **variables)
        assert "CANARY" not in str(refusal.value)


class TestALocalKey:
    def test_is_made_once_for_its_owner_alone(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("MECHANOSTAT_HOME", str(tmp_path / "home"))
        first, again = local_vapid_key(), local_vapid_key()
        assert first == again
        assert len(vapid_public_key(first)) == 87
        mode = stat.S_IMODE((tmp_path / "home" / "vapid_key").stat().st_mode)
        assert mode == 0o600


class TestDeliveriesKept:
    def days(self, monkeypatch: pytest.MonkeyPatch, told: str) -> int:
        monkeypatch.setenv("DELIVERIES_KEPT_DAYS", told)
        return deliveries_kept_days(environ.FileAwareEnv())

    def test_is_at_least_as_long_as_a_notification_may_be_taken_down(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.days(monkeypatch, "15") == 15
        with pytest.raises(ImproperlyConfigured, match="DELIVERIES_KEPT_DAYS"):
            self.days(monkeypatch, "14")
