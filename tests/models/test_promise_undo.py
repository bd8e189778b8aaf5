"""Undoing what was done to a promise, on plain objects: what comes back, what is too late, and what the log tells."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanban import clock
from kanban.clock import MovedClock
from kanban.errors import Forbidden, KanbanError, Refused
from kanban.models import PROMISE_ACTS, Cause, Commitment, Event, PromiseUndo, Spread
from kanban.policy import Role
from kanban.reads.logged.promises import ReplayedPromises
from tests.models.conftest import NOON, Team
from tests.models.test_commitment import move, promise, replay

LATER = dt.date(2027, 1, 4)


def undo(team: Team, commitment: Commitment | None, event: Event, **spread: Any) -> Commitment:
    how = {"last": event.version} | spread
    return PromiseUndo(commitment, event, Spread(**how), team.owner).carry_out()


def done(team: Team, kind: str) -> tuple[Commitment, Event]:
    """A promise to which this was the last thing done, and its log entry."""
    commitment = promise(team)
    if kind == "promise_changed":
        move(commitment, team, LATER)
    if kind == "promise_withdrawn":
        commitment.withdraw("Nobody wants it", is_finished=False, by=team.owner)
    return commitment, team.product.recorded[-1]


def told(commitment: Commitment) -> tuple[Any, ...]:
    changes = [(change.from_on, change.to_on, change.cause, change.explanation) for change in commitment.changes]
    return commitment.first_on, commitment.due_on, changes, commitment.withdrawn_at, commitment.withdrawn_reason


def test_a_new_date_that_is_undone_leaves_no_slip_and_the_log_has_both(team: Team) -> None:
    commitment, event = done(team, "promise_changed")
    undo(team, commitment, event)
    assert (commitment.due_on, commitment.changes) == (dt.date(2026, 12, 15), [])
    assert team.kinds == ["promised", "promise_changed", "promise_undone"]
    data = team.product.recorded[-1].data
    assert (data["what"], data["undoes"], data["due_on"]) == ("promise_changed", event.version, "2026-12-15")


def test_a_withdrawal_that_is_undone_leaves_the_promise_as_it_was(team: Team) -> None:
    commitment = promise(team)
    before = told(commitment)
    commitment.withdraw("Nobody wants it", is_finished=False, by=team.owner)
    undo(team, commitment, team.product.recorded[-1])
    assert told(commitment) == before


def test_the_number_of_a_promise_that_is_undone_is_not_used_again(team: Team) -> None:
    commitment, event = done(team, "promised")
    undo(team, commitment, event)
    assert promise(team).number == commitment.number + 1


@pytest.mark.parametrize("kind", PROMISE_ACTS)
@pytest.mark.parametrize(
    ("spread", "said"),
    [
        ({"last": None}, "already been undone"),
        ({"last": 9}, "has changed since"),
        ({"told_in": 3, "told_to": ("Ada",)}, "It may have been told to Ada in update 3. .+ instead"),
        ({"told_in": 3, "told_to": ("Ada",), "is_notice": True}, "It was already told to Ada in update 3. .+ instead"),
        ({"told_in": 3, "told_to": ("Ada", "Bo", "Cy", "Di", "Ed")}, "told to Ada, Bo, Cy and 2 more in update 3"),
        ({"told_in": 3}, "Update 3 has been published since. .+ instead"),
        ({"is_kept": True}, "forecast has been stored with it. .+ instead"),
        ({"drafted_in": 3}, "Update 3 is being written to tell of it"),
    ],
)
def test_what_was_told_or_has_changed_is_refused_with_one_sentence_and_nothing_changes(
    team: Team, kind: str, spread: dict[str, Any], said: str
) -> None:
    commitment, event = done(team, kind)
    before, kinds = told(commitment), team.kinds
    with pytest.raises(Refused, match=said):
        undo(team, commitment, event, **spread)
    assert (told(commitment), team.kinds) == (before, kinds)


@pytest.mark.parametrize("kind", PROMISE_ACTS)
def test_on_the_next_day_of_the_product_it_is_too_late(team: Team, kind: str, noon: MovedClock) -> None:
    team.product.time_zone = "Pacific/Auckland"  # it is one in the morning there
    commitment, event = done(team, kind)
    noon.advance(hours=23)
    with pytest.raises(Refused, match="only be undone on the same day"):
        undo(team, commitment, event)


@pytest.mark.parametrize("kind", PROMISE_ACTS)
def test_only_whoever_did_it_and_may_promise_still_undoes_it(team: Team, kind: str) -> None:
    commitment, event = done(team, kind)
    delegate = team.members[Role.DELEGATE]
    with pytest.raises(Refused, match="Only the person who did it"):
        PromiseUndo(commitment, event, Spread(event.version), delegate).carry_out()
    event.actor_id = team.developer.user_id
    with pytest.raises(Forbidden):
        PromiseUndo(commitment, event, Spread(event.version), team.developer).carry_out()


def test_a_withdrawn_promise_does_not_come_back_beside_another_one(team: Team) -> None:
    commitment, event = done(team, "promise_withdrawn")
    with pytest.raises(Refused, match="made about it since"):
        undo(team, commitment, event, is_promised=True)


def test_a_promise_that_is_gone_was_undone(team: Team) -> None:
    _, event = done(team, "promised")
    with pytest.raises(Refused, match="already been undone"):
        undo(team, None, event, last=None)


# Whatever is done and undone

_DAYS = st.dates(dt.date(2026, 11, 20), dt.date(2027, 3, 31))
_STEPS = st.one_of(
    st.tuples(st.just("change"), _DAYS),
    st.tuples(st.just("withdraw"), st.just(None)),
    st.tuples(st.just("undo"), st.just(None)),
)


@given(steps=st.lists(_STEPS, max_size=20))
def test_what_is_undone_is_as_if_it_had_never_been_and_the_log_says_the_same(steps: list[tuple[str, Any]]) -> None:
    with clock.at(NOON) as now:
        team, log = Team(), ReplayedPromises()
        commitment: Commitment | None = promise(team)
        stood: list[tuple[Event, tuple[Any, ...] | None]] = [(team.product.recorded[-1], None)]
        for verb, value in steps:
            now.advance(minutes=1)
            team.product.version += 1
            try:
                match verb:
                    case "change" if commitment is not None:
                        before = told(commitment)
                        move(commitment, team, value, cause=Cause.PEOPLE)
                        stood.append((team.product.recorded[-1], before))
                    case "withdraw" if commitment is not None:
                        before = told(commitment)
                        commitment.withdraw("So", is_finished=False, by=team.owner)
                        stood.append((team.product.recorded[-1], before))
                    case "undo" if stood:
                        event, was = stood.pop()
                        undo(team, commitment, event)
                        if was is None:
                            commitment = None
                        else:
                            assert commitment is not None
                            assert told(commitment) == was
            except KanbanError:
                pass
        for event in team.product.recorded:
            replay(log, event)
        if commitment is None:
            assert log.promises == {}
            return
        [tale] = log.promises.values()
        assert (tale.due_on, tale.withdrawn) == (commitment.due_on.isoformat(), commitment.withdrawn_reason)
        assert [to for _, to, *_ in tale.changes] == [change.to_on.isoformat() for change in commitment.changes]


@pytest.mark.parametrize(
    ("kinds", "what"),
    [
        (["promised", "promise_changed"], "promised"),
        (["promised"], "promise_changed"),
        (["promised", "promise_changed", "promise_withdrawn"], "promise_changed"),
        (["promised"], "promise_withdrawn"),
    ],
)
def test_the_log_does_not_believe_an_undo_of_what_was_not_the_last_thing(
    team: Team, kinds: list[str], what: str
) -> None:
    log, commitment = ReplayedPromises(), promise(team)
    if "promise_changed" in kinds:
        move(commitment, team, LATER)
    if "promise_withdrawn" in kinds:
        commitment.withdraw("So", is_finished=False, by=team.owner)
    for event in team.product.recorded:
        replay(log, event)
    told_so = {"commitment": commitment.number, "what": what, "due_on": commitment.due_on.isoformat(), "undoes": 1}
    with pytest.raises(ValueError, match="last thing"):
        log.take(Event(kind="promise_undone", data=told_so), 1)
