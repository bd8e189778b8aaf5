"""No page of the rail is wider than a phone, whoever reads it: what hangs over takes the bar under the thumb away as well.
Between phone and desk nothing is squeezed until it can't be read."""

import pytest

from tests.browser.conftest import Visits, stays_inside
from tests.server import Server


@pytest.mark.parametrize("who", ["nils", "berit", "anders"])
def test_no_page_of_the_rail_is_wider_than_a_phone(shared_demo: Server, visit: Visits, who: str) -> None:
    phone = visit(
        shared_demo, "/questions", who=who, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    pages = phone.locator(".rail a[href]").evaluate_all("links => [...new Set(links.map(link => link.href))]")
    assert len(pages) > 8
    wide = []
    for page in (*pages, f"{shared_demo.url}/questions?tab=asked"):
        phone.goto(page)
        if not stays_inside(phone):
            wide.append(page)
    assert wide == []


#: What can't be read although it is there: a heading that is cut off by a hair, words of one letter a line, a word that lies
#: over its neighbour.
_UNREADABLE = """() => {
    const wide = one => {
        const words = document.createRange();
        words.selectNodeContents(one);
        return words.getBoundingClientRect().width > one.getBoundingClientRect().width + 0.01;
    };
    return [
        ...[...document.querySelectorAll("h1")].filter(wide),
        ...[...document.querySelectorAll(".update-row .title")].filter(one => one.clientWidth < 160),
        ...[...document.querySelectorAll(".portfolio-row dd")].filter(one => one.scrollWidth > one.clientWidth),
    ].map(one => one.textContent.trim());
}"""


#: Pages with much beside their heading, or with a list of many columns.
_CROWDED = (
    "/portfolio",
    "/questions",
    *(f"/products/FERRY/{page}" for page in ("updates", "promises", "settings/calendar")),
)


@pytest.mark.parametrize("width", [768, 1024])
def test_between_phone_and_desk_everything_can_be_read(shared_demo: Server, visit: Visits, width: int) -> None:
    tablet = visit(shared_demo, "/portfolio", who="ingrid", viewport={"width": width, "height": 900})
    found = []
    for path in _CROWDED:
        tablet.goto(shared_demo.url + path)
        found += [(path, words) for words in tablet.evaluate(_UNREADABLE)]
        if not stays_inside(tablet):
            found.append((path, "is wider than the screen"))
    assert found == []
