"""Seventeen checks of an update's claim against the facts, H1 to H17.

Pure functions over facts that a loader gathered. A check whose facts are not known (None, empty) finds nothing. The
checks forbid nothing: their findings are shown beside the text.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from kanban.formatting import short_day
from kanban.status.case import Case, is_about, text_of
from kanban.status.gettext import Gettext, plain
from kanban.status.outdated import Outdated

QUIET_DAYS = 28
PROBLEM_DAYS = 14
SLIP_DAYS = 7
GROWTH = 0.10
LEAST_HELD = 0.70
SILENT_AFTER = 1.5
_WORST_FIRST = ("off_track", "at_risk", "on_track")


@dataclass(frozen=True)
class Finding:
    """One thing that a reader could hold against the update.

    `key` identifies it from one draft to the next; `ref` or `promise` lead to its evidence. If `title` is given, a line
    about that counts as mentioning the finding. `fact` is the part that only changes when somebody acts, not with time.
    """

    code: str
    key: str
    message: str
    ref: str = ""
    promise: int | None = None
    title: str = ""
    fact: str = ""


def check(case: Case, *, locale: str = "en", gettext: Gettext = plain) -> list[Finding]:
    """The findings of all checks, in the order of the checks."""

    def day(value: date) -> str:
        return short_day(value, locale, today=case.today)

    return [finding for rule in _RULES for finding in rule(case, day, gettext)]


Day = Callable[[date], str]
Findings = Iterator[Finding]


def _green_past_sure(case: Case, day: Day, _: Gettext) -> Findings:
    for each in case.promises:
        if case.claim == "on_track" and each.is_known and each.keeps_half and not each.keeps_sure:
            when = day(each.sure) if each.sure else _("nowhere in sight")
            words = _(
                "It says on track, but “%(title)s” is promised for %(due)s and its 85 %% date is %(date)s.",
                title=each.title,
                due=day(each.due_on),
                date=when,
            )
            yield Finding("H1", f"H1:{each.number}", words, each.ref, each.number, each.title, f"{each.due_on}")


def _green_past_half(case: Case, day: Day, _: Gettext) -> Findings:
    for each in case.promises:
        if case.claim in ("on_track", "done") and each.is_known and not each.keeps_half:
            when = day(each.half) if each.half else _("nowhere in sight")
            words = _(
                "“%(title)s” is promised for %(due)s, but even its 50 %% date is %(date)s.",
                title=each.title,
                due=day(each.due_on),
                date=when,
            )
            yield Finding("H2", f"H2:{each.number}", words, each.ref, each.number, each.title, f"{each.due_on}")


def _moved_unmentioned(case: Case, day: Day, _: Gettext) -> Findings:
    for each in case.moved:
        if not case.mentions(each.ref, each.title, kinds=("delays",)):
            words = _(
                "“%(title)s” moved from %(old)s to %(new)s, but no delay mentions it.",
                title=each.title,
                old=day(each.old_on),
                new=day(each.new_on),
            )
            yield Finding(
                "H3", f"H3:{each.ref or each.title}", words, each.ref, title=each.title, fact=f"{each.new_on}"
            )


def _lost(case: Case, _day: Day, _: Gettext) -> Findings:
    for each in case.lost:
        if not case.mentions(each.ref, each.title):
            words = (
                _("%(ref)s was promised and has been discarded, but no line mentions it.", ref=each.ref)
                if each.is_discarded
                else _("%(ref)s was promised and has fallen back behind others, but no line mentions it.", ref=each.ref)
            )
            yield Finding("H4", f"H4:{each.ref}", words, each.ref, title=each.title)


def _same_while_slipping(case: Case, day: Day, _: Gettext) -> Findings:
    if case.claim not in _WORST_FIRST or case.claims[:2] != (case.claim, case.claim):
        return
    for each in case.promises:
        if each.said_sure and each.is_known and (each.sure is None or (each.sure - each.said_sure).days > SLIP_DAYS):
            now = day(each.sure) if each.sure else _("nowhere in sight")
            words = _(
                "This is the third update with the same health, while the 85 %% date of “%(title)s” went from %(old)s"
                " to %(new)s.",
                title=each.title,
                old=day(each.said_sure),
                new=now,
            )
            yield Finding("H5", f"H5:{each.number}", words, each.ref, each.number, each.title)


def _slip_without_cause(case: Case, _day: Day, _: Gettext) -> Findings:
    for each in case.moved:
        told = [line for line in case.lines("delays") if is_about(line, each.ref, each.title)]
        if each.days > SLIP_DAYS and told and not any(str(line.get("cause") or "").strip() for line in told):
            words = _(
                "“%(title)s” moved by %(days)s days, but its line gives no cause.", title=each.title, days=each.days
            )
            yield Finding(
                "H6", f"H6:{each.ref or each.title}", words, each.ref, title=each.title, fact=f"{each.new_on}"
            )


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
            "The last update is from %(day)s; readers expect one every %(days)s days.",
            day=day(case.last_on),
            days=case.cadence_days,
        )
        yield Finding("H8", "H8", words)


def is_silent(last_on: date, today: date, cadence_days: int) -> bool:
    """Whether the last update is more than one and a half cadences ago; never if the cadence is 0 days."""
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
                "“%(title)s” grew by %(count)s items (%(share)s %%), but no line mentions it.",
                title=each.title,
                count=each.added,
                share=round(each.share * 100),
            )
            yield Finding("H10", f"H10:{each.title}", words, title=each.title, fact=f"{each.added}")


def _stalled(case: Case, day: Day, _: Gettext) -> Findings:
    if case.has_work and case.last_finished_on and (case.today - case.last_finished_on).days >= QUIET_DAYS:
        words = _("Nothing has been finished since %(day)s.", day=day(case.last_finished_on))
        yield Finding("H11", "H11", words)


def _dates_from_nothing(case: Case, _day: Day, _: Gettext) -> Findings:
    dated = [line for line in case.lines("delays") if str(line.get("new_date") or "").strip()]
    if case.is_short and dated:
        words = _("It gives new dates, but there isn’t enough history yet to forecast any.")
        yield Finding("H12", "H12", words)


def _impossible_day(case: Case, day: Day, _: Gettext) -> Findings:
    for each in case.promises:
        if each.due_on < case.today:
            words = _(
                "“%(title)s” was promised for %(day)s, and that day has passed.", title=each.title, day=day(each.due_on)
            )
            fact = f"{each.due_on}"
        elif each.is_closure:
            words = _(
                "“%(title)s” is promised for %(day)s, a day on which nobody works.",
                title=each.title,
                day=day(each.due_on),
            )
            fact = f"{each.due_on} closed"
        else:
            continue
        yield Finding("H13", f"H13:{each.number}", words, each.ref, each.number, each.title, fact)


def _long_block(case: Case, _day: Day, _: Gettext) -> Findings:
    for each in case.blocked:
        if (
            case.sle_days is not None
            and each.days > case.sle_days
            and not case.mentions(each.ref, each.title, kinds=("problems", "delays"))
        ):
            words = _(
                "%(ref)s has been blocked for %(days)s days, longer than most items take, but no problem mentions it.",
                ref=each.ref,
                days=each.days,
            )
            yield Finding("H14", f"H14:{each.ref}", words, each.ref, title=each.title)


def _vague_decision(case: Case, _day: Day, _: Gettext) -> Findings:
    for line in case.lines("decisions"):
        if not (str(line.get("note") or "").strip() and str(line.get("new_date") or "").strip()):
            words = _("“%(text)s” doesn’t say who is to decide, or by when.", text=text_of(line))
            yield Finding("H15", f"H15:{text_of(line)}", words, str(line.get("ref") or ""))


def _poor_record(case: Case, _day: Day, _: Gettext) -> Findings:
    track = case.track
    if track and not track.is_too_early and track.held < LEAST_HELD * track.n:
        words = _("Our 85 %% dates held only %(held)s of %(n)s times.", held=track.held, n=track.n)
        yield Finding("H16", "H16", words)


def _outdated(case: Case, _day: Day, _: Gettext) -> Findings:
    for each in case.outdated:
        if not each.is_days_only:
            yield Finding("H17", f"H17:{each.key}", _outdated_words(each, _), each.ref, fact=each.lasting)


def _outdated_words(each: Outdated, _: Gettext) -> str:
    what = f"“{each.text or each.ref}”"
    if each.new:
        return _("%(what)s says “%(old)s”, but it is now “%(new)s”.", what=what, old=each.old, new=each.new)
    match each.kind:
        case "shipped":
            return _("%(what)s is listed as done, but %(why)s.", what=what, why=each.why)
        case "in_progress":
            return _("%(what)s is listed as in progress, but %(why)s.", what=what, why=each.why)
        case "next":
            return _("%(what)s is listed as next, but %(why)s.", what=what, why=each.why)
        case "delays":
            return _("%(what)s is listed as a delay, but %(why)s.", what=what, why=each.why)
        case "decisions":
            return _("%(what)s is still asked, but %(why)s.", what=what, why=each.why)
    return _("%(what)s is listed as a problem, but %(why)s.", what=what, why=each.why)


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
    _outdated,
)
