"""What a summary rests on: each input by itself, and a hash over all of them."""

import hashlib
from collections.abc import Mapping

from backend.records.server_owned import DomainSummary
from backend.summary import ALGORITHM_VERSION
from backend.summary.canonical import array_of, canonical_text, object_of
from backend.summary.kept import KeptInput, input_of
from backend.summary.measured import Measured
from backend.summary.situation import TABLE_VERSIONS, Situation

_TABLES_TEXT = canonical_text(TABLE_VERSIONS)


def inputs_of(about: Situation, found: Measured) -> dict[str, KeptInput]:
    """Return every input of a summary by its key.

    Keys are the record's id, ``day/<date>`` for a day of loading (its sessions are one input)
    and ``profile``. Kinds are the analyte, the kind of fact, ``load_day`` and ``profile``.
    """
    days = {
        f"day/{day.local_date}": input_of("load_day", day.local_date, text)
        for day, text in zip(about.weeks, about.week_texts, strict=True)
    }
    return {**days, **found.inputs}


def inputs_hash(about: Situation, found: Measured, domains: Mapping[str, DomainSummary]) -> str:
    """Return SHA-256 (hex) over everything that went in, except ``as_of``.

    What time alone changes is in it by what it leads to: which findings of ``domains`` count.
    Algorithm and table versions are part of it; instants are compared in UTC and decimals
    without trailing zeros, so that a value read back from storage hashes the same.
    """
    weeks = about.week_texts
    days = weeks[len(about.weeks) - len(about.load_days) :]  # the last of the weeks
    everything = object_of(
        {
            "algorithm": canonical_text(ALGORITHM_VERSION),
            "tables": _TABLES_TEXT,
            "counting": canonical_text(
                {
                    name: [one.band, one.missing, *((f.code, f.observed_on) for f in one.findings)]
                    for name, one in domains.items()
                }
            ),
            "profile": found.profile,
            "load_days": array_of(days),
            "weeks": array_of(weeks),
            "coverage_days": canonical_text(about.coverage_days),
            "observations": found.observations,
            "facts": found.facts,
            "locales": canonical_text(about.locales),
        }
    )
    return hashlib.sha256(everything.encode()).hexdigest()
