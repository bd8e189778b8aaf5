"""What happens on a board or in a backlog styles anew what it is about: however many cards there are, no more of them.

One selector that ends in something without a name (`:has(…) > :nth-child(2)`, `:hover …::placeholder`) makes Chromium style
the whole page anew at each change, and so does a property for the whole page that is handed down (`cursor`).
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visits
from tests.server import Server

MORE = 150

ON_BOTH = {
    "one moves": "all[7].after(all[2])",
    "one is hidden": "all[3].hidden = true",
    "one is picked": "all[3].classList.add('is-picked')",
    "one shows where it would land": "all[3].classList.add('is-ghost')",
    "something is taken up": "document.body.classList.add('is-dragging')",
    "it is let go": "document.body.classList.remove('is-dragging')",
    "a notice comes": "document.querySelector('#toasts').insertAdjacentHTML('beforeend', '<p class=\"toast\">x</p>')",
    "an item opens beside": "document.querySelector('.panel').insertAdjacentHTML('beforeend', '<p>x</p>')",
    "a picture hangs at the page": "document.body.append(Object.assign(all[4].cloneNode(), { className: 'lift' }))",
}
ON_BOARD = {
    "one moves to another column": "document.querySelectorAll('.cards')[1].prepend(all[2])",
    "a column is where it came from": "all[3].parentElement.classList.add('is-home')",
    "a column is aimed at": "all[3].closest('.col').classList.add('is-target')",
    "a count changes": "document.querySelector('.count').textContent = '77'",
}
COPIES = "([one, more]) => { for (let n = 0; n < more; n += 1) document.querySelector(one).after(document.querySelector(one).cloneNode(true)) }"


@pytest.mark.parametrize(
    ("path", "one", "happenings"),
    [("board", ".card", ON_BOTH | ON_BOARD), ("backlog", ".row[data-item]", ON_BOTH)],
    ids=["board", "backlog"],
)
def test_what_happens_styles_no_more_elements_where_there_are_more(
    shared_demo: Server, visit: Visits, path: str, one: str, happenings: dict[str, str]
) -> None:
    page = visit(shared_demo, f"/products/FERRY/{path}", who="ingrid")
    few = styled(page, one, happenings)
    page.reload()
    page.evaluate(COPIES, [one, MORE])
    many = styled(page, one, happenings)
    # Whoever comes to a list with the mouse makes it look at the one button that each of its cards shows then.
    most = dict.fromkeys(few, MORE / 3) | {"one is pointed at": MORE}
    assert {what: (few[what], many[what]) for what in few if many[what] > few[what] + most[what]} == {}


def styled(page: Page, one: str, happenings: dict[str, str]) -> dict[str, int]:
    """How many elements get their style anew, by what happens."""
    page.locator("[data-live=on]").wait_for()
    counted = {what: _count(page, partial(page.evaluate, _at_rest(one, script))) for what, script in happenings.items()}
    for what, nth in (("one is pointed at", 0), ("another is pointed at", 1)):
        counted[what] = _count(page, page.locator(one).nth(nth).hover)
    return counted


def _at_rest(one: str, happening: str) -> str:
    all_of_them = f"const all = document.querySelectorAll('{one}')"
    return f"() => {{ {all_of_them}; document.body.offsetHeight; {happening}; document.body.offsetHeight; }}"


def _count(page: Page, do: Callable[[], object]) -> int:
    browser = page.context.browser
    assert browser is not None
    _rest(page)
    browser.start_tracing(page=page, categories=["devtools.timeline"])
    do()
    _rest(page)
    events: list[dict[str, Any]] = json.loads(browser.stop_tracing())["traceEvents"]
    styled = [event for event in events if event["name"] == "UpdateLayoutTree" and "elementCount" in event["args"]]
    return sum(event["args"]["elementCount"] for event in styled)


def _rest(page: Page) -> None:
    page.evaluate("() => new Promise((rest) => requestAnimationFrame(() => requestAnimationFrame(rest)))")
