"""What may be linked to what: nothing to itself, nothing twice, nothing elsewhere, and never in a circle."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanban.errors import Refused
from kanban.flow.stage import Stage
from kanban.models import Item, LinkKind
from kanban.models.link import a_circle, chain, unfinished_sentence
from tests.models.conftest import Team

NEEDS, SPLIT = LinkKind.NEEDS, LinkKind.SPLIT_FROM


def needs_of(*items: Item) -> dict[int, list[int]]:
    """Who needs whom, as a loader would read it."""
    return {item.number: [link.other.number for link in item.links if link.kind is NEEDS] for item in items}


def test_a_need_is_recorded_on_the_item_that_needs(team: Team) -> None:
    berth, ferry = team.item(title="Berth"), team.item(title="Ferry")
    ferry.link(NEEDS, berth, needs={}, by=team.developer)
    [event] = team.product.recorded
    assert (event.kind, event.item, event.data) == ("linked", ferry, {"link": "needs", "other": berth.number})
    assert [link.other for link in ferry.links] == [berth]
    assert berth.links == []


def test_a_need_taken_away_is_recorded_too(team: Team) -> None:
    berth, ferry = team.item(), team.item()
    ferry.link(NEEDS, berth, needs={}, by=team.owner)
    ferry.unlink(NEEDS, berth, by=team.owner)
    assert team.kinds == ["linked", "unlinked"]
    assert ferry.links == []
    with pytest.raises(Refused, match="That link is gone"):
        ferry.unlink(NEEDS, berth, by=team.owner)


def test_nothing_needs_itself_and_nothing_needs_another_twice(team: Team) -> None:
    berth, ferry = team.item(), team.item()
    with pytest.raises(Refused, match="can’t be linked to itself"):
        ferry.link(NEEDS, ferry, needs={}, by=team.owner)
    ferry.link(NEEDS, berth, needs={}, by=team.owner)
    with pytest.raises(Refused, match="FE-2 already needs FE-1"):
        ferry.link(NEEDS, berth, needs=needs_of(ferry, berth), by=team.owner)
    assert team.kinds == ["linked"]


def test_the_other_end_belongs_to_the_same_product_and_is_not_discarded(team: Team) -> None:
    ferry, elsewhere = team.item(), Team()
    elsewhere.product.id = 2
    foreign = elsewhere.item()
    foreign.product_id, ferry.product_id = 2, 1
    with pytest.raises(Refused, match="same product"):
        ferry.link(NEEDS, foreign, needs={}, by=team.owner)
    gone = team.item()
    gone.discard("Not wanted", by=team.owner)
    with pytest.raises(Refused, match="FE-2 is discarded"):
        ferry.link(NEEDS, gone, needs={}, by=team.owner)
    with pytest.raises(Refused, match="is discarded. Restore it first."):
        gone.link(NEEDS, ferry, needs={}, by=team.owner)


def test_a_circle_is_refused_with_the_chain_that_would_close(team: Team) -> None:
    one, two, three = team.item(), team.item(), team.item()
    two.link(NEEDS, one, needs={}, by=team.owner)
    with pytest.raises(Refused) as refused:
        one.link(NEEDS, two, needs=needs_of(one, two), by=team.owner)
    assert refused.value.sentence == "FE-2 already needs FE-1, so this would be a circle."
    three.link(NEEDS, two, needs=needs_of(one, two), by=team.owner)
    with pytest.raises(Refused) as refused:
        one.link(NEEDS, three, needs=needs_of(one, two, three), by=team.owner)
    assert refused.value.sentence == "FE-3 already needs FE-2, which needs FE-1, so this would be a circle."


def test_a_long_chain_is_told_by_its_beginning_and_its_end(team: Team) -> None:
    items = [team.item() for _ in range(9)]
    for needed, item in zip(items, items[1:], strict=False):
        item.link(NEEDS, needed, needs=needs_of(*items), by=team.owner)
    with pytest.raises(Refused) as refused:
        items[0].link(NEEDS, items[-1], needs=needs_of(*items), by=team.owner)
    assert refused.value.sentence.startswith("FE-9 already needs FE-8, which needs FE-7")
    assert refused.value.sentence.endswith("and so on to FE-1, so this would be a circle.")


def test_an_item_is_split_from_one_other_whatever_that_needs(team: Team) -> None:
    whole, half, other = team.item(), team.item(), team.item()
    whole.link(NEEDS, half, needs={}, by=team.owner)
    half.link(SPLIT, whole, needs=needs_of(whole), by=team.owner)
    assert team.product.recorded[-1].data == {"link": "split_from", "other": whole.number}
    with pytest.raises(Refused, match="FE-2 was already split from FE-1"):
        half.link(SPLIT, other, needs={}, by=team.owner)


def test_an_item_has_a_bounded_number_of_links(team: Team) -> None:
    item, others = team.item(), [team.item() for _ in range(101)]
    for other in others[:100]:
        item.link(NEEDS, other, needs={}, by=team.owner)
    with pytest.raises(Refused, match="at most 100 links"):
        item.link(NEEDS, others[100], needs={}, by=team.owner)


@pytest.mark.parametrize("column", ["In progress", "Review", "Done"])
def test_starting_what_needs_something_unfinished_warns(team: Team, column: str) -> None:
    item = team.item()
    cautions = item.move_to(team.place(column, unfinished=(7,)), by=team.owner)
    assert ("needs_unfinished", "It needs FE-7, which is not finished.") in [(c.code, c.message) for c in cautions]


def test_going_on_or_back_does_not_warn_again(team: Team) -> None:
    item = team.item("In progress")
    assert item.column.stage is Stage.DOING
    for column in ("Review", "Ready", "Backlog"):
        cautions = item.move_to(team.place(column, unfinished=(7,)), by=team.owner)
        assert "needs_unfinished" not in [caution.code for caution in cautions]


def test_several_unfinished_ones_are_named_as_far_as_one_can_take_in() -> None:
    assert unfinished_sentence(["FE-1", "FE-2"]) == "It needs FE-1 and FE-2, which are not finished."
    many = [f"FE-{n}" for n in range(1, 9)]
    assert unfinished_sentence(many) == "It needs FE-1, FE-2, FE-3, FE-4, FE-5 and 3 more, which are not finished."


pairs = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8), st.booleans()), max_size=60)


@given(pairs)
@settings(max_examples=150, deadline=None)
def test_no_sequence_of_linkings_makes_a_circle(steps: list[tuple[int, int, bool]]) -> None:
    """Whatever is linked and taken away in whatever order; what is refused would have closed one, or is no new link."""
    team = Team()
    items = {number: team.item() for number in range(1, 9)}
    for first, second, away in steps:
        before = needs_of(*items.values())
        try:
            if away:
                items[first].unlink(NEEDS, items[second], by=team.owner)
            else:
                items[first].link(NEEDS, items[second], needs=before, by=team.owner)
        except Refused:
            closes = a_circle({**before, first: [*before[first], second]})
            assert away or closes or second in before[first]
        assert a_circle(needs_of(*items.values())) == []


@given(st.dictionaries(st.integers(1, 9), st.lists(st.integers(1, 9), max_size=4), max_size=9))
@settings(max_examples=200, deadline=None)
def test_a_circle_that_is_found_is_one_and_one_that_is_there_is_found(needs: dict[int, list[int]]) -> None:
    circle = a_circle(needs)
    assert all(following in needs[number] for number, following in zip(circle, circle[1:], strict=False))
    assert not circle or circle[0] == circle[-1]
    goes_round = any(chain(needs, need, number) for number, their in needs.items() for need in their)
    assert bool(circle) == goes_round
