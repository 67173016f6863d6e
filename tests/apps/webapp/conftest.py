"""A real browser with the web app in it, and the server it talks to."""

import re
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    Worker,
    expect,
)

from apps.insights.services.recompute import drain
from tests.browsing import CHROMIUM as CHROMIUM
from tests.browsing import PATIENCE_MS as PATIENCE_MS
from tests.browsing import beside as beside
from tests.browsing import browser as browser
from tests.browsing import opened
from tests.conftest import PASSWORD, Person, make_person
from tests.serving import WebProcess

PHONE = ViewportSize(width=390, height=844)
SIGN_IN = """
async (told) => {
  const { signIn } = await import("/static/webapp/account.js");
  await signIn(told);
}
"""


@dataclass
class App:
    """The web app on one device of one person."""

    url: str
    context: BrowserContext
    page: Page
    beside: Callable[[Callable[[], Any]], Any]
    said: list[str] = field(default_factory=list)

    def open(self, hash: str = "") -> None:  # noqa: A002 - the address's own word
        """Load the app and wait until its first screen stands."""
        self.page.goto(f"{self.url}/app{hash}")
        self.page.locator("#screen h1").first.wait_for()

    def go(self, hash: str) -> None:  # noqa: A002 - the address's own word
        """Go to another screen."""
        self.page.evaluate("hash => { location.hash = hash }", hash)
        self.page.locator(f"#screen[data-screen={hash.split('/')[1]}]").wait_for()

    def go_door(self, hash: str) -> None:  # noqa: A002 - the address's own word
        """Go to signing in or up."""
        self.page.evaluate("hash => { location.hash = hash }", hash)
        self.page.get_by_label("Your name").wait_for()

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """Sign in through the form."""
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.locator("#nav").wait_for()

    def ready(self) -> Worker:
        """Wait until the service worker rules the page; return it."""
        self.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
        self.until("navigator.serviceWorker.controller !== null")
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while not self.context.service_workers:
            assert time.monotonic() < deadline, "the driver never saw the worker"
            self.page.wait_for_timeout(20)
        return self.context.service_workers[-1]

    def is_sent(self) -> None:
        """Wait until nothing waits any more, and the page says so."""
        self.until(
            """async () => {
              const { waitingCount } = await import("/static/webapp/store.js");
              return (await waitingCount()) === 0;
            }"""
        )
        expect(self.page.locator("#sync")).to_have_text(re.compile("^(All sent|Alles gesendet)"))

    def until(self, source: str) -> None:
        """Evaluate an expression until it is true; the page's policy lets nothing else poll."""
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while not self.page.evaluate(source):
            assert time.monotonic() < deadline, f"never came: {source}"
            self.page.wait_for_timeout(20)

    def has(self, source: str, argument: object = None) -> Any:
        """Evaluate an expression in the page."""
        return self.page.evaluate(source, argument)

    def stored(self, store: str) -> list[dict[str, Any]]:
        """Return all rows of one store of the app's database."""
        rows: list[dict[str, Any]] = self.page.evaluate(
            """async (store) => {
              const { reading } = await import("/static/webapp/database.js");
              return reading((tables) => tables.all(store));
            }""",
            store,
        )
        return rows

    def sync_soon(self) -> None:
        """Have the app ask the server now, as when it comes to the front."""
        self.has("async () => (await import('/static/webapp/schedule.js')).syncSoon()")

    def is_drawn(self) -> None:
        """Wait for longer than it takes to draw what has changed."""
        self.has(
            """async () => {
              const { look } = await import("/static/webapp/view.js");
              await look();
              await look();
            }"""
        )

    def add_workout(self, *, minutes: int = 50) -> None:
        """Enter a workout through the form, until it says that it is saved."""
        self.go("#/workout")
        self.page.get_by_label("Activity").select_option("running")
        self.page.get_by_label("Minutes").fill(str(minutes))
        self._save()

    def add_vitamin_d(self, value: str = "38.20", *, days_ago: int = 100) -> None:
        """Enter a vitamin D result through the form, until it says that it is saved."""
        self.go("#/lab")
        self.page.get_by_label("Value").fill(value)
        drawn = timezone.localdate() - timedelta(days=days_ago)
        self.page.get_by_label("Sample drawn on").fill(drawn.isoformat())
        self._save()

    def _save(self) -> None:
        saved = self.page.locator(".app-saved")
        saved.evaluate("one => one.replaceChildren()")  # what it said of an entry before
        self.page.get_by_role("button", name="Save").click()
        expect(saved).to_contain_text("Saved on this device")


# A device as it comes out of the box, but with the app's files already on it.
FORGET = """
async () => {
  const registration = await navigator.serviceWorker.getRegistration("/app");
  for (const shown of await registration?.getNotifications() ?? []) shown.close();
  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase("mechanostat");
    request.onsuccess = resolve;
    request.onerror = () => reject(request.error);
  });
  localStorage.clear();
}
"""


@dataclass
class Shelf:
    """Browsers of their own; one given back is emptied and used again, as installing takes long."""

    browser: Browser
    url: str
    free: list[BrowserContext] = field(default_factory=list)

    def take(self) -> BrowserContext:
        """Return one in which nobody was ever signed in."""
        return (
            self.free.pop()
            if self.free
            else opened(self.browser, viewport=PHONE, reduced_motion="reduce")
        )

    def give_back(self, context: BrowserContext) -> None:
        """Empty it for the next test."""
        for page in context.pages:
            page.close()
        context.unroute_all()
        context.set_offline(False)
        page = context.new_page()
        page.goto(f"{self.url}/app/qr.svg")  # of the same origin, and nothing of the app runs
        page.evaluate(FORGET)
        page.close()
        context.clear_permissions()  # last: without them no notification can be found
        self.free.append(context)


@pytest.fixture(scope="module")
def shelf(web: WebProcess, browser: Browser) -> Shelf:
    """The browsers that tests of a module share, one after the other."""
    return Shelf(browser, web.url)


@dataclass
class Devices:
    """Makes browsers of their own: one is one device."""

    web: WebProcess
    shelf: Shelf
    beside: Callable[[Callable[[], Any]], Any]
    open: list[App] = field(default_factory=list)

    def person(self, name: str = "Aiko Ito") -> Person:
        """Return a new person."""
        made: Person = self.beside(lambda: make_person(name))
        return made

    def work(self) -> None:
        """Do what the worker does: bring everybody's summary and reminders up to date."""
        self.beside(lambda: drain(now=timezone.now()))

    def app(self, person: Person | None = None, *, permissions: Sequence[str] = ()) -> App:
        """Return the app on a new device, signed in if somebody is named."""
        context = self.shelf.take()
        context.grant_permissions(list(permissions))
        app = App(self.web.url, context, context.new_page(), self.beside)
        app.page.on(
            "console", lambda told: app.said.append(told.text) if told.type == "error" else None
        )
        app.page.on("pageerror", lambda error: app.said.append(str(error)))
        self.open.append(app)
        app.open()
        app.ready()
        if person is not None:
            app.has(SIGN_IN, {"email": person.user.email, "password": PASSWORD})
            app.page.locator("#nav").wait_for()
            app.is_sent()
        return app


@pytest.fixture
def devices(
    web: WebProcess, shelf: Shelf, beside: Callable[[Callable[[], Any]], Any]
) -> Iterator[Devices]:
    """Devices for one test; none may break the page's content policy or throw."""
    made = Devices(web, shelf, beside)
    yield made
    said = [words for app in made.open for words in app.said]
    for app in made.open:
        shelf.give_back(app.context)
    # Refusals and a network that was cut are what some tests are about.
    assert [words for words in said if not words.startswith("Failed to load resource")] == []


def rows_of(person: Person, kind: str, beside: Callable[[Callable[[], Any]], Any]) -> list[Any]:
    """Return the live records of one type that the server has."""
    answer = beside(lambda: person.get("/v1/athletes/me/changes").json())
    return [row for row in answer["page"]["rows"] if row["type"] == kind and not row["deleted"]]


def a_uuid() -> str:
    """Return a random id."""
    return str(uuid.uuid4())
