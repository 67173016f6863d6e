"""Draw the web app's PNG icons from its SVG: `.venv/bin/python tools/icons/draw.py`."""

from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).resolve().parents[2] / "apps" / "webapp" / "static" / "webapp"
ACCENT = "#0b5a6b"
# File, size, and how much of it the drawing takes; what may be cut to any shape is drawn smaller.
ICONS = (("icon-192", 192, 1.0), ("icon-512", 512, 1.0), ("icon-maskable-512", 512, 0.72))


def main() -> None:
    """Write the files."""
    drawing = (FOLDER / "icon.svg").read_text()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for name, size, share in ICONS:
            page = browser.new_page(viewport={"width": size, "height": size})
            ground = ACCENT if share < 1 else "transparent"
            page.set_content(
                f"<style>*{{margin:0}}body{{width:{size}px;height:{size}px;display:grid;"
                f"place-items:center;background:{ground}}}svg{{width:{size * share}px}}</style>"
                f"{drawing}"
            )
            page.screenshot(path=FOLDER / f"{name}.png", omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
