"""An item's text, people, criteria, blocks, parts and leaving, on plain objects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanban.clock import MovedClock
from kanban.errors import Forbidden, Invalid, Refused, Stale
from kanban.models import Item, ItemType, Label, User
from kanban.policy import Role
from tests.models.conftest import NOON, Team

# Coming in


def test_numbers_count_up_and_are_never_given_twice(team: Team) -> None:
    first, second = team.item(title="One"), team.item(title="Two")
    second.discard("Not wanted", by=team.owner)
    assert [first.ref, second.ref, team.item(title="Three").ref] == ["FE-1", "FE-2", "FE-3"]


def test_a_developers_item_comes_into_the_backlog_only(team: Team) -> None:
    Item.create(team.product, "Found on the way", team.place("Backlog"), by=team.developer)
    with pytest.raises(Forbidden):
        Item.create(team.product, "Found on the way", team.place("Ready"), by=team.developer)


@pytest.mark.parametrize("role", [Role.LEAD, Role.VIEWER])
def test_who_may_not_create_makes_no_item(team: Team, role: Role) -> None:
    with pytest.raises(Forbidden):
        Item.create(team.product, "Wish", team.place("Backlog"), by=team.members[role])
    assert team.product.next_item == 1


def test_an_item_made_in_progress_has_started(team: Team) -> None:
    assert team.item("Backlog").started_at is None
    assert team.item("In progress").started_at == NOON
    assert team.item("Done").finished_at == NOON


# Text


@given(st.text(max_size=400))
def test_a_title_is_one_tidy_line_or_refused(text: str) -> None:
    item = Team().item()
    tidy = " ".join(text.replace("\x00", "").split())
    if not tidy or len(tidy) > 300:
        with pytest.raises(Invalid):
            item.title = text
        assert item.title == "Refunds"
    else:
        item.title = text
        assert item.title == tidy
        assert "\n" not in item.title


def test_an_edit_records_what_was_and_what_is(team: Team) -> None:
    item = team.item()
    item.edit({"title": "Refund a ticket", "type": ItemType.BUG, "size": "M"}, revision=1, by=team.developer)
    assert item.revision == 2
    assert team.product.recorded[0].data["changes"] == {
        "title": ["Refunds", "Refund a ticket"],
        "type": ["feature", "bug"],
        "size": ["", "M"],
    }


def test_an_edit_with_the_same_words_is_none(team: Team) -> None:
    item = team.item()
    item.edit({"title": "  Refunds "}, revision=1, by=team.owner)
    assert (item.revision, team.kinds) == (1, [])


def test_an_edit_from_an_old_text_is_refused_with_the_text_of_now(team: Team) -> None:
    item = team.item()
    item.edit({"title": "Theirs"}, revision=1, by=team.owner)
    with pytest.raises(Stale) as refused:
        item.edit({"title": "Mine"}, revision=1, by=team.developer)
    assert refused.value.current["title"] == "Theirs"
    assert refused.value.current["revision"] == 2
    assert item.title == "Theirs"


def test_labels_are_a_set_whose_change_is_recorded(team: Team) -> None:
    item = team.item()
    item.edit({"labels": [Label(name="money"), Label(name="Harbour")]}, revision=1, by=team.owner)
    assert team.product.recorded[0].data["changes"]["labels"] == [[], ["Harbour", "money"]]


@pytest.mark.parametrize("name", ["", " ", "a,b", "x" * 41])
def test_a_label_is_a_short_word(name: str) -> None:
    with pytest.raises(Invalid):
        Label(name=name)


# People


def test_assigning_the_same_people_again_is_nothing(team: Team) -> None:
    item = team.item()
    item.assign([team.ann], by=team.owner)
    team.product.recorded.clear()
    item.assign([team.ann], by=team.owner)
    assert team.kinds == []


def test_twenty_people_at_most_hold_one_item(team: Team) -> None:
    crowd = [User(id=number, email=f"p{number}@example.org", name=f"P{number}") for number in range(10, 31)]
    with pytest.raises(Refused):
        team.item().assign(crowd, by=team.owner)


# Criteria


def test_criteria_keep_their_numbers_when_one_goes(team: Team) -> None:
    item = team.item()
    for text in ("One", "Two", "Three"):
        item.add_criterion(text, by=team.owner)
    item.remove_criterion(2, by=team.owner)
    assert item.add_criterion("Four", by=team.owner).number == 4
    assert [criterion.number for criterion in item.criteria] == [1, 3, 4]


def test_other_words_take_the_tick_back(team: Team) -> None:
    item = team.item()
    item.add_criterion("Within an hour", by=team.owner)
    item.tick(1, met=True, by=team.developer)
    assert (item.criteria[0].met_at, item.criteria[0].met_by_id) == (NOON, team.developer.user_id)
    item.change_criterion(1, "Within two hours", by=team.owner)
    assert item.criteria[0].met_at is None


def test_ticking_twice_records_once(team: Team) -> None:
    item = team.item()
    item.add_criterion("Within an hour", by=team.owner)
    team.product.recorded.clear()
    item.tick(1, met=True, by=team.developer)
    item.tick(1, met=True, by=team.owner)
    assert team.kinds == ["criterion_met"]
    assert item.criteria[0].met_by_id == team.developer.user_id


def test_a_hundred_criteria_are_enough(team: Team) -> None:
    item = team.item()
    for number in range(100):
        item.add_criterion(f"Criterion {number}", by=team.owner)
    with pytest.raises(Refused):
        item.add_criterion("One more", by=team.owner)


# Parts


def test_parts_go_one_level_deep(team: Team) -> None:
    whole, part, other = team.item(title="Whole"), team.item(title="Part"), team.item(title="Other")
    part.make_part_of(whole, has_parts=False, by=team.owner)
    assert part.part_of_id == whole.id
    with pytest.raises(Refused):
        other.make_part_of(part, has_parts=False, by=team.owner)
    with pytest.raises(Refused):
        whole.make_part_of(other, has_parts=True, by=team.owner)
    with pytest.raises(Refused):
        whole.make_part_of(whole, has_parts=False, by=team.owner)


# Blocked


def test_a_block_needs_a_reason_and_stands_once(team: Team) -> None:
    item = team.item("In progress")
    with pytest.raises(Invalid):
        item.block("  ", by=team.developer)
    item.block("No  contract", waiting_for="the bank", by=team.developer)
    assert (item.open_blocks[0].reason, item.open_blocks[0].waiting_for) == ("No contract", "the bank")
    with pytest.raises(Refused):
        item.block("Another reason", by=team.owner)


def test_a_block_leaves_the_start_alone(team: Team, noon: MovedClock) -> None:
    item = team.item("In progress")
    item.block("No contract", by=team.developer)
    noon.advance(days=4)
    assert item.started_at == NOON
    item.unblock(by=team.developer)
    assert item.blocks[0].until == NOON.replace(day=28)
    assert not item.open_blocks


def test_a_finished_item_can_not_be_blocked_or_discarded(team: Team) -> None:
    item = team.item("Done")
    with pytest.raises(Refused):
        item.block("Why", by=team.owner)
    with pytest.raises(Refused):
        item.discard("Why", by=team.owner)


# Leaving and coming back


def test_a_discarded_item_has_no_rank_and_takes_no_change(team: Team) -> None:
    item = team.item()
    item.block("No contract", by=team.owner)
    item.discard("Nobody asked for it", by=team.owner)
    assert item.rank is None
    assert not item.open_blocks
    changes = [
        lambda: item.edit({"title": "Other"}, revision=1, by=team.owner),
        lambda: item.assign([team.ann], by=team.owner),
        lambda: item.add_criterion("More", by=team.owner),
        lambda: item.block("Again", by=team.owner),
        lambda: item.move_to(team.place("Ready"), by=team.owner),
        lambda: item.discard("Again", by=team.owner),
    ]
    for change in changes:
        with pytest.raises(Refused):
            change()


def test_restored_it_stands_in_its_column_again(team: Team) -> None:
    item = team.item("Ready")
    item.discard("Nobody asked for it", by=team.owner)
    item.restore(team.place("Ready", rank=50), by=team.owner)
    assert (item.rank, item.is_discarded, item.discard_reason) == (50, False, None)
    with pytest.raises(Refused):
        item.restore(team.place("Ready"), by=team.owner)


# Talk


def test_a_comment_has_words(team: Team) -> None:
    item = team.item()
    for body in ("", " \n ", "x" * 20_001):
        with pytest.raises(Invalid):
            item.comment(body, by=team.developer)
    assert item.comment(" Hello\x00\r\nyou ", by=team.developer).body == "Hello\nyou"
    assert team.kinds == ["commented"]
