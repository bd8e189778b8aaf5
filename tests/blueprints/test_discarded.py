"""What was discarded is found again, with its reason, and comes back from there."""

from tests.builders import World


def test_the_owner_finds_what_was_discarded_and_brings_it_back(both: World) -> None:
    for title in ("Paint", "Sail", "Rest"):
        both.item(title)
    both.browser("dora").post("/items/FE-2/discard", {"reason": "No wind"}, hx=True)
    both.browser("olga").post("/items/FE-1/discard", {"reason": "No paint"}, hx=True)
    browser = both.browser("olga")
    assert 'href="/products/FE/discarded"' in browser.get("/products/FE/backlog").text
    page = browser.get("/products/FE/discarded").text
    assert page.index("No paint") < page.index("No wind")
    assert "Dora" in page
    assert "FE-3" not in page
    answer = browser.post("/items/FE-2/restore", {"view": "card"}, hx=True)
    assert "FE-2 is back in Backlog, at the end." in answer.text
    assert "/undo/" in answer.text
    assert both.order() == ["Rest", "Sail"]
    assert "No wind" not in browser.get("/products/FE/discarded", hx=True).text
    assert browser.post("/items/FE-1/restore", {"view": "card"}).status_code == 303


def test_who_may_not_restore_only_reads_it(world: World) -> None:
    world.item("Paint")
    world.change("FE-1", "discard", "No paint")
    for who in ("dev", "lea", "vic"):
        page = world.browser(who).get("/products/FE/discarded").text
        assert "No paint" in page
        assert "/restore" not in page
    assert "/restore" in world.browser("dora").get("/products/FE/discarded").text
    assert world.browser("sam").get("/products/FE/discarded").status_code == 404


def test_an_empty_list_says_what_belongs_there(world: World) -> None:
    assert "Nothing is discarded" in world.browser("olga").get("/products/FE/discarded").text
