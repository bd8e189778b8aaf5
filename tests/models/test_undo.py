"""Taking a command back, on plain objects: whose, what came after, and each change by its opposite."""

from typing import Any

import pytest

from kanban.clock import MovedClock
from kanban.errors import Forbidden, Refused
from kanban.models import Caution, CommandEvents, Item, ItemUndo, Label, WipMode
from kanban.policy import Role
from tests.models.conftest import NOON, Team


def command(team: Team, noon: MovedClock) -> None:
    """The next command begins, a minute later."""
    noon.advance(minutes=1)
    team.product.version += 1
    team.product.recorded.clear()


def last_command(team: Team, **what: Any) -> CommandEvents:
    """What the command just carried out did, as the log will tell it."""
    version = team.product.version
    return CommandEvents(**{"version": version, "events": tuple(team.product.recorded), "last": version, **what})


@pytest.fixture
def item(team: Team) -> Item:
    item = team.item("Ready")
    team.product.version = 7
    return item


def test_a_pull_goes_back_with_place_clock_and_assignment(team: Team, item: Item, noon: MovedClock) -> None:
    item.move_to(team.place("In progress", rank=99, previous=None), by=team.developer)
    done = last_command(team)
    command(team, noon)
    ItemUndo(item, done, team.developer, team.place("Ready", rank=3)).carry_out()
    assert (item.column.name, item.rank, item.started_at, item.assignees) == ("Ready", 3, None, [])
    assert item.entered_at == NOON
    assert [(entry.kind, entry.data["undoes"]) for entry in team.product.recorded] == [("assigned", 7), ("moved", 7)]


def test_a_finish_goes_back_with_the_block_that_it_closed(team: Team, noon: MovedClock) -> None:
    item = team.item("Review")
    item.block("No test harbour", by=team.developer)
    command(team, noon)
    item.move_to(team.place("Done"), by=team.owner)
    done = last_command(team)
    command(team, noon)
    ItemUndo(item, done, team.owner, team.place("Review")).carry_out()
    (block,) = item.blocks
    assert (block.is_open, block.since, item.finished_at) == (True, NOON, None)


def test_words_go_back_field_by_field(team: Team, item: Item, noon: MovedClock) -> None:
    red, blue = Label(name="red"), Label(name="blue")
    item.labels = [red]
    item.edit({"title": "Other", "type": "bug", "labels": [blue]}, revision=1, by=team.owner)
    done = last_command(team)
    command(team, noon)
    ItemUndo(item, done, team.owner, labels=[red]).carry_out()
    assert (item.title, item.type, item.labels, item.revision) == ("Refunds", "feature", [red], 3)


def test_words_that_somebody_wrote_since_stay(team: Team, item: Item) -> None:
    item.edit({"title": "Other"}, revision=1, by=team.owner)
    done = last_command(team)
    item.title = "Theirs"
    with pytest.raises(Refused, match="has changed since"):
        ItemUndo(item, done, team.owner).carry_out()
    assert item.title == "Theirs"


def test_a_discarded_item_comes_back_into_the_order(team: Team, item: Item, noon: MovedClock) -> None:
    item.discard("No longer wanted", by=team.owner, after=4)
    done = last_command(team)
    command(team, noon)
    ItemUndo(item, done, team.owner, team.place("Ready", rank=3, after=4)).carry_out()
    assert (item.is_discarded, item.discard_reason, item.rank) == (False, None, 3)


def test_a_full_column_refuses_the_way_back_and_one_that_warns_warns(team: Team, item: Item, noon: MovedClock) -> None:
    item.move_to(team.place("In progress"), by=team.owner)
    done = last_command(team)
    command(team, noon)
    ready = team.column("Ready")
    ready.wip_limit, ready.wip_mode = 1, WipMode.REFUSE
    back = ItemUndo(item, done, team.owner, team.place("Ready", occupancy=1))
    with pytest.raises(Refused, match="full"):
        back.carry_out()
    ready.wip_mode = WipMode.WARN
    assert back.carry_out() == [Caution("wip_limit", "Ready holds 2 of 1: over its limit.")]


def test_only_whoever_did_it_takes_it_back(team: Team, item: Item) -> None:
    item.block("No test harbour", by=team.developer)
    with pytest.raises(Refused, match="Only the person who did it"):
        ItemUndo(item, last_command(team), team.owner).carry_out()


@pytest.mark.parametrize(("last", "sentence"), [(9, "has changed since"), (None, "already been undone")])
def test_only_the_last_thing_that_happened_to_it_goes_back(
    team: Team, item: Item, last: int | None, sentence: str
) -> None:
    item.block("No test harbour", by=team.developer)
    with pytest.raises(Refused, match=sentence):
        ItemUndo(item, last_command(team, last=last), team.developer).carry_out()
    assert item.open_blocks


def test_what_was_said_can_not_be_unsaid(team: Team, item: Item) -> None:
    item.comment("So", by=team.owner)
    with pytest.raises(Refused, match="can’t be undone"):
        ItemUndo(item, last_command(team), team.owner).carry_out()


def test_an_undo_is_not_undone(team: Team, item: Item, noon: MovedClock) -> None:
    item.block("No test harbour", by=team.developer)
    done = last_command(team)
    command(team, noon)
    ItemUndo(item, done, team.developer).carry_out()
    assert item.blocks == []
    with pytest.raises(Refused, match="An undo can’t be undone"):
        ItemUndo(item, last_command(team), team.developer).carry_out()


def test_a_right_that_is_gone_takes_nothing_back(team: Team, item: Item) -> None:
    delegate = team.members[Role.DELEGATE]
    item.discard("No longer wanted", by=delegate)
    delegate.role = Role.DEVELOPER
    with pytest.raises(Forbidden):
        ItemUndo(item, last_command(team), delegate, team.place("Ready")).carry_out()
