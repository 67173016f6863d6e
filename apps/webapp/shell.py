"""The files of the web app, which release they are, and the tables its forms offer."""

import hashlib
from functools import lru_cache
from pathlib import Path

import msgspec
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.templatetags.static import static

from apps.coaching.categories import WHAT_IT_SHOWS
from apps.coaching.pages.looks import SEEN_AS
from apps.insights.pages.areas import REASONS, TITLES
from backend.labs.analytes import ANALYTES
from backend.loading.names import NAMES
from backend.loading.tables import JUMPS, LIFTS, SPORTS
from backend.tables import read_table

HERE = Path(__file__).parent / "static" / "webapp"
SHARED = ("css/app.css", "img/favicon.svg")
PAGE, MANIFEST, TABLES, WORKER = (
    "/app",
    "/app/manifest.webmanifest",
    "/app/tables.json",
    "/app/sw.js",
)
PAPER, ACCENT = "#f6f6f3", "#0b5a6b"  # of app.css, for what the system draws


class AnalyteChoice(msgspec.Struct, frozen=True):
    """One thing a laboratory measures, with the units it may print.

    ``label`` is English, ``labels`` are those of other languages.
    """

    key: str
    label: str
    labels: dict[str, str]
    units: tuple[str, ...]


class Shown(msgspec.Struct, frozen=True):
    """What can be shared: its name, and what a team sees by it."""

    title: str
    shows: str


class Called(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How things are called in one language.

    Reminders by rule, else by topic, and why they are there; what is shared; what was looked at;
    activities and exercises, where that is not their key with blanks.
    """

    titles: dict[str, str]
    reasons: dict[str, str]
    categories: dict[str, Shown]
    looks: dict[str, str]
    activities: dict[str, str] = {}
    exercises: dict[str, str] = {}


class Tables(msgspec.Struct, frozen=True):
    """What the forms offer, and how things are called, by language."""

    analytes: tuple[AnalyteChoice, ...]
    activities: tuple[str, ...]
    exercises: tuple[str, ...]
    names: dict[str, Called]


def static_names() -> list[str]:
    """Return the names of all static files the app needs, in a fixed order."""
    return [*sorted(f"webapp/{file.name}" for file in HERE.iterdir() if file.is_file()), *SHARED]


def addresses() -> list[str]:
    """Return the addresses that must be kept for the app to start without a network."""
    return [PAGE, MANIFEST, TABLES, *(static(name) for name in static_names())]


@lru_cache(maxsize=1)
def page() -> bytes:
    """Return the one page, the same bytes for everybody."""
    return render_to_string("webapp/app.html").encode()


@lru_cache(maxsize=1)
def manifest() -> bytes:
    """Return what a browser needs to install the app."""
    icons = [
        {"src": static(f"webapp/{name}"), "sizes": sizes, "type": kind, "purpose": purpose}
        for name, sizes, kind, purpose in (
            ("icon.svg", "any", "image/svg+xml", "any"),
            ("icon-192.png", "192x192", "image/png", "any"),
            ("icon-512.png", "512x512", "image/png", "any"),
            ("icon-maskable-512.png", "512x512", "image/png", "maskable"),
        )
    ]
    return msgspec.json.encode(
        {
            "id": PAGE,
            "name": "Mechanostat",
            "short_name": "Mechanostat",
            "description": "Workouts and lab results, what they mean for muscle and bone.",
            "start_url": PAGE,
            "scope": PAGE,
            "display": "standalone",
            "background_color": PAPER,
            "theme_color": ACCENT,
            "icons": icons,
            "shortcuts": [
                {"name": "Add a workout", "url": f"{PAGE}#/workout"},
                {"name": "Add a lab result", "url": f"{PAGE}#/lab"},
            ],
        }
    )


@lru_cache(maxsize=1)
def tables() -> bytes:
    """Return our own tables, as far as the screens need them."""
    return msgspec.json.encode(
        Tables(
            analytes=tuple(
                AnalyteChoice(
                    one.key, one.label, one.labels, (one.unit, *(f.unit for f in one.factors))
                )
                for one in ANALYTES.values()
                if one.unit
            ),
            activities=("strength", *sorted(SPORTS)),
            exercises=tuple(sorted({*LIFTS, *JUMPS})),
            names={language: _called(language) for language in NAMES},
        )
    )


def _called(language: str) -> Called:
    if language == "en":
        shown = {str(key): Shown(*words) for key, words in WHAT_IT_SHOWS.items()}
        called = Called(TITLES, REASONS, shown, SEEN_AS)
    else:
        called = read_table("apps.webapp", f"names_{language}.toml", Called)
    known = NAMES[language]
    return msgspec.structs.replace(called, activities=known.activities, exercises=known.exercises)


@lru_cache(maxsize=1)
def version() -> str:
    """Return the name of this release: a digest of every byte that is kept."""
    digest = hashlib.sha256()
    for name in static_names():
        content = Path(str(finders.find(name))).read_bytes()  # a missing file is an error
        digest.update(name.encode() + b"\0" + content + b"\0")
    for content in (page(), manifest(), tables()):
        digest.update(content + b"\0")
    return digest.hexdigest()[:16]


def worker() -> bytes:
    """Return the service worker's first lines: which release, which files, and the rest by import."""
    told = msgspec.json.encode({"version": version(), "page": PAGE, "files": addresses()}).decode()
    source = static("webapp/worker.js")
    return f'import {{ start }} from "{source}";\n\nstart({told});\n'.encode()
