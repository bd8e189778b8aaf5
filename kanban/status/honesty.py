"""Sixteen checks of an update's claim against the facts, H1 to H16; pure, over facts that a loader gathered. What is
not known (None, empty) lets a check be silent. They forbid nothing: their findings stand beside the text."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kanban.flow.track import Record
from kanban.formatting import short_day
from kanban.status.facts import Gettext, plain

QUIET_DAYS = 28
PROBLEM_DAYS = 14
SLIP_DAYS = 7
GROWTH = 0.10
LEAST_HELD = 0.70
SILENT_AFTER = 1.5
_WORST_FIRST = ("off_track", "at_risk", "on_track")


@dataclass(frozen=True)
class Promise:
    """One that stands open. `half` and `sure` are its dates at 50 and 85 %, None beyond all forecast; `is_known` tells
    whether there is a forecast. `said_sure` is the 85 % date as it was forecast three updates ago."""

    number: int
    title: str
    due_on: date
    ref: str = ""
    is_known: bool = False
    half: date | None = None
    sure: date | None = None
    said_sure: date | None = None
    is_closure: bool = False

    @property
    def keeps_half(self) -> bool:
        return self.half is not None and self.half <= self.due_on

    @property
    def keeps_sure(self) -> bool:
        return self.sure is not None and self.sure <= self.due_on


@dataclass(frozen=True)
class Moved:
    """A promise whose date is a later one since the last update."""

    title: str
    old_on: date
    new_on: date
    ref: str = ""

    @property
    def days(self) -> int:
        return (self.new_on - self.old_on).days


@dataclass(frozen=True)
class Lost:
    """A promised item that was discarded (`why` in words) or went back into the queue since the last update."""

    ref: str
    title: str
    is_discarded: bool


@dataclass(frozen=True)
class Problem:
    """An open problem of the register."""

    text: str
    days: int
    owner: str = ""
    next_step: str = ""


@dataclass(frozen=True)
class Grown:
    """A milestone and how many of its items joined since the last update; `now` counts them all."""

    title: str
    added: int
    now: int

    @property
    def share(self) -> float:
        """By how much of what it was."""
        was = self.now - self.added
        return self.added / was if was > 0 else 0.0


@dataclass(frozen=True)
class Blocked:
    """An item that can't proceed, for so many days."""

    ref: str
    title: str
    days: int


@dataclass(frozen=True)
class Case:
    """Everything the checks look at; `claims` are the healths of the updates before this one, the newest first."""

    today: date
    claim: str
    words: str = ""
    sections: Sequence[Mapping[str, Any]] = ()
    claims: tuple[str, ...] = ()
    promises: tuple[Promise, ...] = ()
    moved: tuple[Moved, ...] = ()
    lost: tuple[Lost, ...] = ()
    problems: tuple[Problem, ...] = ()
    last_on: date | None = None
    cadence_days: int = 14
    n_shipped: int = 0
    n_eased: int = 0
    grown: tuple[Grown, ...] = ()
    last_finished_on: date | None = None
    has_work: bool = False
    is_short: bool = False
    blocked: tuple[Blocked, ...] = ()
    sle_days: int | None = None
    track: Record | None = None

    def mentions(self, ref: str, title: str, *, kinds: Sequence[str] = ()) -> bool:
        """Tell whether a line is about it: by its reference, or by its words; headline and summary count too, unless
        it has to stand in certain sections."""
        lines = [line for part in self.sections if not kinds or part["kind"] in kinds for line in part.get("lines", ())]
        if any(_is_about(line, ref, title) for line in lines):
            return True
        return not kinds and _says(self.words, ref, title)

    def lines(self, kind: str) -> list[Mapping[str, Any]]:
        """The lines of one section."""
        return [line for part in self.sections if part["kind"] == kind for line in part.get("lines", ()) if _text(line)]


@dataclass(frozen=True)
class Finding:
    """One thing a reader would hold against the update. `key` names it from one draft to the next; `ref` or `promise`
    or `page` lead to its evidence; `title` is what a line has to be about to have mentioned it, where that helps."""

    code: str
    key: str
    message: str
    ref: str = ""
    promise: int | None = None
    title: str = ""


def check(case: Case, *, locale: str = "en", gettext: Gettext = plain) -> list[Finding]:
    """What the checks find, in their order."""

    def day(value: date) -> str:
        return short_day(value, locale, today=case.today)

    return [finding for rule in _RULES for finding in rule(case, day, gettext)]


Day = Callable[[date], str]
Findings = Iterator[Finding]


def _is_about(line: Mapping[str, Any], ref: str, title: str) -> bool:
    if ref and line.get("ref") == ref:
        return True
    words = " ".join(str(line.get(name) or "") for name in ("text", "note", "cause"))
    return _says(words, ref, title)


def _says(words: str, ref: str, title: str) -> bool:
    said = words.casefold()
    tokens = "".join(sign if sign.isalnum() or sign == "-" else " " for sign in said).split()
    return bool((ref and ref.casefold() in tokens) or (title and title.casefold() in said))


def _text(line: Mapping[str, Any]) -> str:
    return str(line.get("text") or line.get("ref") or "")


def _green_past_sure(case: Case, day: Day, _: Gettext) -> Findings:
    for each in case.promises:
        if case.claim == "on_track" and each.is_known and each.keeps_half and not each.keeps_sure:
            when = day(each.sure) if each.sure else _("no day in sight")
            words = _(
                "On track, but “%(title)s” is promised for %(due)s, and 85 %% of the futures reach it by %(date)s.",
                title=each.title,
                due=day(each.due_on),
                date=when,
            )
            yield Finding("H1", f"H1:{each.number}", words, each.ref, each.number, each.title)


def _green_past_half(case: Case, day: Day, _: Gettext) -> Findings:
    for each in case.promises:
        if case.claim in ("on_track", "done") and each.is_known and not each.keeps_half:
            when = day(each.half) if each.half else _("no day in sight")
            words = _(
                "“%(title)s” is promised for %(due)s, and not even half of the futures reach it before %(date)s.",
                title=each.title,
                due=day(each.due_on),
                date=when,
            )
            yield Finding("H2", f"H2:{each.number}", words, each.ref, each.number, each.title)


def _moved_unmentioned(case: Case, day: Day, _: Gettext) -> Findings:
    for each in case.moved:
        if not case.mentions(each.ref, each.title, kinds=("delays",)):
            words = _(
                "“%(title)s” moved from %(old)s to %(new)s, and no delay tells it.",
                title=each.title,
                old=day(each.old_on),
                new=day(each.new_on),
            )
            yield Finding("H3", f"H3:{each.ref or each.title}", words, each.ref, title=each.title)


def _lost(case: Case, _day: Day, _: Gettext) -> Findings:
    for each in case.lost:
        if not case.mentions(each.ref, each.title):
            words = (
                _("%(ref)s was promised and is discarded; no line tells it.", ref=each.ref)
                if each.is_discarded
                else _("%(ref)s was promised and fell back behind others; no line tells it.", ref=each.ref)
            )
            yield Finding("H4", f"H4:{each.ref}", words, each.ref, title=each.title)


def _same_while_slipping(case: Case, day: Day, _: Gettext) -> Findings:
    if case.claim not in _WORST_FIRST or case.claims[:2] != (case.claim, case.claim):
        return
    for each in case.promises:
        if each.said_sure and each.is_known and (each.sure is None or (each.sure - each.said_sure).days > SLIP_DAYS):
            now = day(each.sure) if each.sure else _("no day in sight")
            words = _(
                "The third time the same health, while the 85 %% date of “%(title)s” went from %(old)s to %(new)s.",
                title=each.title,
                old=day(each.said_sure),
                new=now,
            )
            yield Finding("H5", f"H5:{each.number}", words, each.ref, each.number, each.title)


def _slip_without_cause(case: Case, _day: Day, _: Gettext) -> Findings:
    for each in case.moved:
        told = [line for line in case.lines("delays") if _is_about(line, each.ref, each.title)]
        if each.days > SLIP_DAYS and told and not any(str(line.get("cause") or "").strip() for line in told):
            words = _(
                "“%(title)s” moved by %(days)s days, and its line names no cause.", title=each.title, days=each.days
            )
            yield Finding("H6", f"H6:{each.ref or each.title}", words, each.ref, title=each.title)


def _old_problem(case: Case, _day: Day, _: Gettext) -> Findings:
    for each in case.problems:
        if each.days > PROBLEM_DAYS and not (each.owner and each.next_step):
            words = _(
                "“%(text)s” has been a problem for %(days)s days without an owner or a next step.",
                text=each.text,
                days=each.days,
            )
            yield Finding("H7", f"H7:{each.text}", words, title=each.text)


def _silent(case: Case, day: Day, _: Gettext) -> Findings:
    if case.last_on and is_silent(case.last_on, case.today, case.cadence_days):
        words = _(
            "The last update is of %(day)s; readers expect one every %(days)s days.",
            day=day(case.last_on),
            days=case.cadence_days,
        )
        yield Finding("H8", "H8", words)


def is_silent(last_on: date, today: date, cadence_days: int) -> bool:
    """Tell whether nobody heard of a product for more than one and a half cadences (0 days: never)."""
    return cadence_days > 0 and (today - last_on).days > SILENT_AFTER * cadence_days


def _better_for_nothing(case: Case, _day: Day, _: Gettext) -> Findings:
    before = case.claims[0] if case.claims else ""
    if before not in _WORST_FIRST or case.claim not in _WORST_FIRST:
        return
    better = _WORST_FIRST.index(case.claim) > _WORST_FIRST.index(before)
    if better and not case.n_shipped and not case.n_eased:
        yield Finding(
            "H9", "H9", _("The health is better than last time, but nothing was finished and no promise changed.")
        )


def _grown(case: Case, _day: Day, _: Gettext) -> Findings:
    for each in case.grown:
        if each.share > GROWTH and not case.mentions("", each.title):
            words = _(
                "“%(title)s” grew by %(count)s items (%(share)s %%), and no line tells it.",
                title=each.title,
                count=each.added,
                share=round(each.share * 100),
            )
            yield Finding("H10", f"H10:{each.title}", words, title=each.title)


def _stalled(case: Case, day: Day, _: Gettext) -> Findings:
    if case.has_work and case.last_finished_on and (case.today - case.last_finished_on).days >= QUIET_DAYS:
        words = _("Nothing was finished since %(day)s.", day=day(case.last_finished_on))
        yield Finding("H11", "H11", words)


def _dates_from_nothing(case: Case, _day: Day, _: Gettext) -> Findings:
    dated = [line for line in case.lines("delays") if str(line.get("new_date") or "").strip()]
    if case.is_short and dated:
        words = _("It names new dates, but there is not enough history yet to forecast any.")
        yield Finding("H12", "H12", words)


def _impossible_day(case: Case, day: Day, _: Gettext) -> Findings:
    for each in case.promises:
        if each.due_on < case.today:
            words = _(
                "“%(title)s” was promised for %(day)s: that day has passed.", title=each.title, day=day(each.due_on)
            )
        elif each.is_closure:
            words = _(
                "“%(title)s” is promised for %(day)s, a day on which nobody works.",
                title=each.title,
                day=day(each.due_on),
            )
        else:
            continue
        yield Finding("H13", f"H13:{each.number}", words, each.ref, each.number, each.title)


def _long_block(case: Case, _day: Day, _: Gettext) -> Findings:
    for each in case.blocked:
        if (
            case.sle_days is not None
            and each.days > case.sle_days
            and not case.mentions(each.ref, each.title, kinds=("problems", "delays"))
        ):
            words = _(
                "%(ref)s has been blocked for %(days)s days, longer than most items take; no problem tells it.",
                ref=each.ref,
                days=each.days,
            )
            yield Finding("H14", f"H14:{each.ref}", words, each.ref, title=each.title)


def _vague_decision(case: Case, _day: Day, _: Gettext) -> Findings:
    for line in case.lines("decisions"):
        if not (str(line.get("note") or "").strip() and str(line.get("new_date") or "").strip()):
            words = _("“%(text)s” names nobody who is to decide, or no day.", text=_text(line))
            yield Finding("H15", f"H15:{_text(line)}", words, str(line.get("ref") or ""))


def _poor_record(case: Case, _day: Day, _: Gettext) -> Findings:
    track = case.track
    if track and not track.is_too_early and track.held < LEAST_HELD * track.n:
        words = _("Our 85 %% dates held only %(held)s of %(n)s times.", held=track.held, n=track.n)
        yield Finding("H16", "H16", words)


_RULES: tuple[Callable[[Case, Day, Gettext], Findings], ...] = (
    _green_past_sure,
    _green_past_half,
    _moved_unmentioned,
    _lost,
    _same_while_slipping,
    _slip_without_cause,
    _old_problem,
    _silent,
    _better_for_nothing,
    _grown,
    _stalled,
    _dates_from_nothing,
    _impossible_day,
    _long_block,
    _vague_decision,
    _poor_record,
)
