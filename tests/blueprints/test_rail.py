"""What stands around every page is drawn once for all pages where it looks the same, and shows nobody what is another's."""

import re

from tests.builders import Browser, World

_RAIL = re.compile(r'<nav class="rail".*?</nav>', re.DOTALL)
_TOKENS = re.compile(r'name="csrf_token" value="([^"]*)"')
PAGES = ("/products/FE/board", "/products/FE/backlog", "/questions", "/search", "/inbox", "/me")


def rail(browser: Browser, path: str) -> tuple[str, str]:
    """The rail of a page as this person gets it, without its token, and the token."""
    found = _RAIL.search(browser.get(path).text)
    assert found and "\0" not in found[0]
    [token] = set(_TOKENS.findall(found[0]))
    return found[0].replace(token, ""), token


def test_the_way_out_in_a_kept_rail_carries_the_token_of_who_reads_it(world: World) -> None:
    browsers = [world.browser("olga"), world.browser("olga"), world.browser("dev")]
    for path in (*PAGES, *PAGES):
        drawn = [rail(browser, path) for browser in browsers]
        assert drawn[0][0] == drawn[1][0] != drawn[2][0]
        assert len({token for _html, token in drawn}) == 3
    for browser in browsers:
        _html, token = rail(browser, "/me")
        assert browser.client.post("/sign-out", data={"csrf_token": token}).status_code == 303


def test_a_kept_rail_follows_counts_pages_and_names(world: World) -> None:
    olga = world.browser("olga")
    before, _token = rail(olga, "/products/FE/board")
    assert rail(olga, "/products/FE/board")[0] == before
    assert rail(olga, "/products/FE/backlog")[0].replace(' aria-current="page"', "") == before.replace(
        ' aria-current="page"', ""
    )
    world.item("Refunds")
    counted, _token = rail(olga, "/products/FE/board")
    assert ('<span class="n">1</span>' in counted, '<span class="n">1</span>' in before) == (True, False)
    olga.post("/me", {"name": "Olga <Ö>", "language": "en", "time_zone": "UTC", "theme": "dark"})
    assert "Olga &lt;Ö&gt;" in rail(olga, "/products/FE/board")[0]
