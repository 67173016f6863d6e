"""What the lint of texts finds: every claim a reader would see, and nothing else."""

import re

import pytest

from backend.models import run
from backend.reminding.catalogue import RULES
from backend.summary.lint import ORDINARY, violations
from backend.summary.wording import FOOTER, LOCALES, phrasebook


class TestViolations:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("It causes, caused, cause; causing.", ["causes", "caused", "cause", "causing"]),
            ("CURES or Cured", ["cures", "cured"]),
            ("prevent prevents prevented preventing", ["prevent", "prevents", "prevented", "preventing"]),
            ("guaranteed, guarantees; proves, proved, proven", ["guaranteed", "guarantees", "proves", "proved", "proven"]),
            ("Undiagnosed is no word of it; Diagnostics is.", ["diagnostics"]),
            ("You have REDs, you have osteopenia", ["you have reds", "you have osteopenia"]),
            ("You have low bone mass; because, prevention, preventive, causal, approved.", []),
            ("Do you have osteoporosis-like pain?", ["you have osteoporosis"]),
            ("", []),
        ],
    )  # fmt: skip
    def test_whole_words_in_lower_case_and_in_order(self, text: str, found: list[str]) -> None:
        assert run("summary.text_lint", {"text": text}) == {"status": "ok", "violations": found}

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("cau\u017fe", "cause"),
            ("CAU\u017fED", "caused"),
            ("D\u0130AGNOSED", "diagnosed"),
            ("d\u0131agnosis", "diagnosis"),
            ("cau\u00adse", "cause"),
            ("pre\u200bvents", "prevents"),
            ("\ufeffprove\u2060n", "proven"),
            ("you\u00a0have\u202fosteoporosis", "you have osteoporosis"),
            ("you have\n  reds", "you have reds"),
            ("you have o\ufb06eoporosis", "you have osteoporosis"),
            ("\uff43\uff55\uff52\uff45", "cure"),
            ("\U0001d41c\U0001d42e\U0001d42b\U0001d41e\U0001d41d", "cured"),
            ("\u24d2\u24e4\u24e1\u24d4", "cure"),
            ("\u1d04\u1d1c\u0280\u1d07", "cure"),
            ("\u0441\u0430use", "cause"),
            ("\u0421URE", "cure"),
            ("pr\u03bf\u03bdes", "proves"),
            ("\u03f2\u0430\u057d\u0455\u0435", "cause"),
            ("c\u0332u\u0332r\u0332e\u0332", "cure"),
            ("cure\u2122", "cure"),
            ("\u2212 cures\u2026", "cures"),
        ],
    )
    def test_reads_a_text_as_it_is_shown(self, text: str, found: str) -> None:
        assert violations(text) == [found]

    @pytest.mark.parametrize(
        "text",
        [
            "be\u00adcause",
            "cur\u00e9",
            "cure\u0301",
            "Ma\u00dfe und Gr\u00f6\u00dfen \u2265 2,5 \u00b5g/l",
            "\u03bc, \u03b1 and \u03c8 are Greek",
            "Kur\u0435\u0438",
        ],
    )
    def test_takes_no_other_word_for_a_claim(self, text: str) -> None:
        assert violations(text) == []


# What the lint's words are in German. Ours are fixed sentences, so it is enough to read them once.
SAID_IN_GERMAN = re.compile(
    r"\b(verursach\w*|heil(t|te|en|ung)|verhinder\w*|verhüt\w*|vorbeug\w*|beug(t|en) \w* ?vor"
    r"|garantier\w*|beweis\w*|bewies\w*|diagnos\w*"
    r"|du hast (osteoporose|osteopenie|sarkopenie|hyperparathyreoidismus|reds))\b",
    re.IGNORECASE,
)


class TestTemplates:
    def test_claim_nothing_in_german_either(self) -> None:
        texts = [text for key, text in phrasebook("de").texts.items() if key != FOOTER]
        texts += [rule.text["de"] for rule in RULES.values()]
        assert [text for text in texts if SAID_IN_GERMAN.search(text)] == []
        assert SAID_IN_GERMAN.search(phrasebook("de").texts[FOOTER])

    def test_are_written_with_ordinary_signs(self) -> None:
        texts = [text for locale in LOCALES for text in phrasebook(locale).texts.values()]
        texts += [text for rule in RULES.values() for text in rule.text.values()]
        assert [text for text in texts if not ORDINARY.fullmatch(text)] == []
