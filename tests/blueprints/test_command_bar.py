"""What the command bar offers for an item is what its reader may do with it now, and nothing else."""

import html
import re

import pytest

from tests.builders import Browser, World


def acts(world: World, ref: str, by: str) -> list[str]:
    page = world.browser(by).get(f"/items/{ref}/acts", hx=True).text
    return [html.unescape(text) for text in re.findall(r'<span class="text">(.*?)</span>', page)]


def rail_of(browser: Browser, path: str = "/products/FE/decisions") -> str:
    page = browser.get(path).text
    return page[page.index('<nav class="rail"') : page.index("</nav>")]


def test_each_role_is_offered_what_it_may_do(world: World) -> None:
    ref = world.item("Sail", "Ready")
    ways = ["What happened to it", "Open on its own page", "Copy the link"]
    moves = [f"Move to {name}" for name in ("Backlog", "In progress", "Review", "Acceptance", "Done")]
    order = ["To the top of Ready", "To the bottom of Ready"]
    quick = ["Assign me", "Block…", "Ask…", "Labels…"]
    forms = ["Move to a place…", "Split…", "Discard…", "Promise…"]
    talk, text, people, criterion = "Comment…", "Change its text…", "Who holds it…", "Add a criterion…"
    more = ["Attach a file…", "Link it to another…"]
    assert acts(world, ref, "olga") == [*quick, *moves, *order, *forms, talk, text, people, criterion, *more, *ways]
    assert acts(world, ref, "dev") == [*quick, *moves[1:4], "Move to a place…", talk, text, people, *more, *ways]
    assert acts(world, ref, "lea") == ["Ask…", talk, *ways]
    assert acts(world, ref, "vic") == ways
    assert world.browser("sam").get(f"/items/{ref}/acts").status_code == 404


def test_they_follow_the_state_of_the_item(world: World) -> None:
    ref = world.item("Sail")
    world.change(ref, "block", "Rain")
    assert "Unblock" in acts(world, ref, "dev") and "Block…" not in acts(world, ref, "dev")
    world.change(ref, "discard", "No wind")
    assert acts(world, ref, "olga") == ["Restore", "What happened to it", "Open on its own page", "Copy the link"]
    assert acts(world, ref, "dev") == ["What happened to it", "Open on its own page", "Copy the link"]


def test_in_an_archived_product_nothing_is_offered_that_changes_it(world: World) -> None:
    ref, discarded = world.item("Sail"), world.item("Row")
    world.change(discarded, "discard", "No wind")
    browser = world.browser("olga")
    forms = ("/items/new", "/items/many", "/promises/new", "/settings/archive", "/settings/hand-over")
    assert all(form in rail_of(browser) for form in forms)
    assert browser.post("/products/FE/settings/archive").status_code == 303
    for each in (ref, discarded):
        assert acts(world, each, "olga") == ["What happened to it", "Open on its own page", "Copy the link"]
    assert "/products/FE/problems" in rail_of(browser)
    assert not any(form in rail_of(browser) for form in forms)


def test_each_place_that_is_offered_stands_on_the_page(world: World) -> None:
    ref = world.item("Sail", "Ready")
    browser = world.browser("olga")
    page = browser.get(f"/items/{ref}/acts", hx=True).text
    anchors = re.findall(rf'href="/items/{ref}#([\w-]+)"', page)
    shown = browser.get(f"/items/{ref}").text
    assert len(anchors) == 6 and [anchor for anchor in anchors if f'id="{anchor}"' not in shown] == []


#: What is no page of its own: it needs to be told of which items, or it comes after something else.
_NO_PLACE = {"discarded.choose", "bulk_ranking.choose"}


@pytest.mark.parametrize("by", ["olga", "dora", "lea", "dev", "vic", "sam"])
def test_each_page_is_offered_to_whoever_may_see_it_and_to_nobody_else(world: World, by: str) -> None:
    browser = world.browser(by)
    hrefs = re.findall(r'<a href="([^"]+)"', rail_of(browser, "/questions"))
    offered = {html.unescape(path).partition("?")[0] for path in hrefs}
    pages = set()
    for rule in world.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.arguments <= {"key"} and rule.endpoint not in _NO_PLACE:
            path = rule.rule.replace("<key>", "FE")
            answer = browser.get(f"{path}?product=FE")
            if answer.status_code == 200 and 'class="rail"' in answer.text:
                pages.add(path)
    # Those that are empty for this person are not offered.
    pages -= {"lea": {"/my/work"}, "vic": {"/my/work"}, "sam": {"/my/work", "/portfolio"}}.get(by, set())
    assert pages == offered
    assert len(pages) > 15 if by != "sam" else not any("/FE/" in path for path in pages)


def test_an_offered_act_does_what_it_says(world: World) -> None:
    ref = world.item("Sail", "Ready")
    browser = world.browser("dev")
    page = browser.get(f"/items/{ref}/acts", hx=True).text
    url, fields = re.findall(
        r'href="([^"]+)"[^>]*data-act="post" data-fields="([^"]*)"><span class="text">Move to In', page
    )[0]
    name, _, value = fields.partition("=")
    assert browser.post(url, {name: value}, hx=True).status_code == 200
    assert world.order("In progress") == ["Sail"]
