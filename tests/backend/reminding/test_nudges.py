"""The words that leave the inbox: the same in each language, and never about health."""

import msgspec
import pytest

from backend.reminding.nudges import WORDS, language_of, words_for
from backend.summary.lint import violations
from tests.backend.reminding.test_plan import NEVER_ON_A_LOCK_SCREEN


class TestWords:
    @pytest.mark.parametrize("locale", WORDS)
    def test_say_nothing_of_health(self, locale: str) -> None:
        told = msgspec.json.encode(WORDS[locale]).decode().lower()
        assert not [word for word in NEVER_ON_A_LOCK_SCREEN if word in told]
        assert not any(
            character.isdigit() for character in told.replace("30", "").replace("1 week", "")
        )
        assert "{" not in WORDS[locale].body

    @pytest.mark.parametrize("locale", WORDS)
    def test_pass_the_lint(self, locale: str) -> None:
        words = msgspec.to_builtins(WORDS[locale])
        for text in [
            *words.pop("actions").values(),
            *words.pop("explained").values(),
            *words.values(),
        ]:
            assert violations(text) == []

    @pytest.mark.parametrize("locale", WORDS)
    def test_name_the_same_answers(self, locale: str) -> None:
        assert set(WORDS[locale].actions) == {"done", "snoozed", "dismissed"}
        assert set(WORDS[locale].explained) == {"done", "snoozed", "dismissed"}


class TestLanguage:
    @pytest.mark.parametrize(
        ("wanted", "language"),
        [("de", "de"), ("de-AT", "de"), ("DE_ch", "de"), ("en-GB", "en"), ("fr", "en"),
         (None, "en"), ("", "en"), ("../de", "en"), ("\x00", "en")],
    )  # fmt: skip
    def test_is_the_locales_or_english(self, wanted: str | None, language: str) -> None:
        assert language_of(wanted) == language
        assert words_for(wanted) is WORDS[language]
