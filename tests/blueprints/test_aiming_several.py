"""The milestone of several items of the backlog at once: one that is there, a new one, or none; all or none of them."""

import re
from typing import Any

import pytest

from tests.builders import World, sound

AIM = "/products/FE/milestones/items"


@pytest.fixture
def three(both: World) -> World:
    """One to Three, FE-1 to FE-3; One belongs to Winter."""
    for title in ("One", "Two", "Three"):
        both.item(title)
    both.browser("olga").post("/products/FE/milestones", {"name": "Winter", "kind": "set", "items": "FE-1"})
    return both


def aim(world: World, refs: str, *, who: str = "olga", status: int = 200, **fields: Any) -> str:
    answer = world.browser(who).post(AIM, {"items": refs, **fields}, hx=True)
    assert answer.status_code == status, answer.text
    return answer.text


def belongings(world: World) -> list[str]:
    """Of each item on the backlog, from the top: the milestone that its row names."""
    rows = re.findall(r'<li class="row.*?</li>', world.browser("olga").get("/products/FE/backlog").text, re.DOTALL)
    return ["".join(re.findall(r'<span class="tag aim".*?</svg>([^<]*)', row)) for row in rows]


def test_several_join_a_milestone_in_one_command_with_one_undo(three: World) -> None:
    version = three.version()
    assert "2 items belong to Winter now." in aim(three, "FE-2 fe-3", milestone="1")
    assert belongings(three) == ["Winter"] * 3
    assert three.version() == version + 1
    assert three.browser("olga").post(f"/products/FE/undo/{version + 1}", hx=True).status_code == 200
    assert belongings(three) == ["Winter", "", ""]
    sound(three)


def test_a_name_makes_a_milestone_of_them_whatever_is_chosen_beside_it(three: World) -> None:
    told = aim(three, "FE-1 FE-2", milestone="1", name="Spring")
    assert "2 items belong to Spring now." in told and "undo" not in told
    assert belongings(three) == ["Spring", "Spring", ""]
    sound(three)


def test_several_leave_theirs_and_nothing_is_said_to_have_changed_where_nothing_did(three: World) -> None:
    assert "2 items belong to no milestone now." in aim(three, "FE-1 FE-2", milestone="")
    assert belongings(three) == ["", "", ""]
    version = three.version()
    assert "Nothing changed." in aim(three, "FE-1 FE-2", milestone="")
    assert three.version() == version


def test_the_form_offers_what_items_can_join_the_newest_first(three: World) -> None:
    olga = three.browser("olga")
    olga.post("/products/FE/milestones", {"name": "The next two", "kind": "top", "top": "2"})
    olga.post("/products/FE/milestones", {"name": "Later", "kind": "set", "items": ""})
    form = olga.get(f"{AIM}?items=FE-2+FE-3", hx=True).text
    assert "Milestone of 2 items" in form
    offered = re.findall(r'name="milestone" value="(\d*)"( checked)?', form)
    assert offered == [("3", " checked"), ("1", ""), ("", "")]
    assert "The next two" not in form


def test_a_wrong_form_comes_back_with_what_was_typed_and_changes_nothing(three: World) -> None:
    version = three.version()
    assert "Choose one item or more." in aim(three, "", status=422, milestone="1")
    assert "is no item of this product" in aim(three, "FE-1 HR-9", status=422, milestone="1")
    assert "needs 1 to 120 characters" in aim(three, "FE-1", status=422, name="W" * 121)
    assert three.browser("olga").post(AIM, {"items": "FE-1", "milestone": "9"}).status_code == 404
    assert (belongings(three), three.version()) == (["Winter", "", ""], version)


@pytest.mark.parametrize(("who", "status"), [("dora", 200), ("lea", 403), ("dev", 403), ("vic", 403), ("sam", 404)])
def test_only_the_owners_side_says_what_belongs_together(three: World, who: str, status: int) -> None:
    aim(three, "FE-2", who=who, status=status, milestone="1")
    assert ("Milestone for several" in three.browser(who).get("/products/FE/backlog").text) == (status == 200)


def test_the_items_of_a_milestone_may_be_typed_with_any_of_the_usual_marks_between_them(three: World) -> None:
    made = {"name": "All", "kind": "set", "items": "FE-1; FE-2,fe-3"}
    assert three.browser("olga").post("/products/FE/milestones", made).status_code == 303
    assert belongings(three) == ["All"] * 3
