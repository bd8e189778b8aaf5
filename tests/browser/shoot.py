"""Takes a picture of a page: python tests/browser/shoot.py URL OUT.png [--width N --dark --full …]."""

import argparse
import sys
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.browser.chromium import launch, use_packaged_node  # noqa: E402


def main() -> None:
    """Open the page, wait until it rests, write the picture; --sign-in LINK goes there first."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("out")
    parser.add_argument("--width", type=int, default=1440)
    parser.add_argument("--height", type=int, default=900)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--cookie", action="append", default=[])
    parser.add_argument("--sign-in")
    options = parser.parse_args()
    use_packaged_node()
    with sync_playwright() as playwright:
        browser = launch(playwright)
        context = browser.new_context(
            viewport={"width": options.width, "height": options.height},
            color_scheme="dark" if options.dark else "light",
        )
        parts = urlsplit(options.url)
        for cookie in options.cookie:
            name, _, value = cookie.partition("=")
            context.add_cookies([{"name": name, "value": value, "url": f"{parts.scheme}://{parts.netloc}"}])
        page = context.new_page()
        page.on("console", lambda message: print("console:", message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: print("error:", error))
        if options.sign_in:
            page.goto(options.sign_in)
            with page.expect_navigation():
                page.locator("main button, form button").first.click()
        page.goto(options.url, wait_until="load")
        page.wait_for_timeout(400)
        page.screenshot(path=options.out, full_page=options.full)
        browser.close()


if __name__ == "__main__":
    main()
