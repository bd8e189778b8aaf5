"""Value, effort and the score: given in the panel, shown in the backlog, and an order by score that is only previewed
until somebody says so."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from kanban.models import Item
from kanban.models.score import climbs, sorted_places
from tests.builders import World, sound


def edit(world: World, who: str, ref: str, *, status: int = 200, **fields: Any) -> TestResponse:
    sent = {"revision": str(world.found(ref).revision), "section": "facts", **fields}
    answer = world.browser(who).post(f"/items/{ref}/edit", sent, hx=True)
    assert answer.status_code == status, answer.text
    return answer


def undo_in(html: str) -> str:
    return re.findall(r'action="(/products/FE/undo/\d+)"', html)[0]


def points(world: World, ref: str) -> tuple[int | None, int | None]:
    item = world.found(ref)
    return item.value, item.effort


class TestGiving:
    def test_the_owner_gives_both_and_takes_the_edit_back(self, both: World) -> None:
        ref = both.item("Paint the hull")
        edit(both, "olga", ref, value="5")
        page = edit(both, "dora", ref, effort="2")
        assert points(both, ref) == (5, 2)
        assert "2.5" in page.text
        both.browser("dora").post(undo_in(page.text), hx=True)
        assert points(both, ref) == (5, None)
        edit(both, "olga", ref, value="")
        assert points(both, ref) == (None, None)
        sound(both)

    def test_a_developer_judges_the_effort_but_not_the_value(self, world: World) -> None:
        ref = world.item("Paint the hull")
        edit(world, "dev", ref, effort="3")
        assert points(world, ref) == (None, 3)
        refused = edit(world, "dev", ref, status=403, value="5")
        assert "what an item is worth" in refused.text
        edit(world, "vic", ref, status=403, effort="1")
        edit(world, "sam", ref, status=404, effort="1")
        assert points(world, ref) == (None, 3)
        page = world.browser("dev").get(f"/items/{ref}").text
        assert 'name="effort"' in page
        assert 'name="value"' not in page.replace('name="value" type="hidden"', "")

    @pytest.mark.parametrize("given", ["0", "6", "x", "1.5", "33", "-1", "٣"])
    def test_anything_but_one_to_five_is_told_beside_the_field(self, world: World, given: str) -> None:
        ref = world.item("Paint the hull")
        refused = edit(world, "olga", ref, status=422, value=given)
        assert "from 1 to 5" in refused.text
        assert points(world, ref) == (None, None)

    def test_who_began_before_somebody_else_is_told(self, world: World) -> None:
        ref = world.item("Paint the hull")
        edit(world, "olga", ref, value="4")
        edit(world, "dora", ref, status=409, value="1", revision="1")
        assert points(world, ref) == (4, None)


def five(world: World) -> list[str]:
    """Five items: the first has none of the two, the others 1, 5, 1 and 2.5; with a started one between them."""
    refs = [world.item(title) for title in ("none", "one", "five", "half")]
    world.move(world.item("started", "Ready"), "In progress")
    refs.append(world.item("two", "Ready"))
    for ref, value, effort in zip(refs[1:], "1532", "1131", strict=True):
        edit(world, "olga", ref, value=value, effort=effort)
    return refs


def seen_in(html: str) -> str:
    return re.findall(r'name="seen" value="(\w+)"', html)[0]


def preview(world: World, who: str = "olga", query: str = "") -> str:
    answer = world.browser(who).get(f"/products/FE/scores{query}")
    assert answer.status_code == 200
    return answer.text


def sort(world: World, seen: str, who: str = "olga", **fields: Any) -> TestResponse:
    return world.browser(who).post("/products/FE/scores/sort", {"seen": seen, **fields}, hx=True)


class TestSorting:
    def test_it_is_one_command_with_one_undo_and_what_has_no_score_stays(self, both: World) -> None:
        five(both)
        before, version = both.order(), both.version()
        assert before == ["none", "one", "five", "half", "started", "two"]
        page = preview(both)
        assert both.version() == version
        assert both.order() == before
        answer = sort(both, seen_in(page))
        assert answer.status_code == 200, answer.text
        assert both.order() == ["none", "five", "two", "one", "started", "half"]
        assert both.version() == version + 1
        sound(both)
        both.browser("olga").post(undo_in(answer.text), hx=True)
        assert both.order() == before
        sound(both)

    def test_a_row_tells_how_far_its_score_would_move_it(self, world: World) -> None:
        five(world)
        page = world.browser("vic").get("/products/FE/backlog").text
        assert re.findall(r'<span class="climb" aria-hidden="true">(.*?)</span>', page) == ["↓2", "↑1", "↓1", "↑2"]
        assert "would put it 2 places higher" in page

    def test_only_what_is_marked_or_the_first_ones_are_sorted(self, world: World) -> None:
        refs = five(world)
        page = preview(world, query=f"?items={refs[1]},{refs[4]}")
        assert "five" not in page
        assert sort(world, seen_in(page), items=f"{refs[1]} {refs[4]}").status_code == 200
        assert world.order() == ["none", "two", "five", "half", "started", "one"]
        assert sort(world, seen_in(preview(world, query="?top=3")), top="3").status_code == 200
        assert world.order() == ["none", "five", "two", "half", "started", "one"]

    @pytest.mark.parametrize("change", ["order", "score", "new item"])
    def test_it_is_refused_when_something_changed_since_the_preview(self, world: World, change: str) -> None:
        refs = five(world)
        seen = seen_in(preview(world))
        if change == "order":
            world.browser("dora").post(f"/items/{refs[0]}/move", {"way": "down"}, hx=True)
        elif change == "score":
            edit(world, "dora", refs[1], value="5")
        else:
            world.item("new")
        before = world.order()
        refused = sort(world, seen)
        assert refused.status_code == 409
        assert "changed since you looked" in refused.text
        assert world.order() == before

    def test_a_comment_meanwhile_changes_nothing_about_it(self, world: World) -> None:
        refs = five(world)
        seen = seen_in(preview(world))
        world.change(refs[0], "comment", "Aha")
        assert sort(world, seen).status_code == 200

    def test_the_order_is_the_owners_side_to_sort(self, world: World) -> None:
        five(world)
        seen = seen_in(preview(world, "dora"))
        for who, status in (("dev", 403), ("vic", 403), ("sam", 404)):
            assert world.browser(who).get("/products/FE/scores").status_code == status
            assert sort(world, seen, who).status_code == status
        assert sort(world, seen, "dora").status_code == 200
        assert "Sort by score" not in world.browser("dev").get("/products/FE/backlog").text

    def test_nothing_is_there_to_sort_in_an_empty_backlog(self, world: World) -> None:
        """Script shows the link as soon as there is a row."""
        page = world.browser("olga").get("/products/FE/backlog").text
        assert re.search(r'<a class="btn quiet sorts script-only"[^>]*>.*?Sort by score', page)
        five(world)
        assert '<a class="btn quiet sorts"' in world.browser("olga").get("/products/FE/backlog").text

    def test_what_is_sorted_already_takes_no_version(self, world: World) -> None:
        five(world)
        sort(world, seen_in(preview(world)))
        version = world.version()
        page = preview(world)
        assert "already in the order of their scores" in page
        assert sort(world, seen_in(page)).status_code == 200
        assert world.version() == version

    def test_a_product_without_scores_says_what_to_do(self, world: World) -> None:
        world.item("Paint")
        assert "No scores here yet" in preview(world)

    def test_it_finds_room_when_the_gaps_are_used_up(self, world: World) -> None:
        refs = [world.item(str(number)) for number in range(6)]
        with world.writing() as session:
            for rank, ref in enumerate(refs):
                session.execute(sa.update(Item).where(Item.number == int(ref.partition("-")[2])).values(rank=rank))
        for ref in refs:
            edit(world, "olga", ref, value=str(1 + int(ref.partition("-")[2]) % 5), effort="1")
        assert sort(world, seen_in(preview(world))).status_code == 200
        assert world.order() == ["3", "2", "1", "0", "5", "4"]
        sound(world)


@given(st.lists(st.one_of(st.none(), st.integers(1, 25)), max_size=40))
def test_a_score_moves_only_what_has_one_and_keeps_equal_ones_in_order(scores: list[int | None]) -> None:
    places = sorted_places(scores)
    assert sorted(places) == list(range(len(scores)))
    then = [scores[was] for was in places]
    assert [at for at, each in enumerate(then) if each is None] == [
        at for at, each in enumerate(scores) if each is None
    ]
    known = [(-each, was) for each, was in zip(then, places, strict=True) if each is not None]
    assert known == sorted(known)
    for was, climb in enumerate(climbs(scores)):
        assert (climb is None) is (scores[was] is None)
        assert climb is None or places[was - climb] == was
