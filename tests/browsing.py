"""A real browser and a look for barriers; conftests take the fixtures."""

import concurrent.futures
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connections

from tests.conftest import ROOT, Person

if TYPE_CHECKING:  # only what opens a browser pays for the driver
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = Path("/usr/bin/chromium")
# What chromium goes without. Only the last list of a command line counts, and the driver has one:
# its names come first. With the others every window has two pages behind its address bar, each in
# a process of its own.
WITHOUT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding",
    "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints",
    "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch",
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup",
)  # fmt: skip
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--short-reporting-delay",
    f"--disable-features={','.join(WITHOUT)}",
]
PATIENCE_MS = 120_000  # a wait ends by what happens; this is for what never does
NEEDS_BROWSER = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed here"),
]
Beside = Callable[[Callable[[], Any]], Any]


@pytest.fixture(scope="module")  # while it runs, its driver's loop keeps others from the database
def browser() -> Iterator["Browser"]:
    """Debian's chromium, headless; it sends its reports soon."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=QUIET, timeout=PATIENCE_MS
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def beside() -> Iterator[Beside]:
    """Run a call of the server's own code in a thread: the browser's driver owns this one."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as pool:
        yield lambda work: pool.submit(work).result()
        pool.submit(connections.close_all).result()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of the checker for barriers."""
    told = subprocess.run(
        [ROOT / "tools" / "axe" / "source.sh"], check=True, capture_output=True, text=True
    )
    return told.stdout


def opened(browser: "Browser", **device: Any) -> "BrowserContext":
    """Return a browser of its own, whose pages are waited for as long as everything here."""
    context = browser.new_context(**device)
    context.set_default_timeout(PATIENCE_MS)
    return context


def signed_in(
    browser: "Browser", url: str, person: Person, beside: Beside, **device: Any
) -> "BrowserContext":
    """Return a browser of its own in which somebody is signed in; colours change at once there."""
    context = opened(browser, base_url=url, reduced_motion="reduce", **device)
    name = settings.SESSION_COOKIE_NAME
    session = beside(lambda: person.page.cookies[name].value)
    context.add_cookies([{"name": name, "value": session, "url": url}])
    return context


def barriers(page: "Page", axe: str) -> list[str]:
    """Return what the checker finds on a page, as rule and place."""
    page.evaluate(axe)
    found = page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
    )
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]
