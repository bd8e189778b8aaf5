"""The forecast: exact answers of a simple model, worked examples of the rules, and what must hold for any history."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanban.flow.calendar import Calendar
from kanban.flow.draws import Model, seed_of
from kanban.flow.forecast import SHARES, Curves, curves, draw, in_whole_weeks, shares_shown
from kanban.flow.sample import Sample, Standing
from kanban.flow.survival import in_progress

TODAY = date(2026, 6, 1)
ORACLE = json.loads((Path(__file__).parent.parent / "data" / "exact_forecast_oracle.json").read_text())


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def sample(counts: list[int], added: list[int] | None = None) -> Sample:
    """Daily counts that end yesterday, in whole weeks."""
    return Sample(tuple(counts), day(-len(counts)), day(-1), quiet_days=0, added=tuple(added or ()))


def steady(a_day: int = 1) -> Sample:
    return sample([a_day] * 91)


SURE = Model(drift=0.0)


# Exact answers


@pytest.fixture(scope="module")
def plain() -> Curves:
    return curves(sample(ORACLE["history"]), Model.plain(seed=7, trials=40_000), TODAY, positions=25)


@pytest.mark.parametrize("items", [1, 5, 10, 25])
@pytest.mark.parametrize("share", [50, 70, 85, 95])
def test_the_plain_model_meets_the_exact_dates(plain: Curves, items: int, share: int) -> None:
    """Within Monte Carlo error: the exact day, or one beside it where the exact chance lies as near as five errors."""
    exact = ORACLE["when"][str(items)][f"P{share}"]
    error = 5 * (share / 100 * (1 - share / 100) / 40_000) ** 0.5
    assert plain.chance(items, day(exact)) >= share / 100 - error
    assert plain.chance(items, day(exact - 1)) < share / 100 + error
    assert abs((plain.date_of(items, share) or TODAY) - day(exact)) <= timedelta(days=1)


@pytest.mark.parametrize("items", [1, 5, 10, 25])
def test_the_plain_model_meets_the_exact_chances(plain: Curves, items: int) -> None:
    exact = ORACLE["when"][str(items)]["P(T<=10)"]
    error = 5 * (exact * (1 - exact) / 40_000) ** 0.5
    assert plain.chance(items, day(10)) == pytest.approx(exact, abs=error + 1e-4)


def test_the_plain_model_meets_the_exact_counts(plain: Curves) -> None:
    found = {share: plain.count_by(day(14), share) for share in (50, 70, 85, 95)}
    assert found == {round(float(share) * 100): count for share, count in ORACLE["how_many_in_14_days"].items()}


def test_two_days_of_history_meet_the_fixture_of_another_tool() -> None:
    told = ORACLE["lighthouse_fixture"]
    history = told["history"] * 7
    found = curves(sample(history), Model.plain(seed=3, trials=40_000), TODAY, positions=told["items"])
    chances = [found.chance(told["items"], day(number)) for number in (1, 2, 3)]
    assert chances == pytest.approx([0.5, 0.75, 1.0], abs=0.013)


# Percentile, calendar and off by one


def test_day_one_is_tomorrow() -> None:
    assert curves(steady(), SURE, TODAY, positions=3).dates(1) == {50: day(1), 85: day(1), 95: day(1)}
    assert curves(steady(), SURE, TODAY, positions=3).date_of(3, 95) == day(3)


def test_how_many_by_a_day_counts_that_day_and_not_today() -> None:
    found = draw(steady(2), SURE, TODAY, positions=1, last_day=day(10)).curves()
    assert [found.count_by(day(number), 85) for number in (-1, 0, 1, 10)] == [0, 0, 2, 20]


def test_what_is_kept_of_the_curves_holds_nothing_of_the_trials() -> None:
    kept = curves(steady(), SURE, TODAY, positions=1_000).kept()
    held = [kept.ranked, kept.days, *(kept.by_day(share) for share in SHARES)]
    assert sum((array if array.base is None else array.base).nbytes for array in held) < 100_000


def test_both_questions_agree() -> None:
    found = curves(sample(ORACLE["history"]), Model(seed=2), TODAY, positions=40)
    for share in SHARES:
        for position in range(1, 41):
            when = found.date_of(position, share)
            assert when is not None
            assert found.count_by(when, share) >= position
            assert found.count_by(when - timedelta(days=1), share) < position


def test_percentiles_are_nearest_rank() -> None:
    ten = Curves(TODAY, np.array([day(1), day(2)], dtype="datetime64[D]"),
                 np.array([[0] * 5 + [1] * 5, [0] + [1] * 9], dtype=np.int32))  # fmt: skip
    assert ten.date_of(1, 50) == day(1)
    assert ten.date_of(1, 51) == day(2)
    assert ten.date_of(1, 90) == day(2)
    assert ten.date_of(1, 91) is None


def test_a_closure_is_stepped_over() -> None:
    calendar = Calendar(frozenset({day(1), day(2), day(5)}))
    found = curves(steady(), SURE, TODAY, positions=4, calendar=calendar)
    assert [found.date_of(position, 85) for position in (1, 2, 3)] == [day(3), day(4), day(6)]
    assert found.count_by(day(2), 50) == 0


def test_weeks_stay_on_their_weekdays() -> None:
    """Five on each Friday, seen from a Monday: the next five come on Friday, not on the day after."""
    assert TODAY.weekday() == 0
    fridays = sample([0, 0, 0, 0, 5, 0, 0] * 13)
    assert curves(fridays, SURE, TODAY, positions=10).date_of(5, 85) == date(2026, 6, 5)
    assert curves(fridays, SURE, TODAY, positions=10).date_of(10, 85) == date(2026, 6, 12)


def test_there_is_no_date_beyond_five_years() -> None:
    rare = sample([0] * 90 + [1])
    assert curves(rare, Model(), TODAY, positions=1000).date_of(1000, 50) is None
    assert str(curves(rare, Model(), TODAY, positions=1000).label([1000], 85)[0]) == "NaT"
    found = curves(steady(), SURE, date(2024, 2, 29), positions=5000)
    assert found.days[-1].astype(object) == date(2029, 2, 28)


def test_labels_of_a_thousand_items_are_the_dates_one_by_one() -> None:
    found = curves(steady(), Model(seed=4), TODAY, positions=1000)
    order = np.random.default_rng(0).permutation(1000) + 1
    labels = found.label(order, 85).astype(object).tolist()
    assert labels[:50] == [found.date_of(int(position), 85) for position in order[:50]]


def test_a_seed_belongs_to_product_and_day() -> None:
    assert seed_of("FERRY", TODAY) == seed_of("FERRY", TODAY)
    assert len({seed_of("FERRY", TODAY), seed_of("FERRY", day(1)), seed_of("HR", TODAY)}) == 3
    first, second = (curves(sample(ORACLE["history"]), Model(5), TODAY, positions=30) for _ in range(2))
    assert (first.ranked == second.ranked).all()


def test_drift_widens_the_range_and_not_the_middle() -> None:
    calm, wild = (curves(steady(), Model(drift=drift), TODAY, positions=100) for drift in (0.2, 0.6))
    assert calm.date_of(100, 15) > wild.date_of(100, 15)  # type: ignore[operator]
    assert calm.date_of(100, 85) < wild.date_of(100, 85)  # type: ignore[operator]
    assert abs(calm.date_of(100, 50) - wild.date_of(100, 50)) <= timedelta(days=4)  # type: ignore[operator]


def test_believing_in_few_weeks_widens_the_range() -> None:
    counts = [0, 0, 0, 0, 0, 0, 0, 3, 1, 0, 2, 0, 0, 1] * 6
    doubting, trusting = (
        curves(sample(counts), Model(drift=0.0, redraws_beliefs=doubts), TODAY, positions=40)
        for doubts in (True, False)
    )
    assert doubting.date_of(40, 95) > trusting.date_of(40, 95)  # type: ignore[operator]


# Sets that grow, done dates, guesses


def test_a_set_that_grows_as_fast_as_it_shrinks_is_never_done() -> None:
    growing = sample([1] * 91, added=[1] * 91)
    assert draw(growing, SURE, TODAY, positions=10, is_growing=True).curves().date_of(10, 50) is None
    assert draw(growing, SURE, TODAY, positions=10).curves().date_of(10, 50) == day(10)


def test_a_set_that_grows_half_as_fast_takes_twice_as_long() -> None:
    growing = sample([2] * 91, added=[1] * 91)
    assert draw(growing, SURE, TODAY, positions=10, is_growing=True).curves().date_of(10, 85) == day(10)
    assert draw(growing, SURE, TODAY, positions=10).curves().date_of(10, 85) == day(5)


def test_a_set_is_done_when_it_is_and_stays_done() -> None:
    """All the work of a week comes in on its last day: what was finished before stays finished."""
    growing = sample([1] * 91, added=[0, 0, 0, 0, 0, 0, 6] * 13)
    assert draw(growing, SURE, TODAY, positions=5, is_growing=True).curves().date_of(5, 50) == day(5)


def test_a_queued_item_is_done_its_cycle_time_after_its_pull() -> None:
    futures = draw(steady(), SURE, TODAY, positions=20)
    done = futures.done_curves([4] * 10)
    assert done is not None
    assert futures.curves().date_of(3, 85) == day(3)
    assert done.date_of(3, 85) == day(6)


def test_an_item_that_takes_one_day_is_done_on_the_day_of_its_pull() -> None:
    done = draw(steady(), SURE, TODAY, positions=20).done_curves([1] * 5)
    assert done is not None
    assert done.date_of(7, 95) == day(7)


def test_done_dates_take_each_cycle_time_as_often_as_it_occurred() -> None:
    done = draw(steady(), SURE, TODAY, positions=20).done_curves([1, 1, 1, 5, 5, 5, 5, 5, 9, 9])
    assert done is not None
    assert [(done.date_of(1, share) or TODAY) - TODAY for share in (30, 31, 80, 81)] == [
        timedelta(days=number) for number in (1, 5, 5, 9)
    ]


def test_a_done_date_moves_off_a_closure() -> None:
    calendar = Calendar(frozenset({day(4), day(5)}))
    done = draw(steady(), SURE, TODAY, positions=3, calendar=calendar).done_curves([3] * 5)
    assert done is not None
    assert [done.date_of(position, 85) for position in (1, 2, 3)] == [day(3), day(6), day(6)]


def test_there_are_no_done_dates_without_cycle_times() -> None:
    assert draw(steady(), SURE, TODAY, positions=3).done_curves([3] * 4) is None


def test_an_empty_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="no complete week"):
        curves(Sample.of({}, today=TODAY), Model(), TODAY, positions=1)


# In progress


def test_an_item_in_progress_is_measured_by_those_that_lasted_as_long() -> None:
    cycle_times = [1, 2, 3, 4, 5, 6, 7, 8, 9, 20]
    (young, old) = in_progress([1, 5], cycle_times, TODAY)
    assert young.dates == {50: day(5 + 1 - 1), 85: day(8), 95: day(19)}
    assert old.survivors == 5
    assert old.dates == {50: day(8 - 5), 85: day(20 - 5), 95: day(15)}


def test_an_item_older_than_almost_everything_has_no_date() -> None:
    (found,) = in_progress([6], [1, 2, 3, 4, 5, 6, 7, 8, 9, 20], TODAY)
    assert (found.survivors, found.dates) == (4, None)


def test_an_item_in_progress_is_never_finished_today_or_on_a_closure() -> None:
    calendar = Calendar(frozenset({day(1)}))
    (found,) = in_progress([3], [4] * 9, TODAY, calendar=calendar)
    assert found.dates == {50: day(2), 85: day(2), 95: day(2)}


# What may be shown


def finished(*days: int) -> Counter[date]:
    return Counter(day(number) for number in days)


def test_a_sample_holds_whole_weeks_that_end_yesterday_with_their_zeros() -> None:
    found = Sample.of(finished(-1, -1, -8, 0, 3), today=TODAY, since=day(-30))
    assert len(found.counts) == 28
    assert (found.first, found.until) == (day(-28), day(-1))
    assert found.counts[-1] == 2
    assert found.counts[-8] == 1
    assert found.finished == 3


def test_zeros_after_the_last_finish_belong_to_the_window() -> None:
    found = Sample.of(finished(*range(-60, -20)), today=TODAY)
    assert found.until == day(-1)
    assert found.counts[-20:] == (0,) * 20


def test_a_window_is_at_most_as_long_as_was_asked_for() -> None:
    finishes = finished(*range(-400, 0))
    assert Sample.of(finishes, today=TODAY).weeks == 13
    assert Sample.of(finishes, today=TODAY, weeks=26).weeks == 26
    with pytest.raises(ValueError, match="13 to 26"):
        Sample.of(finishes, today=TODAY, weeks=27)


def test_closures_are_cut_out_before_the_history_is_split() -> None:
    calendar = Calendar(frozenset(day(-number) for number in range(1, 8)))
    found = Sample.of(finished(*range(-200, -7)), today=TODAY, calendar=calendar)
    assert found.until == day(-8)
    assert found.counts == (1,) * 91
    assert found.quiet_days == 0


@pytest.mark.parametrize(
    ("finishes", "since", "standing"),
    [
        (finished(), -100, Standing.SHORT),
        (finished(-1, -2, -3, -4), -100, Standing.SHORT),
        (finished(-1, -2, -3, -4, -5), -27, Standing.SHORT),
        (finished(-1, -2, -3, -4, -5), -28, Standing.EARLY),
        (finished(*range(-9, 0)), -100, Standing.EARLY),
        (finished(*range(-10, 0)), -100, Standing.ENOUGH),
        (finished(*range(-60, -27)), -100, Standing.ENOUGH),
        (finished(*range(-60, -29), -29), -100, Standing.STALLED),
        (finished(*range(-60, -30), 0), -100, Standing.ENOUGH),
    ],
)
def test_what_a_sample_supports(finishes: Counter[date], since: int, standing: Standing) -> None:
    assert Sample.of(finishes, today=TODAY, since=day(since)).standing is standing


def test_what_is_missing_is_told() -> None:
    few = Sample.of(finished(-1, -2, -3), today=TODAY, since=day(-100)).shortage
    young = Sample.of(finished(*range(-15, 0)), today=TODAY).shortage
    assert few is not None
    assert young is not None
    assert (few.have, few.need, few.unit) == (3, 5, "days")
    assert (young.have, young.need, young.unit) == (2, 4, "weeks")


def test_little_data_shows_fewer_percentiles() -> None:
    assert [shares_shown(each) for each in (Standing.ENOUGH, Standing.EARLY, Standing.SHORT, Standing.STALLED)] == [
        (50, 85, 95), (50, 85), (), ()]  # fmt: skip


def test_an_early_estimate_is_rounded_out_to_weeks() -> None:
    assert in_whole_weeks(day(1), TODAY) == day(7)
    assert in_whole_weeks(day(7), TODAY) == day(7)
    assert in_whole_weeks(day(8), TODAY, Calendar(frozenset({day(14)}))) == day(15)


# Whatever the history

histories = st.lists(st.integers(0, 4), min_size=91, max_size=91).filter(any)
young = st.integers(4, 12).flatmap(
    lambda weeks: st.lists(st.integers(0, 4), min_size=7 * weeks, max_size=7 * weeks).filter(
        lambda history: sum(map(bool, history)) >= 5
    )
)
models = st.builds(Model, seed=st.integers(0, 99), drift=st.sampled_from([0.0, 0.4, 0.8]), trials=st.just(200))
closures = st.frozensets(st.integers(1, 120).map(day), max_size=30)
positions = st.integers(1, 40)


def numbers(found: Curves, most: int = 40) -> np.ndarray:
    """(shares, positions): the dates as numbers; far beyond everything where there is none."""
    labels = np.array([found.label(np.arange(1, most + 1), share) for share in SHARES])
    return np.where(np.isnat(labels), 10**6, labels.astype("datetime64[D]").astype(int))


@settings(deadline=None, max_examples=40)
@given(histories, models, st.randoms(use_true_random=False))
def test_a_re_order_never_changes_the_curves(history: list[int], model: Model, chance: object) -> None:
    finishes = [day(number - 91) for number, count in enumerate(history) for _ in range(count)]
    shuffled = list(finishes)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = (
        curves(Sample.of(Counter(each), today=TODAY, since=day(-91)), model, TODAY, positions=40)
        for each in (finishes, shuffled)
    )
    assert (first.ranked == second.ranked).all()


@settings(deadline=None, max_examples=40)
@given(histories, models, closures)
def test_a_later_position_and_a_higher_percentile_are_never_earlier(
    history: list[int], model: Model, closed: frozenset[date]
) -> None:
    futures = draw(sample(history), model, TODAY, positions=40, calendar=Calendar(closed))
    done = futures.done_curves([1, 3, 3, 8, 21])
    assert done is not None
    for found in (futures.curves(), done):
        dates = numbers(found)
        assert (np.diff(dates, axis=1) >= 0).all()
        assert (np.diff(dates, axis=0) >= 0).all()
        assert not {day for day in found.days.astype(object)} & closed
    assert (numbers(done) >= numbers(futures.curves())).all()


@settings(deadline=None, max_examples=40)
@given(st.one_of(histories, young), models, st.integers(1, 6))
def test_weeks_without_a_finish_never_make_a_date_earlier(history: list[int], model: Model, weeks: int) -> None:
    """With a full window it is so by construction; while the window still fills, by far at the usual number of trials."""
    model = replace(model, trials=2000 if len(history) < 91 else 200)
    first = day(-len(history))
    finishes = Counter({first + timedelta(days=number): count for number, count in enumerate(history)})
    later = day(7 * weeks)
    before = curves(Sample.of(finishes, today=TODAY, since=first), model, TODAY, positions=40)
    after = curves(Sample.of(finishes, today=later, since=first), model, later, positions=40)
    assert (numbers(after) >= numbers(before)).all()


@settings(deadline=None, max_examples=40)
@given(histories, models, closures, closures)
def test_a_closure_never_makes_a_date_earlier(
    history: list[int], model: Model, closed: frozenset[date], more: frozenset[date]
) -> None:
    few, many = (
        draw(sample(history), model, TODAY, positions=40, calendar=Calendar(each)) for each in (closed, closed | more)
    )
    assert (numbers(many.curves()) >= numbers(few.curves())).all()
    done_few, done_many = few.done_curves([2, 2, 5, 9, 30]), many.done_curves([2, 2, 5, 9, 30])
    assert done_few is not None
    assert done_many is not None
    assert (numbers(done_many) >= numbers(done_few)).all()


@settings(deadline=None, max_examples=30)
@given(histories, models, positions)
def test_a_longer_queue_never_changes_the_dates_of_a_shorter_one(history: list[int], model: Model, n: int) -> None:
    short, long = (curves(sample(history), model, TODAY, positions=most) for most in (n, 400))
    assert (numbers(short, n) == numbers(long, n)).all()
