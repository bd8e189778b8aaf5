"""What the silence on a question costs: the order of any queue, as properties."""

import datetime as dt
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from kanban import clock
from kanban.models import Question, QuestionState
from kanban.reads.questions.cost import PLACES, Cost, Place, cost_of, place_of
from tests.models.conftest import NOON

DAYS = st.none() | st.dates(dt.date(2026, 11, 20), dt.date(2026, 11, 30))
INSTANTS = st.datetimes(dt.datetime(2026, 11, 1), dt.datetime(2026, 11, 24), timezones=st.just(dt.UTC))  # noqa: DTZ001


@dataclass(frozen=True)
class Asked:
    """A question with the dates of its item."""

    question: Question
    started: bool
    finished: bool
    promised_on: dt.date | None
    cost: Cost
    place: Place


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    until = draw(DAYS)
    question = Question(
        id=draw(st.integers(1, 10_000)),
        state=draw(st.sampled_from(QuestionState)),
        blocking=until is None and draw(st.booleans()),
        needed_by=draw(DAYS),
        assumption="Two hours" if until else None,
        assumed_until=until,
        asked_at=draw(INSTANTS),
    )
    started = draw(st.booleans())
    finished = started and draw(st.booleans())
    with clock.at(NOON):
        cost = cost_of(
            question,
            started_at=NOON if started else None,
            finished_at=NOON if finished else None,
            time_zone="UTC",
        )
    promised_on = draw(DAYS)
    place = place_of(
        cost,
        promised_on=promised_on,
        needed_by=question.needed_by,
        assumed_until=until,
        asked_at=question.asked_at,
        number=question.id,
    )
    return Asked(question, started, finished, promised_on, cost, place)


@given(st.lists(asked(), min_size=2, max_size=8, unique_by=lambda one: one.question.id))
def test_what_stops_started_work_comes_first_by_its_promise_then_what_blocks_then_age(queue: list[Asked]) -> None:
    ordered = sorted(queue, key=lambda one: one.place)
    for before, after in zip(ordered, ordered[1:], strict=False):
        assert PLACES[before.cost] <= PLACES[after.cost]
        if before.cost is after.cost is Cost.STOPS:
            assert (before.promised_on or dt.date.max) <= (after.promised_on or dt.date.max)
        is_aged = before.cost is Cost.BLOCKS or (before.cost is Cost.STOPS and before.promised_on == after.promised_on)
        if before.cost is after.cost and is_aged:
            assert before.question.asked_at <= after.question.asked_at


@given(asked())
def test_only_an_open_blocking_question_on_unfinished_work_costs_work(one: Asked) -> None:
    is_open = one.question.state is QuestionState.OPEN
    stops = is_open and one.question.blocking and one.started and not one.finished
    assert (one.cost is Cost.STOPS) == stops
    assert (one.cost is Cost.BLOCKS) == (is_open and one.question.blocking and not one.started)
    assert (one.cost is Cost.NONE) == (one.question.state in (QuestionState.ACCEPTED, QuestionState.WITHDRAWN))


@given(asked())
def test_an_assumption_stands_from_the_day_after_its_own_for_as_long_as_nobody_answers(one: Asked) -> None:
    until = one.question.assumed_until
    passed = until is not None and until < NOON.date()
    assert (one.cost is Cost.ASSUMED) == (passed and one.question.state is QuestionState.OPEN)
