"""Promises on plain objects: which days they may have, how they move, and that the first date is never lost."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanban import clock
from kanban.errors import Forbidden, Invalid, KanbanError, Refused
from kanban.flow.calendar import Calendar
from kanban.models import Cause, Commitment, Event, Item, Milestone, Stakeholder
from kanban.policy import Role
from kanban.reads.logged.promises import STEPS, ReplayedPromises
from kanban.status.promises import PromiseState, Slips, judge, total
from tests.models.conftest import NOON, Team

TODAY = NOON.date()  # a Tuesday
CHRISTMAS = Calendar(frozenset({dt.date(2026, 12, 24), dt.date(2026, 12, 25)}))
ADA = Stakeholder(id=7, product_id=1, name="Ada", email="ada@harbour.example")


def promise(team: Team, subject: Item | Milestone | None = None, **changed: Any) -> Commitment:
    what: dict[str, Any] = {
        "due_on": dt.date(2026, 12, 15),
        "statement": "Refunds",
        "people": [ADA],
        "calendar": CHRISTMAS,
        "is_promised": False,
        "is_finished": False,
        "by": team.owner,
    }
    return Commitment.promise(team.product, subject or team.item(), **(what | changed))


def move(commitment: Commitment, team: Team, day: dt.date, **changed: Any) -> None:
    what: dict[str, Any] = {
        "by": team.owner,
        "cause": Cause.BLOCKED,
        "explanation": "No water",
        "calendar": CHRISTMAS,
        "is_finished": False,
    }
    commitment.change(day, **(what | changed))


def test_a_promise_keeps_its_first_date_and_tells_the_log_whom_it_was_given(team: Team) -> None:
    commitment = promise(team)
    assert (commitment.first_on, commitment.due_on) == (dt.date(2026, 12, 15), dt.date(2026, 12, 15))
    [event] = team.product.recorded
    assert event.kind == "promised"
    assert event.data["stakeholders"] == [7]
    assert "Ada" not in str(event.data)


def test_without_a_statement_the_title_says_what_is_promised(team: Team) -> None:
    assert promise(team, statement=" ").statement == "Refunds"
    milestone = Milestone.make(team.product, "Summer", by=team.owner)
    assert promise(team, milestone, statement="").statement == "Summer"


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (TODAY, "future"),
        (TODAY - dt.timedelta(days=1), "future"),
        (dt.date(2026, 12, 5), "Saturday 5 December 2026. The next working day is Monday 7 December 2026"),
        (dt.date(2026, 12, 24), "Thursday 24 December 2026. The next working day is Monday 28 December 2026"),
        (dt.date(2037, 1, 5), "10 years"),
        (dt.date.max, "10 years"),
    ],
)
def test_a_date_in_the_past_on_a_weekend_or_on_a_closure_is_refused_with_a_sentence(
    team: Team, day: dt.date, said: str
) -> None:
    with pytest.raises(Invalid, match=said) as refusal:
        promise(team, due_on=day)
    assert list(refusal.value.errors) == ["due_on"]
    commitment = promise(team)
    with pytest.raises(Invalid, match=said):
        move(commitment, team, day)
    assert commitment.due_on == dt.date(2026, 12, 15)
    assert commitment.changes == []


def test_the_days_are_those_of_the_products_zone(team: Team) -> None:
    team.product.time_zone = "Pacific/Kiritimati"  # it is Wednesday there already
    with pytest.raises(Invalid, match="future"):
        promise(team, due_on=TODAY + dt.timedelta(days=1))
    assert promise(team, due_on=TODAY + dt.timedelta(days=2)).due_on.day == 26


def test_where_people_work_on_saturdays_a_saturday_can_be_promised(team: Team) -> None:
    weekend = Calendar(frozenset(), frozenset({5, 6}))
    assert promise(team, due_on=dt.date(2026, 12, 5), calendar=weekend).due_on.day == 5
    with pytest.raises(Invalid, match="Saturday 5 December"):
        promise(team, team.item(), due_on=dt.date(2026, 12, 1), calendar=weekend)


def test_a_second_promise_about_the_same_thing_is_refused_and_so_is_one_about_what_is_finished(team: Team) -> None:
    with pytest.raises(Refused, match="already promised"):
        promise(team, is_promised=True)
    with pytest.raises(Refused, match="finished"):
        promise(team, is_finished=True)
    discarded = team.item()
    discarded.discard("Not wanted", by=team.owner)
    with pytest.raises(Refused, match="discarded"):
        promise(team, discarded)


@pytest.mark.parametrize("role", [Role.LEAD, Role.DEVELOPER, Role.VIEWER])
def test_only_the_owners_side_promises(team: Team, role: Role) -> None:
    with pytest.raises(Forbidden):
        promise(team, by=team.members[role])
    with pytest.raises(Forbidden):
        Milestone.make(team.product, "Summer", by=team.members[role])
    commitment = promise(team)
    with pytest.raises(Forbidden):
        move(commitment, team, dt.date(2026, 12, 16), by=team.members[role])
    with pytest.raises(Forbidden):
        commitment.withdraw("So", is_finished=False, by=team.members[role])


def test_a_delegate_promises_on_the_owners_behalf(team: Team) -> None:
    assert promise(team, by=team.members[Role.DELEGATE]).made_by_id == team.members[Role.DELEGATE].user_id


def test_a_change_says_why_and_keeps_the_date_before(team: Team) -> None:
    commitment = promise(team)
    move(commitment, team, dt.date(2027, 1, 4), mitigation="By hand until then")
    [change] = commitment.changes
    assert (change.from_on, change.to_on) == (dt.date(2026, 12, 15), dt.date(2027, 1, 4))
    assert (change.explanation, change.mitigation, change.by_id) == ("No water", "By hand until then", 1)
    assert commitment.first_on == dt.date(2026, 12, 15)


def test_a_change_without_a_sentence_or_to_the_same_day_is_refused(team: Team) -> None:
    commitment = promise(team)
    with pytest.raises(Invalid, match="why"):
        move(commitment, team, dt.date(2027, 1, 4), explanation="  ")
    with pytest.raises(Invalid, match="already"):
        move(commitment, team, commitment.due_on)
    with pytest.raises(Invalid, match="500"):
        move(commitment, team, dt.date(2027, 1, 4), mitigation="x" * 501)
    assert commitment.changes == []
    assert commitment.due_on == dt.date(2026, 12, 15)


def test_the_date_of_what_is_finished_or_withdrawn_moves_no_more(team: Team) -> None:
    commitment = promise(team)
    with pytest.raises(Refused, match="finished"):
        move(commitment, team, dt.date(2027, 1, 4), is_finished=True)
    with pytest.raises(Refused, match="finished"):
        commitment.withdraw("Nobody wants it", is_finished=True, by=team.owner)
    commitment.withdraw("Nobody wants it", is_finished=False, by=team.owner)
    with pytest.raises(Refused, match="withdrawn"):
        move(commitment, team, dt.date(2027, 1, 4))
    with pytest.raises(Refused, match="withdrawn"):
        commitment.withdraw("Again", is_finished=False, by=team.owner)


# Milestones


def test_an_item_joins_a_milestone_and_leaves_it(team: Team) -> None:
    item = team.item()
    summer, winter = (Milestone.make(team.product, name, by=team.owner) for name in ("Summer", "Winter"))
    summer.id, winter.id = 1, 2
    team.product.recorded.clear()
    item.aim_for(summer, is_reached=False, by=team.owner)
    item.aim_for(summer, is_reached=False, by=team.owner)
    item.aim_for(winter, is_reached=False, by=team.owner)
    item.aim_for(None, is_reached=False, by=team.owner)
    assert [(event.data["was_for"], event.data["milestone"]) for event in team.product.recorded] == [
        (None, 1),
        (1, 2),
        (2, None),
    ]


def test_nothing_joins_a_milestone_that_is_reached_or_that_counts(team: Team) -> None:
    reached = Milestone.make(team.product, "Summer", by=team.owner)
    counting = Milestone.make(team.product, "The next five", top=5, by=team.owner)
    reached.id, counting.id = 1, 2
    with pytest.raises(Refused, match="reached"):
        team.item().aim_for(reached, is_reached=True, by=team.owner)
    with pytest.raises(Refused, match="counts"):
        team.item().aim_for(counting, is_reached=False, by=team.owner)
    with pytest.raises(Invalid):
        Milestone.make(team.product, "None", top=0, by=team.owner)


def test_a_milestone_that_was_promised_stays(team: Team) -> None:
    milestone = Milestone.make(team.product, "Summer", by=team.owner)
    with pytest.raises(Refused, match="promised"):
        milestone.remove(is_promised=True, by=team.owner)
    milestone.remove(is_promised=False, by=team.owner)
    assert team.kinds == ["milestone_made", "milestone_removed"]


# Kept or late


@pytest.mark.parametrize(
    ("finished_on", "today", "standing", "late_days"),
    [
        (None, 10, PromiseState.OPEN, 0),
        (None, 15, PromiseState.OPEN, 0),
        (None, 16, PromiseState.LATE, 1),
        (14, 30, PromiseState.KEPT, 0),
        (15, 30, PromiseState.KEPT, 0),
        (18, 30, PromiseState.LATE, 3),
    ],
)
def test_a_promise_is_kept_on_its_day_and_late_after_it(
    finished_on: int | None, today: int, standing: PromiseState, late_days: int
) -> None:
    day = dt.date(2026, 12, finished_on) if finished_on else None
    verdict = judge(dt.date(2026, 12, 15), finished_on=day, today=dt.date(2026, 12, today))
    assert (verdict.standing, verdict.late_days) == (standing, late_days)


def test_slips_are_counted_by_times_and_days_and_added_up() -> None:
    days = [dt.date(2026, 12, day) for day in (1, 11, 20)]
    twice = Slips.of(zip(days, days[1:], strict=False))
    assert twice == Slips(2, 19)
    forward = Slips.of([(days[0], days[1]), (days[1], days[0]), (days[0], dt.date(2026, 11, 1))])
    assert forward == Slips(1, 0), "what came forward counts against it, but never below the first date"
    assert total([twice, forward]) == Slips(3, 19)
    assert total([]) == Slips(0, 0)


# The first date is never lost

_DAYS = st.dates(dt.date(2026, 11, 20), dt.date(2027, 3, 31))
_STEPS = st.one_of(
    st.tuples(st.just("change"), _DAYS, st.sampled_from(Cause), st.sampled_from(("", "Rain", "x" * 501))),
    st.tuples(st.just("withdraw"), st.sampled_from(("", "Nobody wants it"))),
    st.tuples(st.just("wait"), st.integers(1, 30)),
)


@given(first=_DAYS, steps=st.lists(_STEPS, max_size=25), finished=st.booleans())
def test_no_sequence_of_changes_loses_the_first_date(first: dt.date, steps: list[Any], finished: bool) -> None:
    """Whatever is tried, the first date stays, every date it ever had is in the chain, and the log tells the same."""
    with clock.at(NOON) as now:
        team, told = Team(), ReplayedPromises()
        try:
            commitment = promise(team, due_on=first)
        except Invalid:
            return
        dates = [first]
        for number, (verb, *values) in enumerate(steps):
            last = finished and number == len(steps) - 1
            try:
                match verb:
                    case "change":
                        move(commitment, team, values[0], cause=values[1], explanation=values[2], is_finished=last)
                        dates.append(values[0])
                    case "withdraw":
                        commitment.withdraw(values[0], is_finished=last, by=team.owner)
                    case "wait":
                        now.advance(days=values[0])
            except KanbanError:
                pass
            assert commitment.first_on == first
            assert commitment.due_on == dates[-1]
            assert [commitment.first_on, *(change.to_on for change in commitment.changes)] == dates
            assert [change.from_on for change in commitment.changes] == dates[:-1]
            assert all(CHRISTMAS.is_working(date) for date in dates)
        for event in team.product.recorded:
            replay(told, event)
        tale = told.promises[commitment.number]
        assert tale.first_on == first.isoformat()
        assert [to for _, to, *_ in tale.changes] == [date.isoformat() for date in dates[1:]]
        assert (tale.withdrawn is not None) == commitment.is_withdrawn


def replay(told: ReplayedPromises, event: Event) -> None:
    if event.kind in STEPS:
        told.take(event, 1)
