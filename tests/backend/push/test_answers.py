"""What every provider's answers have in common, and answers nobody expects."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.push import apns, fcm, webpush
from backend.push.answers import Answer, retry_after_s
from backend.push.receipt import Outcome

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
READERS = [apns.receipt, fcm.receipt, webpush.receipt]
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
SHAPED = st.fixed_dictionaries(
    {},
    optional={
        "reason": JSON,
        "timestamp": JSON,
        "error": JSON
        | st.fixed_dictionaries(
            {},
            optional={
                "status": JSON,
                "message": JSON,
                "details": JSON
                | st.lists(
                    st.fixed_dictionaries(
                        {"@type": JSON | st.just(fcm.FCM_ERROR)},
                        optional={"errorCode": JSON, "fieldViolations": JSON},
                    )
                ),
            },
        ),
    },
)


class TestAnyAnswer:
    @pytest.mark.parametrize("read", READERS)
    @given(
        st.integers(100, 999),
        st.binary() | SHAPED.map(lambda value: json.dumps(value).encode()),
        st.dictionaries(st.sampled_from(["retry-after", "apns-id"]), st.text(max_size=200)),
    )
    def test_is_a_receipt_with_a_code_that_repeats_nobodys_prose(
        self, read: Any, status: int, body: bytes, headers: dict[str, str]
    ) -> None:
        told = read(Answer(status=status, body=body, headers=headers), now=NOW)
        assert 0 < len(told.code) <= 32
        assert all(sign.isalnum() or sign in "_-" for sign in told.code)
        assert told.code.isascii()
        assert (told.outcome is Outcome.ACCEPTED) == (told.code == "accepted")
        assert told.retry_after_s is None or 0 <= told.retry_after_s <= 86_400
        assert not told.is_provider_wide or told.outcome is Outcome.LATER
        assert len(told.provider_id) <= 128

    @pytest.mark.parametrize("read", READERS)
    @pytest.mark.parametrize("error", ["timeout", "connection-lost", "no-address", "tls-failed"])
    def test_that_did_not_come_is_unknown_only_if_the_request_may_have_arrived(
        self, read: Any, error: str
    ) -> None:
        sent, unsent = (
            read(Answer(error=error, was_sent=was_sent, status=0), now=NOW)
            for was_sent in (True, False)
        )
        assert (sent.outcome, sent.is_provider_wide) == (Outcome.UNKNOWN, False)
        assert (unsent.outcome, unsent.is_provider_wide) == (Outcome.LATER, True)
        assert sent.code == unsent.code == error

    @pytest.mark.parametrize("read", READERS)
    def test_that_broke_off_is_unknown_whatever_it_began_with(self, read: Any) -> None:
        for status in (200, 201, 410, 404, 503):
            told = read(Answer(status=status, error="timeout"), now=NOW)
            assert told.outcome is Outcome.UNKNOWN


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("said", "seconds"),
        [
            ("120", 120),
            (" 7 ", 7),
            ("0", 0),
            ("999999", 86_400),
            ("-5", None),
            ("1.5", None),
            ("1e3", None),
            ("soon", None),
            ("", None),
            ("9" * 400, None),
            ("٣", None),
            ("Thu, 26 Nov 2026 12:01:30 GMT", 90),
            ("Thu, 26 Nov 2026 13:01:30 +0100", 90),
            ("Thu, 26 Nov 2026 12:01:30 -0000", 90),
            ("Thu, 26 Nov 2026 11:00:00 GMT", 0),
            ("Thu, 26 Nov 2099 11:00:00 GMT", 86_400),
            ("Thu, 99 Nov 2026 11:00:00 GMT", None),
        ],
    )
    def test_is_seconds_or_a_date(self, said: str, seconds: float | None) -> None:
        assert retry_after_s({"retry-after": said}, now=NOW) == seconds


class TestGoneAt:
    @pytest.mark.parametrize(
        ("said", "at"),
        [
            (1_795_694_400_000, datetime.fromtimestamp(1_795_694_400, UTC)),
            (0, datetime(1970, 1, 1, tzinfo=UTC)),
            (10**30, None),
            ("1795694400000", None),
            (True, None),
            (None, None),
            (1.5, None),
        ],
    )
    def test_is_an_instant_or_unknown(self, said: object, at: datetime | None) -> None:
        body = json.dumps({"reason": "Unregistered", "timestamp": said}).encode()
        told = apns.receipt(Answer(status=410, body=body), now=NOW)
        assert (told.outcome, told.gone_at) == (Outcome.GONE, at)


class TestAGrant:
    @given(st.integers(100, 599), st.binary() | JSON.map(lambda v: json.dumps(v).encode()))
    def test_is_a_token_or_nothing(self, status: int, body: bytes) -> None:
        found = fcm.granted(Answer(status=status, body=body))
        assert found is None

    @pytest.mark.parametrize("token", ["", "a\r\nb", "töken", 5, None])
    def test_that_would_write_headers_of_its_own_is_none(self, token: object) -> None:
        body = json.dumps({"access_token": token, "expires_in": 3_600}).encode()
        assert fcm.granted(Answer(status=200, body=body)) is None

    def test_says_how_long_it_is_good(self) -> None:
        body = b'{"access_token":"ya29.x","expires_in":3599}'
        assert fcm.granted(Answer(status=200, body=body)) == ("ya29.x", 3_599.0)

    def test_is_asked_for_an_hour(self) -> None:
        assert timedelta(hours=1) == fcm.ASSERTION_LIFE
