"""`kanban forecast FILE`: a forecast from a plain list of finishes, in plain words; it touches no database."""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click
import numpy as np

from kanban import clock
from kanban.errors import Invalid
from kanban.flow.calendar import Calendar
from kanban.flow.calibration import Backtest, walk_forward
from kanban.flow.draws import Model
from kanban.flow.forecast import SHARES, Curves, draw, in_whole_weeks, open_days_ahead, shares_shown
from kanban.flow.sample import MOST_WEEKS, WEEKS, Sample, Standing
from kanban.flow.track import did_hold, record
from kanban.formatting import full_day, number
from kanban.transfer.finishes import Finishes, read_closures, read_day, read_finishes

MOST_ITEMS = 100_000
_SURE = 0.95


class _WrongUse(click.ClickException):
    exit_code = 2


class _InOneLine(click.Command):
    """A command that reports a wrong option in one line, like all other errors."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            raise _WrongUse(error.format_message()) from None


@click.command("forecast", cls=_InOneLine)
@click.argument("file")
@click.option("--items", type=click.IntRange(1, MOST_ITEMS), metavar="N", help="When will the next N items be done?")
@click.option("--by", "by_text", metavar="DATE", help="How many will be done by that day?")
@click.option("--today", "today_text", metavar="DATE", help="The day to forecast from; what came later is left out.")
@click.option("--closures", "closed", metavar="DAYS", default="", help="Days off, such as 2026-12-24..2027-01-01, "
              "separated by commas, or a file with one per line.")  # fmt: skip
@click.option(
    "--weeks",
    type=click.IntRange(WEEKS, MOST_WEEKS),
    default=WEEKS,
    show_default=True,
    help="How many weeks to learn from.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**48), default=0, show_default=True, help="Makes the random draws repeatable."
)
def forecast(
    file: str, items: int | None, by_text: str | None, today_text: str | None, closed: str, weeks: int, seed: int
) -> None:
    """Forecast from a list of finishes.

    FILE has one date per line, lines with a date and a count, or bare counts, one per day, the last one for yesterday
    ("-" reads standard input).

    Prints the dates by which 50, 85 and 95 % of possible futures are done, what they were learnt from, and how often
    such dates would have held on this same history.
    """
    if items is None and by_text is None:
        raise Invalid({"items": "Ask for --items N, for --by DATE, or for both."})
    today = read_day(today_text, "--today") if today_text else clock.now().astimezone().date()
    name = "standard input" if file == "-" else Path(file).name
    finishes = read_finishes(_read(file).splitlines(), name, today=today)
    calendar = Calendar(read_closures(_read(closed) if closed and Path(closed).is_file() else closed))
    by = _deadline(by_text, today, calendar) if by_text else None
    for line in _report(finishes, items, by, today, calendar, weeks, seed):
        click.echo(line)


def _read(file: str) -> str:
    try:
        content = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid({"file": f"{file} isn’t text in UTF-8."}) from None
    except OSError as error:
        raise Invalid({"file": f"{file} can’t be read: {error.strerror}."}) from None
    return content


def _deadline(text: str, today: date, calendar: Calendar) -> date:
    by = read_day(text, "--by")
    ahead = open_days_ahead(today, calendar)
    if by <= today:
        raise Invalid({"by": f"--by: {by} isn’t in the future; the first day that counts is the one after {today}."})
    if not len(ahead) or np.datetime64(by, "D") > ahead[-1]:
        raise Invalid({"by": f"--by: {by} is more than five years after {today}."})
    return by


def _report(
    finishes: Finishes, items: int | None, by: date | None, today: date, calendar: Calendar, weeks: int, seed: int
) -> Iterator[str]:
    known = {day: count for day, count in finishes.by_day.items() if day <= today}
    if finishes.until is not None:
        yield f"One count a day: {len(finishes.by_day):,} lines, the last of them for {full_day(finishes.until)}."
    if later := sum(finishes.by_day.values()) - sum(known.values()):
        yield f"Left out: {later} finished after {full_day(today)}."
    since = min(finishes.since, today)
    sample = Sample.of(known, today=today, calendar=calendar, weeks=weeks, since=since)
    yield _window(sample)
    shares = shares_shown(sample.standing)
    if not shares:
        yield _refusal(sample)
        return
    backtest = walk_forward(known, today=today, calendar=calendar, since=since, weeks=weeks, seed=seed)
    model = Model(seed, drift=backtest.learnt.drift)
    curves = draw(sample, model, today, positions=items or 1, calendar=calendar, last_day=by).curves()
    if sample.standing is Standing.EARLY:
        yield f"An early estimate, in whole weeks: only {sample.active_days} days with a finish."
    if items is not None:
        yield from _dates(curves, items, shares, sample.standing, calendar)
    if by is not None:
        yield from _counts(curves, items, by, shares)
    yield (
        f"{model.trials:,} possible futures with seed {seed}; the pace drifts by {model.drift:.2f}, "
        f"learnt from {backtest.learnt.n} earlier forecasts."
    )
    yield from _held(backtest, today)


def _window(sample: Sample) -> str:
    if not sample.weeks:
        return "There is no complete week to learn from yet."
    pace = number(sample.finished / sample.weeks)
    return (
        f"Learnt from {sample.weeks} weeks, {full_day(sample.first)} to {full_day(sample.until)}: "
        f"{sample.finished} finished on {sample.active_days} days, {pace} a week."
    )


def _refusal(sample: Sample) -> str:
    if sample.standing is Standing.STALLED:
        return f"Stalled: nothing has been finished for {sample.quiet_days} days. There is no date until something is."
    assert sample.shortage is not None
    what = "complete weeks" if sample.shortage.unit == "weeks" else "days with a finish"
    return f"Not enough history: {sample.shortage.have} of {sample.shortage.need} {what}."


def _dates(
    curves: Curves, items: int, shares: tuple[int, ...], standing: Standing, calendar: Calendar
) -> Iterator[str]:
    yield f"When the next {items} are done, counted from tomorrow:" if items > 1 else "When the next one is done:"
    for share, day in curves.dates(items, shares).items():
        if day is not None and standing is Standing.EARLY:
            day = in_whole_weeks(day, curves.today, calendar)
        yield f"  {share} %  by {full_day(day)} ({day})" if day else f"  {share} %  not within five years"


def _counts(curves: Curves, items: int | None, by: date, shares: tuple[int, ...]) -> Iterator[str]:
    yield f"How many are done by {full_day(by)} ({by}):"
    for share in shares:
        yield f"  {share} %  at least {curves.count_by(by, share)}"
    if items is not None:
        chance = curves.chance(items, by)
        said = "more than 95 %" if chance > _SURE else f"{chance:.0%}".replace("%", " %")
        yield f"  {items} by then: {said}"


def _held(backtest: Backtest, today: date) -> Iterator[str]:
    records = [record(share, (did_hold(*each.outcome(share), today) for each in backtest.tried)) for share in SHARES]
    fewest = min(each.n for each in records)
    if any(each.is_too_early for each in records):
        yield f"Tried on this history: too early to judge, only {fewest} forecasts have an outcome."
        return
    yield "Tried on this history, every four weeks, for the next 10 and the next 30:"
    for each in records:
        yield f"  {each.share} %  dates held {each.held} of {each.n} times"
