"""References such as FE-2 in what people write lead to their items."""

import pytest

from tests.builders import World


@pytest.mark.parametrize("path", ["/items/FE-2", "/questions"])
def test_what_is_written_leads_to_the_items_it_names(both: World, path: str) -> None:
    both.item("First")
    ref = both.item("Second", "In progress")
    both.change(ref, "comment", "After FE-1, before FE-9")
    both.ask(ref, "Is FE-1 needed?", by="dev")
    page = both.browser("olga").get(path).text
    named = page.count('<a href="/items/FE-1" data-panel=""')
    assert named == (2 if path.startswith("/items") else 1)
    assert 'href="/items/FE-9"' not in page, "there is no such item yet"


def test_a_description_and_its_preview_do_too(world: World) -> None:
    ref = world.item("First", description="As in FE-1 and OTHER-1")
    olga = world.browser("olga")
    shown = olga.get(f"/items/{ref}").text
    assert '<a href="/items/FE-1" data-panel=""' in shown and "/items/OTHER-1" not in shown
    preview = olga.post(f"/items/{ref}/preview", {"description": "See FE-1"}, hx=True).text
    assert '<a href="/items/FE-1" data-panel=""' in preview
