"""Checks what an update claims: against promises, against what happened, and against earlier updates."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.errors import Invalid
from kanban.flow.calendar import Calendar
from kanban.flow.history import ItemHistory
from kanban.flow.metrics import service_level
from kanban.flow.product_forecast import Forecast
from kanban.flow.sample import Standing
from kanban.formatting import short_day
from kanban.models import (
    Event,
    ForecastSnapshot,
    Item,
    Milestone,
    Product,
    StatusUpdate,
    UpdateState,
    milestone_item,
)
from kanban.reads.insights.insights import read_histories
from kanban.reads.portfolio.promise_health import promise_health_of
from kanban.reads.promises.outlook import read_ahead, read_queue
from kanban.reads.promises.promises import PromiseLine, list_promises
from kanban.reads.updates import updates
from kanban.reads.updates.facts import read_facts
from kanban.status.case import Blocked, Case, Grown, Lost, Moved, Problem, Promise, is_about, is_day
from kanban.status.draft_text import DraftText
from kanban.status.facts import Facts
from kanban.status.gettext import Gettext, plain
from kanban.status.health import Judged, PromiseHealth, Suggestion, reason_for, suggest
from kanban.status.honesty import Finding, check
from kanban.status.lines import mark
from kanban.status.outdated import Outdated, outdated
from kanban.status.outlook import Outlook, Queued


@dataclass(frozen=True)
class Judgement:
    """What the facts say about a draft's words: the health they suggest, with reasons in words, and the findings."""

    suggestion: Suggestion
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]
    case: Case
    facts: Facts
    answers: Mapping[str, Mapping[str, Any]]

    @property
    def answered(self) -> list[tuple[Finding, str, bool]]:
        """Each finding with the reason given for it, and whether it is mentioned.

        The answer "mentioned" counts only as long as a line is about it.
        """
        told = []
        for finding in self.findings:
            answer = self.answers.get(finding.key, {})
            is_told = bool(answer.get("mentioned")) and self.case.mentions(finding.ref, finding.title)
            told.append((finding, str(answer.get("reason") or ""), is_told))
        return told

    @property
    def renewals(self) -> dict[str, Outdated]:
        """The lines that can be brought up to date, by the key of their finding."""
        return {f"H17:{each.key}": each for each in self.case.outdated if each.can_renew and not each.is_days_only}

    @property
    def n_older(self) -> int:
        """How many lines are out of date only because a number of days has grown."""
        return sum(each.is_days_only for each in self.case.outdated)

    @property
    def judged(self) -> Judged:
        """The part of the judgement that is frozen when the update is published."""
        checks = [
            {"code": finding.code, "message": finding.message, "mentioned": is_told, "reason": reason}
            for finding, reason, is_told in self.answered
        ]
        return Judged(self.suggestion, self.reasons, tuple(checks))

    def must_be_mentioned(self, keys: Collection[str]) -> None:
        """Raise Invalid if the answer to a finding is "mentioned" but no line is about it."""
        for finding in self.findings:
            if finding.key in keys and not self.case.mentions(finding.ref, finding.title):
                raise Invalid({"answers": f"No line is about it: {finding.message} Write one, or give a reason."})


def judge(
    session: orm.Session,
    product: Product,
    update: StatusUpdate,
    written: DraftText,
    *,
    locale: str = "en",
    gettext: Gettext = plain,
) -> Judgement:
    """Compare the words of a draft with the current facts; a delay notice only with what concerns its promises."""
    case, stands, facts = _read_case(session, product, update, written, locale=locale, gettext=gettext)
    if update.audience is not None:
        case, stands, facts = *_only_mentioned(case, stands, locale), replace(facts, asked=())
    suggestion = suggest(written.moved_dates, stands)
    reasons = tuple(reason_for(stand, case.today, locale=locale, gettext=gettext) for stand in suggestion.stands)
    findings = tuple(check(case, locale=locale, gettext=gettext))
    return Judgement(suggestion, reasons, findings, case, facts, update.answers)


def _only_mentioned(case: Case, stands: Sequence[PromiseHealth], locale: str) -> tuple[Case, list[PromiseHealth]]:
    """Leave only what concerns the promises whose delays a notice reports.

    Its readers must learn nothing about promises made to others.
    """
    told = [each for each in case.promises if case.mentions(each.ref, each.title, kinds=("delays",))]
    titles = {each.title for each in told}
    narrowed = replace(
        case,
        promises=tuple(told),
        moved=tuple(each for each in case.moved if each.title in titles),
        lost=(),
        problems=(),
        grown=(),
        blocked=(),
        last_on=None,
        last_finished_on=None,
        outdated=(*case.outdated, *_moved_on(case, told, locale)),
    )
    known = {stand.number: stand for stand in stands}
    slips = {each.number: day for each in told if (day := _slipped_from(case, each)) is not None}
    return narrowed, [
        replace(
            known.get(each.number) or PromiseHealth(each.number, each.title, each.due_on, None, None, is_known=False),
            slipped_from=slips.get(each.number),
        )
        for each in told
        if each.number in known or each.number in slips
    ]


def _moved_on(case: Case, told: Sequence[Promise], locale: str) -> Iterator[Outdated]:
    """The lines of a notice whose new date is no longer the date of any promise they are about."""
    for line in case.lines("delays"):
        new = str(line.get("new_date") or "")
        days = [each.due_on for each in told if is_about(line, each.ref, each.title)]
        if days and is_day(new) and (was := dt.date.fromisoformat(new)) not in days:
            old, now = (short_day(day, locale, today=case.today) for day in (was, max(days)))
            text, ref = str(line.get("text") or ""), str(line.get("ref") or "")
            yield Outdated("delays", mark(line), text, ref, old=old, new=now, can_renew=False)


def _slipped_from(case: Case, promise: Promise) -> dt.date | None:
    """The earlier day that a notice's readers know, from its line or from the log; None if the promise did not slip."""
    days = [str(line.get("old_date")) for line in case.lines("delays") if is_about(line, promise.ref, promise.title)]
    known = [dt.date.fromisoformat(day) for day in days if is_day(day)]
    known += [each.old_on for each in case.moved if (each.ref, each.title) == (promise.ref, promise.title)]
    return min((day for day in known if day < promise.due_on), default=None)


def _read_case(
    session: orm.Session, product: Product, update: StatusUpdate, written: DraftText, *, locale: str, gettext: Gettext
) -> tuple[Case, list[PromiseHealth], Facts]:
    today, histories = clock.today(product.zone), read_histories(session, product)
    promises, queue = list_promises(session, product, None), read_queue(session, product)
    facts = read_facts(session, product, histories, promises)
    running = [line for line in promises if line.is_running and not line.is_dropped]
    ahead = read_ahead(session, product, queue)
    known = {each.number: each for each in ahead.promises if each.dates is not None}
    earlier = _published(session, product)
    since = earlier[0].created_at if earlier else None
    level = service_level(histories)
    finished = [history.finished_on for history in histories if history.finished_on is not None]
    words = written.words
    gone = outdated(facts, histories, written.sections, update.filled, locale=locale, gettext=gettext)
    case = Case(
        today=today,
        claim=words["health"],
        words=f"{words['headline']}\n{words['summary']}",
        sections=written.sections,
        claims=tuple(each.health.value for each in earlier) if update.audience is None else (),
        promises=_promises(session, product, running, known, earlier, ahead.forecast.calendar),
        moved=tuple(
            Moved(each.title, each.old_on, each.new_on, each.ref) for each in facts.slipped if each.new_on is not None
        ),
        lost=_lost(promises, queue, facts, histories, _day(since, product)),
        problems=tuple(Problem(each.text, each.days, each.owner, each.next_step) for each in facts.problems),
        last_on=_day(earlier[0].published_at, product) if earlier else None,
        cadence_days=product.cadence_days,
        n_shipped=len(facts.shipped),
        n_eased=_n_eased(promises, since) + len(facts.dropped),
        grown=_grown(session, product, since),
        last_finished_on=max(finished, default=None),
        has_work=bool(facts.working or facts.next),
        is_short=_is_short(ahead.forecast),
        blocked=tuple(Blocked(stop.ref, stop.title, (today - stop.since).days + 1) for stop in facts.stops),
        sle_days=level.days if level else None,
        track=ahead.forecast.track.sure,
        # A correction describes the day of the update that it corrects, so its lines may be out of date; but it must
        # not ask anybody for a decision that has been taken since.
        outdated=tuple(each for each in gone if not update.corrects_id or each.kind == "decisions"),
    )
    return case, promise_health_of(running, known, today), facts


def _day(instant: dt.datetime | None, product: Product) -> dt.date | None:
    return clock.day_of(instant, product.zone) if instant else None


def _is_short(forecast: Forecast) -> bool:
    return forecast.standing is Standing.SHORT


def _published(session: orm.Session, product: Product) -> list[Any]:
    """The last three updates for everybody, without corrections, the newest first."""
    query = (
        sa.select(StatusUpdate.health, StatusUpdate.created_at, StatusUpdate.published_at)
        .where(StatusUpdate.product_id == product.id, StatusUpdate.state == UpdateState.PUBLISHED)
        .where(StatusUpdate.corrects_id.is_(None), updates.FOR_EVERYBODY)
        .order_by(StatusUpdate.published_at.desc(), StatusUpdate.number.desc())
        .limit(3)
    )
    return list(session.execute(query))


def _promises(
    session: orm.Session,
    product: Product,
    running: Sequence[PromiseLine],
    known: Mapping[int, Outlook],
    earlier: Sequence[Any],
    calendar: Calendar,
) -> tuple[Promise, ...]:
    said = _said(session, product, earlier)
    found = []
    for line in running:
        dates = each.dates if (each := known.get(line.number)) else None
        found.append(
            Promise(
                number=line.number,
                title=line.statement,
                due_on=line.due_on,
                ref=line.ref,
                is_known=dates is not None,
                half=dates.half if dates else None,
                sure=dates.sure if dates else None,
                said_sure=said.get(line.id),
                is_closure=not calendar.is_open(line.due_on),
            )
        )
    return tuple(found)


def _said(session: orm.Session, product: Product, earlier: Sequence[Any]) -> dict[int, dt.date]:
    """By promise id, the 85 % date that was stored when the update before the last one was published."""
    if len(earlier) < 2:
        return {}
    day = _day(earlier[1].published_at, product)
    query = (
        sa.select(ForecastSnapshot.commitment_id, ForecastSnapshot.p85_on)
        .where(ForecastSnapshot.product_id == product.id, ForecastSnapshot.commitment_id.is_not(None))
        .where(ForecastSnapshot.made_on <= day, ForecastSnapshot.p85_on.is_not(None))
        .order_by(ForecastSnapshot.made_on)
    )
    return {commitment_id or 0: sure for commitment_id, sure in session.execute(query) if sure is not None}


def _lost(
    promises: Iterable[PromiseLine],
    queue: Iterable[Queued],
    facts: Facts,
    histories: Iterable[ItemHistory],
    day: dt.date | None,
) -> tuple[Lost, ...]:
    """Promised items that were discarded since, or that were started and are back in the queue."""
    gone, waiting = {each.ref for each in facts.dropped}, {each.item_id for each in queue}
    fell = _fell_back([each for each in histories if each.item_id in waiting], day)
    open_ = {line.ref: line for line in promises if line.ref and line.is_running}
    return tuple(
        Lost(ref, line.subject, is_discarded=line.is_dropped)
        for ref, line in open_.items()
        if (ref in gone if line.is_dropped else ref in fell)
    )


def _fell_back(histories: Iterable[ItemHistory], day: dt.date | None) -> set[str]:
    """The references of those of these items that went back to the queue from work in progress on that day or later."""
    if day is None:
        return set()
    return {each.ref for each in histories if any(spell.ended_on >= day for spell in each.spells)}


def _n_eased(promises: Sequence[PromiseLine], since: dt.datetime | None) -> int:
    """How often promises were moved or withdrawn since then, which may be why the health looks better."""
    if since is None:
        return 0
    moved = sum(change.at >= since for line in promises for change in line.changes)
    return moved + sum(line.withdrawn_at is not None and line.withdrawn_at >= since for line in promises)


def _grown(session: orm.Session, product: Product, since: dt.datetime | None) -> tuple[Grown, ...]:
    """Milestones with named items, older than the last update, with how many of their items joined since."""
    if since is None:
        return ()
    joined = (
        sa.select(sa.func.count(sa.distinct(Event.item_id)))
        .join(milestone_item, milestone_item.c.item_id == Event.item_id)
        .where(Event.product_id == product.id, Event.kind == "aimed", Event.at >= since)
        .where(milestone_item.c.milestone_id == Milestone.id)
        .correlate(Milestone)
        .scalar_subquery()
    )
    now = (
        sa.select(sa.func.count())
        .select_from(milestone_item)
        .join(Item, Item.id == milestone_item.c.item_id)
        .where(milestone_item.c.milestone_id == Milestone.id, Item.discarded_at.is_(None))
        .correlate(Milestone)
        .scalar_subquery()
    )
    query = sa.select(Milestone.name, joined.label("added"), now.label("now")).where(
        Milestone.product_id == product.id, Milestone.top.is_(None), Milestone.opened_at < since
    )
    return tuple(Grown(row.name, row.added, row.now) for row in session.execute(query) if row.added)
