"""Subscriptions, encryption by the example of RFC 8291, VAPID by RFC 8292."""

import json
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import http_ece
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from backend.push import webpush
from backend.push.letter import Kind, Letter
from backend.push.request import LetterTooLarge
from backend.push.webpush import MalformedSubscription, Subscription, parse_subscription

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
# RFC 8291, section 5 and appendix A.
RFC = Subscription(
    endpoint="https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
    p256dh="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    auth="BTBZMqHH6r4Tts7J_aSIgg",
)
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
PLAIN = b"When I grow up, I want to be a watermelon"
SEALED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tl"
    "zAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(raw(text), "big"), ec.SECP256R1())


def letter(kind: Kind = Kind.REMIND, **members: object) -> Letter:
    given: dict[str, object] = {
        "kind": kind,
        "collapse_id": "c" * 64,
        "notification_id": uuid.UUID(int=7),
        "expires_at": NOW + timedelta(hours=2),
        "reminder": uuid.UUID(int=8),
        "sentence": "You have an update in Mechanostat",
    }
    return Letter(**given | members)  # type: ignore[arg-type]  # members of any kind


class TestSealing:
    def test_gives_what_the_example_of_the_rfc_gives(self) -> None:
        sealed = webpush.sealed(PLAIN, RFC, ephemeral=private(SENDER), salt=raw(SALT))
        assert sealed == raw(SEALED)

    def test_can_be_read_by_the_browser_alone(self) -> None:
        fresh = ec.generate_private_key(ec.SECP256R1())
        body = webpush.encrypted(letter(), RFC, ephemeral=fresh, salt=raw(SALT))
        opened = http_ece.decrypt(
            body, private_key=private(RECEIVER), auth_secret=raw(RFC.auth), version="aes128gcm"
        )
        assert json.loads(opened)["id"] == str(uuid.UUID(int=7))
        with pytest.raises(http_ece.ECEException):
            http_ece.decrypt(
                body, private_key=fresh, auth_secret=raw(RFC.auth), version="aes128gcm"
            )

    @given(st.integers(0, 5_000))
    def test_never_makes_more_than_a_push_service_takes(self, size: int) -> None:
        long = letter(links={"done": "x" * size})
        try:
            body = webpush.encrypted(long, RFC, ephemeral=private(SENDER), salt=raw(SALT))
        except LetterTooLarge:
            assert size > 3_500
        else:
            assert len(body) <= 4_096


class TestARequest:
    @pytest.mark.parametrize("kind", Kind)
    def test_says_how_long_how_urgent_and_what_it_replaces(self, kind: Kind) -> None:
        made = webpush.request(letter(kind), RFC, b"x", authorization="vapid t=a,k=b", now=NOW)
        assert made.path == RFC.endpoint
        assert made.headers["ttl"] == "7200"
        assert made.headers["urgency"] == ("normal" if kind is Kind.REMIND else "low")
        assert made.headers["topic"] == webpush.topic("c" * 64)

    @pytest.mark.parametrize(
        ("left", "ttl"), [(timedelta(days=-1), "0"), (timedelta(days=90), str(28 * 86_400))]
    )
    def test_is_kept_for_no_negative_time_and_no_longer_than_four_weeks(
        self, left: timedelta, ttl: str
    ) -> None:
        made = webpush.request(letter(expires_at=NOW + left), RFC, b"x", authorization="", now=NOW)
        assert made.headers["ttl"] == ttl

    @given(st.text(max_size=64))
    def test_has_a_topic_of_32_signs_that_follows_from_the_collapse_id(self, name: str) -> None:
        topic = webpush.topic(name)
        assert topic == webpush.topic(name)
        assert topic != webpush.topic(name + "x")
        assert len(topic) == 32
        assert topic.replace("-", "a").replace("_", "a").isalnum()


def in_der(key: ec.EllipticCurvePrivateKey) -> str:
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return urlsafe_b64encode(der).decode()


def in_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


class TestVapid:
    @pytest.mark.parametrize("key", [SENDER, in_der(private(SENDER)), in_pem(private(SENDER))])
    def test_is_signed_for_one_push_service(self, key: str) -> None:
        header = webpush.vapid_authorization(
            private_key=key,
            subject="mailto:a@example.org",
            audience=RFC.audience,
            expires_at=NOW + timedelta(hours=12),
        )
        scheme, _, rest = header.partition(" ")
        parts = dict(part.split("=", 1) for part in rest.split(","))
        assert scheme == "vapid"
        assert parts["k"] == webpush.vapid_public_key(key)
        signed, _, signature = parts["t"].rpartition(".")
        claims = json.loads(raw(signed.split(".")[1]))
        assert claims == {
            "sub": "mailto:a@example.org",
            "aud": "https://push.example.net",
            "exp": int((NOW + timedelta(hours=12)).timestamp()),
        }
        numbers = [int.from_bytes(raw(signature)[at : at + 32], "big") for at in (0, 32)]
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(parts["k"]))
        public.verify(encode_dss_signature(*numbers), signed.encode(), ec.ECDSA(hashes.SHA256()))
        with pytest.raises(InvalidSignature):
            public.verify(
                encode_dss_signature(*numbers), b"x" + signed.encode(), ec.ECDSA(hashes.SHA256())
            )

    def test_is_made_out_to_the_port_too(self) -> None:
        other = Subscription(endpoint="https://push.example:8443/a?b", p256dh="", auth="")
        assert (other.audience, other.host) == ("https://push.example:8443", "push.example")


class TestParsing:
    @given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
    def test_refuses_or_understands_whatever_it_is_given(self, text: str) -> None:
        with pytest.raises(MalformedSubscription):
            parse_subscription(text)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=90),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner),
            max_leaves=5,
        ),
        st.sampled_from(["endpoint", "p256dh", "auth"]),
    )
    def test_points_to_the_member_that_is_wrong(self, value: object, name: str) -> None:
        said = {"endpoint": RFC.endpoint, "p256dh": RFC.p256dh, "auth": RFC.auth, name: value}
        found, pointer = None, ""
        try:
            found = parse_subscription(json.dumps(said))
        except MalformedSubscription as error:
            pointer = error.pointer
        if found is None:
            assert pointer in (f"/token/{name}", "/token")
        else:
            assert isinstance(value, str)
            assert parse_subscription(found.canonical) == found
