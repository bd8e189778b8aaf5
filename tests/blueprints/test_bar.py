"""What the command bar offers for an item is what its reader may do with it now, and nothing else."""

import html
import re

from tests.builders import World


def acts(world: World, ref: str, by: str) -> list[str]:
    page = world.browser(by).get(f"/items/{ref}/acts", hx=True).text
    return [html.unescape(text) for text in re.findall(r'<span class="text">(.*?)</span>', page)]


def test_each_role_is_offered_what_it_may_do(world: World) -> None:
    ref = world.item("Sail", "Ready")
    ways = ["Open on its own page", "Copy the link"]
    moves = [f"Move to {name}" for name in ("Backlog", "In progress", "Review", "Acceptance", "Done")]
    order = ["To the top of Ready", "To the bottom of Ready"]
    quick = ["Assign me", "Block…", "Ask…", "Labels…"]
    assert acts(world, ref, "olga") == [*quick, *moves, *order, "Move to a place…", "Split…", "Discard…", *ways]
    assert acts(world, ref, "dev") == [*quick, *moves[1:4], "Move to a place…", *ways]
    assert acts(world, ref, "lea") == ["Ask…", *ways]
    assert acts(world, ref, "vic") == ways
    assert world.browser("sam").get(f"/items/{ref}/acts").status_code == 404


def test_they_follow_the_state_of_the_item(world: World) -> None:
    ref = world.item("Sail")
    world.change(ref, "block", "Rain")
    assert "Let it go on" in acts(world, ref, "dev") and "Block…" not in acts(world, ref, "dev")
    world.change(ref, "discard", "No wind")
    assert acts(world, ref, "olga") == ["Restore", "Open on its own page", "Copy the link"]
    assert acts(world, ref, "dev") == ["Open on its own page", "Copy the link"]


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
