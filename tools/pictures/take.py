"""Takes the pictures of docs/coaches.md: `.venv/bin/python tools/pictures/take.py [address]`.

It looks at the demo that `make run` serves, by default at http://127.0.0.1:8000.
"""

import re
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"
COACH, PASSWORD = "coach@demo.mechanostat.invalid", "demo-demo-demo"
DESKTOP, PHONE = (1180, 760), (390, 760)


def main() -> None:
    """Write the pictures."""
    address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for name, size, scheme, prepare in (
            ("coach-roster", DESKTOP, "light", _nothing),
            ("coach-review", DESKTOP, "light", _review),
            ("coach-athlete", DESKTOP, "light", _first),
            ("coach-phone", PHONE, "light", _nothing),
        ):
            page = _coach(browser, address, size, scheme)
            prepare(page)
            page.screenshot(path=FOLDER / f"{name}.png", caret="initial")
            page.context.close()
        browser.close()


def _coach(browser: Browser, address: str, size: tuple[int, int], scheme: str) -> Page:
    width, height = size
    page = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    ).new_page()
    page.goto(f"{address}/sign-in")
    page.fill("input[type=email]", COACH)
    page.fill("input[type=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(re.compile(r"/(me|coach)"))
    page.goto(f"{address}/coach")
    return page


def _nothing(page: Page) -> None:
    page.wait_for_timeout(1_000)  # until the stream of news stands


def _review(page: Page) -> None:
    page.locator("[data-action=review]").first.click()
    page.locator("#act-form").wait_for()


def _first(page: Page) -> None:
    page.locator("[data-action=open]").first.click()
    page.locator(".tiles").wait_for()


if __name__ == "__main__":
    main()
