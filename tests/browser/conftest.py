"""Fixtures of the browser tests: one browser per worker, pages that fail on script errors, and the served demo."""

import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Locator,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from kanban import keys
from kanban.background import chores, notifying
from tests.applications import make_app
from tests.browser.chromium import launch, use_packaged_node
from tests.conftest import to_one_file
from tests.mail.server import MailServer
from tests.once import once
from tests.server import Server, serving

PASSWORD = "a calm quay in the fog"

# How long to wait for what a test expects. No test asserts speed, and a busy machine is slow.
expect.set_options(timeout=20_000)
PATIENCE_MS = 30_000
PATIENCE_S = 20


def becomes(page: Page, read: Callable[[Page], Any], wanted: Any) -> None:
    """Wait until `read` returns what is wanted, for things that `expect` can't express, such as the order of rows."""
    end = time.monotonic() + PATIENCE_S
    while (found := read(page)) != wanted and time.monotonic() < end:
        page.wait_for_timeout(50)
    assert found == wanted


@contextmanager
def staying(page: Page) -> Iterator[list[str]]:
    """The kinds of dialogs that the browser opens in the block; each is answered by staying on the page."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    try:
        yield asked
    finally:
        page.remove_listener("dialog", stay)


AXE = Path(__file__).parent.parent / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright with its driver on the Node.js of the wheel."""
    use_packaged_node()
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The headless browser, one per worker; its contexts know nothing of each other."""
    launched = launch(playwright)
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def demo_folder(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of the demo workspace, to be copied; made once for all workers.

    Everybody has the same password and their notifications, and the chores of the day are done.
    """
    return once(tmp_path_factory, "told", lambda folder: _tell_everybody(demo_template, folder))


def _tell_everybody(demo: Path, folder: Path) -> None:
    shutil.copytree(demo, folder, dirs_exist_ok=True)
    engine = sa.create_engine(f"sqlite:///{folder / 'kanban.sqlite3'}", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text('UPDATE "user" SET password_hash = :hash'), {"hash": keys.hash_password(PASSWORD)})
    for app in make_app(str(engine.url), folder):
        for product_id in notifying.products_behind(app):
            notifying.notify(app, product_id)
        for product_id in chores.products_due(app):  # otherwise each of two hundred servers would do them first
            chores.do_chores(app, product_id)
    to_one_file(folder / "kanban.sqlite3")


@pytest.fixture
def demo(demo_folder: Path, tmp_path: Path) -> Iterator[Server]:
    """A server with its own copy of the demo workspace, which a test may change at will."""
    shutil.copytree(demo_folder, tmp_path / "data")
    with serving(tmp_path / "data", forked=True) as server:
        yield server


@pytest.fixture
def post() -> Iterator[MailServer]:
    """A real mail server, which keeps the mails it gets."""
    with MailServer().running() as running:
        yield running


@pytest.fixture
def mailing(demo_folder: Path, tmp_path: Path, post: MailServer) -> Iterator[Server]:
    """The demo workspace with that mail server."""
    shutil.copytree(demo_folder, tmp_path / "data")
    with serving(tmp_path / "data", forked=True, KANBAN_SMTP_URL=post.url) as server:
        yield server


@pytest.fixture(scope="session")
def shared_demo(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the demo workspace for tests that change nothing."""
    folder = tmp_path_factory.mktemp("shared") / "data"
    shutil.copytree(demo_folder, folder)
    with serving(folder, forked=True) as server:
        yield server


#: Cookies and the row of their sign-in, by where they are valid and whose they are.
SignInRow = tuple[str, str, str]
SignedIn = dict[tuple[Path | str, str], tuple[Any, SignInRow | None]]


def _newest_sign_in(server: Server, email: str) -> SignInRow:
    with closing(sqlite3.connect(server.folder / "kanban.sqlite3")) as connection:
        query = "SELECT secret_hash, sign_in.created_at, seen_at FROM sign_in JOIN user ON user.id = user_id WHERE email = ?"
        found: SignInRow = connection.execute(f"{query} ORDER BY sign_in.id DESC", (email,)).fetchone()
        return found


def _carry(server: Server, email: str, row: SignInRow) -> bool:
    """Insert a sign-in into this server's data; returns False if nobody has that address there."""
    insert = (
        "INSERT INTO sign_in (user_id, secret_hash, created_at, seen_at) SELECT id, ?, ?, ? FROM user WHERE email = ?"
    )
    with closing(sqlite3.connect(server.folder / "kanban.sqlite3", timeout=PATIENCE_S)) as connection, connection:
        return connection.execute(insert, (*row, email)).rowcount == 1


class Visits:
    """Opens pages as different people in separate browsers, and collects errors of their scripts."""

    def __init__(self, browser: Browser, signed_in: "SignedIn") -> None:
        self.browser = browser
        self.signed_in = signed_in
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def __call__(self, server: Server, path: str = "/", *, who: str | None = None, **options: Any) -> Page:
        """Open a new browser at that path, signed in as `who` (an address, or the name before @ferry.example).

        The options are those of a Playwright context: viewport, has_touch, java_script_enabled, color_scheme …
        """
        state = self._state(server, who) if who else None
        options = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce", **options}
        context = self.browser.new_context(base_url=server.url, storage_state=state, **options)
        context.set_default_timeout(PATIENCE_MS)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.goto(path)
        return page

    def close(self) -> None:
        """Close every browser that is still open."""
        for context in self.contexts:
            context.close()

    def _state(self, server: Server, who: str) -> Any:
        """The cookies of a person signed in on this server; they are kept, since signing in is rate-limited.

        Whoever has signed in once with the password need not do so in another copy of the same data: the sign-in's row
        is inserted there, and the cookies are valid because the key that signs them is the same. Cookies are kept per
        server's data, since another server may get the same port later without knowing the sign-in.
        """
        email = who if "@" in who else f"{who}@ferry.example"
        if (server.folder, email) not in self.signed_in:
            key = (server.folder / "secret_key").read_text()
            state, row = self.signed_in.get((key, email), (None, None))
            if row is None or not _carry(server, email, row):
                state = self._sign_in(server, email)
                self.signed_in[key, email] = state, _newest_sign_in(server, email)
            self.signed_in[server.folder, email] = state, None
        return self.signed_in[server.folder, email][0]

    def _sign_in(self, server: Server, email: str) -> Any:
        context = self.browser.new_context(base_url=server.url, java_script_enabled=False)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto("/sign-in")
        page.locator("input[name=email]").first.fill(email)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        state = context.storage_state()
        context.close()
        return state

    def _hear(self, message: ConsoleMessage) -> None:
        refused = "the server responded with a status of 4" in message.text  # a status that the test may be about
        if message.type == "error" and not refused:
            self.complaints.append(f"{message.location.get('url')}: {message.text}")


@pytest.fixture(scope="session")
def signed_in() -> "SignedIn":
    """Sign-ins by (the server's data folder, address), and by (the key that signs the cookies, address)."""
    return {}


@pytest.fixture
def visit(browser: Browser, signed_in: "SignedIn") -> Iterator[Visits]:
    """Opens pages: `visit(demo, "/products/FERRY/board", who="ingrid")`. Script and CSP errors fail the test."""
    visits = Visits(browser, signed_in)
    yield visits
    visits.close()
    assert visits.complaints == []


def stays_inside(page: Page) -> bool:
    """Whether the page is no wider than the screen; a phone's window grows with a page that is too wide."""
    assert page.viewport_size is not None
    return page.evaluate("most => document.documentElement.scrollWidth <= most", page.viewport_size["width"])


def choose_column(form: Page | Locator, name: str) -> None:
    """Choose a column in *Move to…*, whose options also say how full each column is."""
    field = form.get_by_label("Column", exact=True)
    option = field.locator("option", has_text=re.compile(rf"^\s*{re.escape(name)} · "))
    field.select_option(label=(option.text_content() or "").strip())


def serious_axe_findings(page: Page) -> list[str]:
    """What axe finds that is serious or critical: rule, help and first elements. Colours are checked in both themes."""
    page.evaluate(AXE.read_text())
    found = _axe_findings(page)
    here, there = (
        ("dark", "light") if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else ("light", "dark")
    )
    page.emulate_media(color_scheme=there)  # type: ignore[arg-type]
    found += [f"{there}: {each}" for each in _axe_findings(page, "color-contrast", "link-in-text-block")]
    page.emulate_media(color_scheme=here)  # type: ignore[arg-type]
    return found


def _axe_findings(page: Page, *rules: str) -> list[str]:
    only = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
    found = page.evaluate("options => axe.run(document, options)", {"resultTypes": ["violations"], **only})
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
