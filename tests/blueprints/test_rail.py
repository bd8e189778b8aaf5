"""What stands around every page is drawn once for all pages where it looks the same, and shows nobody what is another's."""

import re

import pytest

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


def places(rail: str, part: str) -> list[str]:
    """The words of the links in a part of the rail."""
    found = re.search(rf'<(\w+) class="{part}".*?</\1>', rail, re.DOTALL)
    assert found
    return re.findall(r'<span class="name">([^<]+)</span>(?:<span class="n[^>]*>\d+</span>)?</a>', found[0])


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("olga", ["Backlog", "Board", "Questions", "Updates"]),
        ("dora", ["Backlog", "Board", "Questions", "Updates"]),
        ("lea", ["Board", "Updates", "Questions", "Portfolio"]),
        ("dev", ["Board", "My work", "Inbox", "Backlog"]),
        ("vic", ["Board", "Updates", "Promises", "Backlog"]),
        ("sam", ["Questions", "Inbox"]),
    ],
)
def test_the_bar_of_a_phone_holds_on_every_page_what_a_role_needs_most(
    world: World, name: str, near: list[str]
) -> None:
    browser = world.browser(name)
    for path in PAGES if name != "sam" else ("/questions", "/inbox", "/me"):
        drawn, _token = rail(browser, path)
        all_pages = [*places(drawn, "pages"), *places(drawn, "pages overview")]
        far = places(drawn, "menu more")
        assert places(drawn, "bar") == near, path
        assert [page for page in all_pages if page not in near] == [page for page in far if page in all_pages], path
        assert set(near) <= set(all_pages) and not set(near) & set(far), path


def test_the_bar_of_a_phone_marks_the_page_and_counts_what_waits(world: World) -> None:
    ref = world.item("Refunds", "Ready")
    world.ask(ref, "How soon?")
    for name, path, marked, counted in (
        ("olga", "/products/FE/board", ["Board"], ["Questions"]),
        ("olga", "/questions", ["Questions"], ["Questions"]),
        ("dev", "/inbox", ["Inbox"], []),
    ):
        bar = rail(world.browser(name), path)[0].partition('<div class="bar">')[2].partition("</div>")[0]
        links = dict(re.findall(r'(<a (?:(?!</a>).)*"name">([^<]+)<.*?</a>)', bar, re.DOTALL))
        assert [words for link, words in links.items() if "aria-current" in link] == marked
        assert [words for link, words in links.items() if "n hot" in link] == counted


def test_a_page_that_is_not_in_the_bar_of_a_phone_is_marked_behind_more(world: World) -> None:
    drawn, _token = rail(world.browser("dev"), "/products/FE/insights")
    bar, _, more = drawn.partition('<details class="menu more"')
    assert 'aria-current="page"' in more and 'aria-current="page"' not in bar.partition('<div class="bar">')[2]
