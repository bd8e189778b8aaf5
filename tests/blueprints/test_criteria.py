"""Acceptance criteria over HTTP: who writes and who ticks, and what is refused."""

import pytest

from tests.blueprints.undoing import undo
from tests.builders import World, sound


@pytest.fixture
def ref(world: World) -> str:
    """An item in the backlog with two criteria."""
    return world.item("Refunds", criteria=("Within an hour", "In full"), description="Because of the *storm*.")


def test_the_owners_side_writes_criteria(both: World) -> None:
    ref = both.item("Refunds")
    dora = both.browser("dora")
    dora.post(f"/items/{ref}/criteria", {"text": "In full"})
    dora.post(f"/items/{ref}/criteria", {"text": "Quickly"})
    dora.post(f"/items/{ref}/criteria/2", {"text": "Within an hour"})
    dora.post(f"/items/{ref}/criteria/1/remove")
    assert [(c.number, c.text) for c in both.found(ref).criteria] == [(2, "Within an hour")]


def test_of_several_lines_each_is_a_criterion_and_one_undo_takes_all_back(both: World) -> None:
    ref = both.item("Refunds", criteria=("In full",))
    olga, path = both.browser("olga"), f"/items/{ref}/criteria"
    told = olga.post(path, {"text": "- [ ] Within an hour\r\n* By card \r\n\r\n3. In cash"}, hx=True).text
    assert f"3 criteria added to {ref}." in told
    words = ["In full", "Within an hour", "By card", "In cash"]
    assert [c.text for c in both.found(ref).criteria] == words
    assert undo(both).status_code == 200
    assert [c.text for c in both.found(ref).criteria] == words[:1]
    olga.post(path, {"text": "- alone"})
    assert [(c.number, c.text) for c in both.found(ref).criteria][1:] == [(5, "- alone")]
    assert olga.post(path, {"text": f"Short\n{'long ' * 300}"}, hx=True).status_code == 422
    assert len(both.found(ref).criteria) == 2
    assert sound(both)


def test_a_developer_ticks_and_unticks_a_criterion(both: World) -> None:
    ref = both.item("Refunds", criteria=("In full",))
    dev = both.browser("dev")
    html = dev.post(f"/items/{ref}/criteria/1/tick", {"met": "1"}, hx=True).text
    assert 'aria-pressed="true"' in html
    assert "Ticked by Dev" in html
    dev.post(f"/items/{ref}/criteria/1/tick", {"met": "0"})
    assert both.found(ref).criteria[0].met_at is None


def test_an_empty_criterion_is_refused_and_the_form_stays_open(world: World, ref: str) -> None:
    answer = world.browser("olga").post(f"/items/{ref}/criteria/1", {"text": "  "}, hx=True)
    assert answer.status_code == 422
    assert "1 to 1,000 characters" in answer.text


def test_a_criterion_that_is_gone_is_refused_with_a_sentence(world: World, ref: str) -> None:
    answer = world.browser("dev").post(f"/items/{ref}/criteria/77/tick", {"met": "1"}, hx=True)
    assert answer.status_code == 409
    assert "That criterion is gone." in answer.text


@pytest.mark.parametrize("act", ["tick", "remove", ""])
def test_an_old_page_never_meets_a_criterion_that_came_since(both: World, act: str) -> None:
    ref = both.item("Refunds", criteria=("Within an hour", "In full"))
    olga, path = both.browser("olga"), f"/items/{ref}/criteria"
    olga.post(f"{path}/2/remove")
    olga.post(path, {"text": "Without a form"})
    assert olga.post(f"{path}/2/{act}".rstrip("/"), {"met": "1", "text": "Other"}, hx=True).status_code == 409
    assert [(c.number, c.text, c.met_at) for c in both.found(ref).criteria] == [
        (1, "Within an hour", None),
        (3, "Without a form", None),
    ]
    olga.post(f"{path}/1/remove")
    olga.post(f"{path}/3/remove")
    olga.post(path, {"text": "Once more"})
    assert [c.number for c in both.found(ref).criteria] == [4]
    assert sound(both)
