"""Moves, on plain objects: who may, what limits answer, what happens to the clock, and the way back."""

import datetime as dt

import pytest

from kanban.clock import MovedClock
from kanban.errors import Forbidden, Refused
from kanban.models import WipMode
from kanban.policy import Role
from tests.models.conftest import NOON, Team


def test_a_developer_who_starts_an_item_is_assigned_and_the_clock_runs(team: Team) -> None:
    item = team.item("Ready")
    item.move_to(team.place("In progress"), by=team.developer)
    assert item.started_at == NOON
    assert item.assignees == [team.developer.user]
    assert team.kinds == ["moved", "assigned"]
    assert item.column.was_used


def test_an_owners_drag_assigns_nobody(team: Team) -> None:
    item = team.item("Ready")
    item.move_to(team.place("In progress"), by=team.owner)
    assert item.assignees == []
    assert team.kinds == ["moved"]


def test_somebody_who_holds_it_already_keeps_it(team: Team) -> None:
    item = team.item("Ready")
    item.assignees = [team.ann]
    item.move_to(team.place("In progress"), by=team.developer)
    assert item.assignees == [team.ann]


def test_dropping_where_it_stands_records_nothing(team: Team) -> None:
    item = team.item("Ready")
    item.move_to(team.place("Ready", rank=item.rank), by=team.owner)
    assert team.kinds == []


@pytest.mark.parametrize("target", ["Ready", "Backlog"])
def test_the_order_before_the_start_is_not_the_developers(team: Team, target: str) -> None:
    item = team.item("Ready")
    with pytest.raises(Forbidden):
        item.move_to(team.place(target), by=team.developer)
    assert team.kinds == []


def test_what_a_developer_puts_back_keeps_its_rank(team: Team) -> None:
    item = team.item("Ready")
    rank = item.rank
    item.move_to(team.place("In progress", rank=rank), by=team.developer)
    item.move_to(team.place("Ready", rank=999), by=team.developer)
    assert item.rank == rank
    assert item.started_at is None


def test_what_a_developer_takes_out_keeps_its_rank(team: Team) -> None:
    item = team.item("Ready")
    rank = item.rank
    item.move_to(team.place("In progress", rank=77, after=3), by=team.developer)
    assert item.rank == rank


def test_a_developers_place_counts_in_progress(team: Team) -> None:
    item = team.item("In progress")
    item.move_to(team.place("Review", rank=77, after=3), by=team.developer)
    assert item.rank == 77
    assert team.product.recorded[0].data["after"] == 3


def test_only_the_owners_side_accepts_where_a_column_accepts(team: Team) -> None:
    item = team.item("Acceptance")
    with pytest.raises(Forbidden):
        item.move_to(team.place("Done"), by=team.developer)
    item.move_to(team.place("Done"), by=team.members[Role.DELEGATE])
    assert item.is_finished


def test_without_an_accepting_column_a_developer_finishes(team: Team) -> None:
    team.column("Acceptance").accepts = False
    item = team.item("Review")
    item.move_to(team.place("Done"), by=team.developer)
    assert item.finished_at == NOON


def test_whoever_accepts_is_told_of_criteria_that_are_not_ticked(team: Team) -> None:
    item = team.item("Acceptance")
    for text in ("Within an hour", "In full"):
        item.add_criterion(text, by=team.owner)
    item.tick(1, met=True, by=team.owner)
    cautions = item.move_to(team.place("Done"), by=team.owner)
    assert [caution.message for caution in cautions] == ["1 of its 2 acceptance criteria is not ticked: In full."]
    assert item.is_finished


def test_of_a_single_criterion_is_not_said_how_many_there_are(team: Team) -> None:
    item = team.item("Acceptance")
    item.add_criterion("In full.", by=team.owner)
    [caution] = item.move_to(team.place("Done"), by=team.owner)
    assert caution.message == "Its acceptance criterion is not ticked: In full."


def test_nobody_is_told_of_criteria_when_all_are_ticked_or_nothing_is_finished(team: Team) -> None:
    item = team.item("Review")
    item.add_criterion("In full", by=team.owner)
    assert item.move_to(team.place("Acceptance"), by=team.owner) == []
    item.tick(1, met=True, by=team.owner)
    assert item.move_to(team.place("Done"), by=team.owner) == []


def test_a_skipped_column_takes_the_date_of_the_next_later_one(team: Team, noon: MovedClock) -> None:
    item = team.item("Ready")
    noon.advance(days=2)
    item.move_to(team.place("Done"), by=team.owner)
    assert item.started_at == item.finished_at == NOON + dt.timedelta(days=2)


def test_reopening_keeps_the_first_start_and_withdraws_the_finish(team: Team, noon: MovedClock) -> None:
    item = team.item("In progress")
    noon.advance(days=3)
    item.move_to(team.place("Done"), by=team.owner)
    noon.advance(days=1)
    item.move_to(team.place("In progress"), by=team.owner)
    assert item.started_at == NOON
    assert item.finished_at is None


def test_going_back_to_the_backlog_clears_the_start(team: Team) -> None:
    item = team.item("In progress")
    item.move_to(team.place("Backlog"), by=team.owner)
    assert item.started_at is None


@pytest.mark.parametrize(
    ("mode", "reason", "answer"),
    [
        (WipMode.OFF, None, "in"),
        (WipMode.WARN, None, "warned"),
        (WipMode.ASK, None, "reason_required"),
        (WipMode.ASK, "the customer is here", "warned"),
        (WipMode.REFUSE, "the customer is here", "wip_limit"),
    ],
)
def test_a_full_column_answers_by_its_mode(team: Team, mode: WipMode, reason: str | None, answer: str) -> None:
    column = team.column("Review")
    column.wip_limit, column.wip_mode = 3, mode
    item = team.item("In progress")
    place = team.place("Review", occupancy=3)
    if answer in ("reason_required", "wip_limit"):
        with pytest.raises(Refused) as refused:
            item.move_to(place, by=team.developer, limit_reason=reason)
        assert refused.value.code == answer
        assert item.column.name == "In progress"
        return
    cautions = item.move_to(place, by=team.developer, limit_reason=reason)
    assert [caution.code for caution in cautions] == (["wip_limit"] if answer == "warned" else [])
    assert ("limit_broken" in team.kinds) == (answer == "warned")


def test_the_question_of_a_full_column_names_the_card(team: Team) -> None:
    column = team.column("Review")
    column.wip_limit, column.wip_mode = 3, WipMode.ASK
    item = team.item("In progress")
    item.title = "Tell " + "everyone " * 30
    with pytest.raises(
        Refused, match=rf"Review is full: 3 of 3\. Say why {item.ref} “Tell everyone .*…” should come"
    ) as it:
        item.move_to(team.place("Review", occupancy=3), by=team.developer)
    assert len(it.value.sentence) < 140


def test_a_full_column_lets_its_own_cards_be_reordered_and_moved_out(team: Team) -> None:
    column = team.column("Review")
    item = team.item("Review")
    column.wip_limit, column.wip_mode = 1, WipMode.REFUSE
    item.move_to(team.place("Review", rank=5, occupancy=4), by=team.developer)
    item.move_to(team.place("In progress", occupancy=0), by=team.developer)
    assert item.column.name == "In progress"


def test_readiness_warns_and_lets_through(team: Team) -> None:
    item = team.item("Ready")
    cautions = item.move_to(team.place("In progress"), by=team.developer)
    assert [caution.code for caution in cautions] == ["no_criteria"]


def test_pulling_past_a_higher_item_is_recorded_with_its_reason(team: Team) -> None:
    item = team.item("Ready")
    item.move_to(team.place("In progress", higher=(4, 5)), by=team.developer, passed_over_reason="needs the test ship")
    passed = next(event for event in team.product.recorded if event.kind == "passed_over")
    assert passed.data == {"items": [4, 5], "reason": "needs the test ship"}


def test_finishing_closes_the_persons_own_block(team: Team) -> None:
    item = team.item("Review")
    item.block("No test harbour", by=team.developer)
    item.move_to(team.place("Done"), by=team.owner)
    assert item.open_blocks == []


def test_a_discarded_item_does_not_move_until_it_is_restored(team: Team) -> None:
    item = team.item("Ready")
    item.discard("Nobody wants it", by=team.owner)
    assert item.rank is None
    with pytest.raises(Refused):
        item.move_to(team.place("In progress"), by=team.owner)
    item.restore(team.place("Ready", rank=3), by=team.owner)
    assert item.rank == 3
    assert item.discarded_at is None


def test_a_full_refusing_column_refuses_create_and_restore_too(team: Team) -> None:
    column = team.column("Ready")
    item = team.item("Ready")
    item.discard("Later", by=team.owner)
    column.wip_limit, column.wip_mode = 1, WipMode.REFUSE
    with pytest.raises(Refused):
        item.restore(team.place("Ready", occupancy=1), by=team.owner)
