"""What an order of the queue means for promises, for any order: rules that need neither a database nor a request."""

import datetime as dt
from collections.abc import Sequence
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from kanban.flow.age import Age
from kanban.flow.calendar import Calendar
from kanban.flow.draws import Model
from kanban.flow.forecast import draw
from kanban.flow.product_forecast import Dates, Forecast, Reach
from kanban.flow.sample import Sample
from kanban.status.health import WORST_FIRST
from kanban.status.outlook import Ahead, Given, Outlook, Queued, Started, Turn, aims, by_row, outlooks, turns, worst

TODAY = dt.date(2026, 11, 24)
CYCLE_TIMES = (1, 2, 2, 3, 3, 4, 4, 5, 6, 8, 9, 12)
MILESTONES = (1, 2, 3)

milestones = st.sampled_from((None, *MILESTONES))
queues = st.lists(milestones, min_size=1, max_size=12).map(
    lambda found: [Queued(number, milestone) for number, milestone in enumerate(found, 1)]
)
started = st.lists(st.tuples(milestones, st.integers(1, 12)), max_size=4).map(
    lambda found: [Started(number, milestone, Age(days)) for number, (milestone, days) in enumerate(found, 101)]
)
days = st.integers(1, 60).map(lambda number: TODAY + dt.timedelta(days=number))
healths = st.sampled_from(WORST_FIRST)


@cache
def forecast() -> Forecast:
    """A product that has finished an item on most days of thirteen weeks."""
    counts = (1, 0, 1, 2, 1, 0, 0) * 13
    sample = Sample(counts, TODAY - dt.timedelta(days=len(counts)), TODAY - dt.timedelta(days=1), 0)
    futures = draw(sample, Model(seed=7), TODAY, positions=32, calendar=Calendar())
    items = futures.done_curves(CYCLE_TIMES)
    assert items is not None
    return Forecast(TODAY, Calendar(), sample, Model(seed=7), CYCLE_TIMES, futures.curves().kept(), items.kept())


def judged(promises: Sequence[Given], queue: Sequence[Queued], begun: Sequence[Started] = ()) -> dict[int, Outlook]:
    rows, sets = forecast().of_queue(len(queue), len(begun)), forecast().of_sets(len(queue), len(begun))
    ahead = Ahead("FE", forecast(), len(begun), tuple(rows or ()), tuple(sets or ()), ())
    return {each.number: each for each in outlooks(ahead, promises, queue, begun)}


def of_milestone(number: int, due_on: dt.date = TODAY) -> Given:
    return Given(number, due_on, None, milestone_id=number, milestone=number)


def of_item(number: int, due_on: dt.date = TODAY) -> Given:
    return Given(number, due_on, item_id=number, milestone_id=None, milestone=None, item=number)


def sure(outlook: Outlook) -> dt.date:
    return (outlook.dates and outlook.dates.sure) or dt.date.max


@given(queues, started)
def test_a_promised_milestone_reaches_as_far_as_its_aim(queue: list[Queued], begun: list[Started]) -> None:
    found = judged([of_milestone(number) for number in MILESTONES], queue, begun)
    aimed = aims(queue, begun, dict.fromkeys(MILESTONES))
    assert found.keys() == aimed.keys()
    for number, aim in aimed.items():
        reach = found[number].reach
        assert Reach(reach.finishes, reach.position, reach.wip, tuple(sorted(reach.ages, reverse=True))) == aim.reach


@given(queues, started)
def test_a_milestone_is_never_done_before_one_of_its_queued_items(queue: list[Queued], begun: list[Started]) -> None:
    items = judged([of_item(item.item_id) for item in queue], queue, begun)
    for milestone in judged([of_milestone(number) for number in MILESTONES], queue, begun).values():
        assert all(sure(items[item_id]) <= sure(milestone) for item_id in milestone.queued)


@given(queues, days, st.data())
def test_an_item_that_moves_up_never_makes_its_own_promise_worse(
    queue: list[Queued], due_on: dt.date, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(queue) - 1))
    to = data.draw(st.integers(0, place))
    moved = [*queue[:place], *queue[place + 1 :]]
    moved.insert(to, queue[place])
    promise = of_item(queue[place].item_id, due_on)
    before, after = judged([promise], queue), judged([promise], moved)
    assert not [turn for turn in turns(after.values(), before.values()) if turn.is_worse]


@given(queues, started)
def test_a_milestone_with_nothing_left_and_a_request_without_an_item_have_no_outlook(
    queue: list[Queued], begun: list[Started]
) -> None:
    assert judged([of_milestone(9), Given(8, TODAY, None, None, None)], queue, begun) == {}


@given(st.lists(st.tuples(st.one_of(st.none(), healths), st.one_of(st.none(), healths)), max_size=8))
def test_turns_are_the_known_healths_that_differ_and_the_worse_ones_come_first(
    found: list[tuple[str | None, str | None]],
) -> None:
    earlier = [outlook(number, health=was) for number, (was, _) in enumerate(found)]
    now = [outlook(number, health=health) for number, (_, health) in enumerate(found)]
    told = turns(now, earlier)
    assert {turn.promise.number for turn in told} == {
        number for number, (was, health) in enumerate(found) if was and health and was != health
    }
    assert [turn.is_worse for turn in told] == sorted((turn.is_worse for turn in told), reverse=True)
    assert all(turn == Turn(now[turn.promise.number], found[turn.promise.number][0] or "") for turn in told)


@given(st.lists(st.one_of(st.none(), healths), max_size=6))
def test_the_worst_health_is_one_that_is_known_and_none_is_worse(found: list[str | None]) -> None:
    known = [health for health in found if health]
    told = worst(found)
    assert (
        (told in known and all(WORST_FIRST.index(told) <= WORST_FIRST.index(each) for each in known))
        if known
        else (told is None)
    )


def test_a_row_lists_its_own_promises_with_its_milestones_and_no_milestone_alone() -> None:
    own, late = outlook(1, queued=(5,)), outlook(2, queued=(5,), due_on=TODAY + dt.timedelta(days=9))
    whole = outlook(3, queued=(5, 6), milestone=1, due_on=TODAY + dt.timedelta(days=3))
    assert by_row([late, whole, own]) == {5: (own, whole, late)}


def outlook(
    number: int,
    *,
    health: str | None = None,
    queued: tuple[int, ...] = (),
    milestone: int | None = None,
    due_on: dt.date = TODAY,
) -> Outlook:
    return Outlook(number, "", "", milestone, due_on, queued, Reach(), Dates(None, None), health, "")
