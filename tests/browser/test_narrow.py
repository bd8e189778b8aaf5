"""No page of the rail is wider than a phone, whoever reads it: what hangs over takes the bar under the thumb away as well."""

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
