"""Sentences about what a new item would displace; they also fit into the reply to whoever asked for it.

They name the organisations to which something was promised, never people. The plain ones, for outsiders, name nothing.
"""

import datetime as dt

from flask_babel import gettext as _
from flask_babel import ngettext

from kanban import formatting, translation
from kanban.flow.product_forecast import Dates
from kanban.reads.backlog.displacement import Displacement, MovedItem, MovedPromise


def sentences(found: Displacement, today: dt.date) -> list[str]:
    """One sentence per promise, the worst first, then one per item.

    Or a single sentence that says that nothing moves, or that there is too little history to tell.
    """
    if found.own is None:
        return [_("There is too little history to say what it would move.")]
    told = [_of_promise(promise, today) for promise in found.promises]
    promised = {promise.ref for promise in found.promises}
    told += [_moved(item.title, item.was, item.now, today) + "." for item in found.items if item.ref not in promised]
    if more := found.items_moved - len(found.items):
        told.append(
            ngettext("One more item comes a week or more later.", "%(num)d more items come a week or more later.", more)
        )
    return told or [_("It would move no promise, and no item by a week or more.")]


def plain_sentences(found: Displacement) -> list[str]:
    """The same for outsiders: how many things move and by how much the nearest of them does, without naming any."""
    moved: list[MovedPromise | MovedItem] = [*found.promises, *found.items]
    if found.own is None or not moved:
        return sentences(found, dt.date.min)
    nearest = min(moved, key=lambda each: each.was.sure or each.was.half or dt.date.max)
    days = next((days for days in reversed(nearest.days) if days), None)
    if days is None:
        return [
            ngettext("Taking it up moves one other thing.", "Taking it up moves %(num)d other things.", found.things)
        ]
    by = ngettext("one day", "%(num)d days", days)
    return [
        ngettext(
            "Taking it up moves one other thing by %(by)s.",
            "Taking it up moves %(num)d other things, the nearest of them by %(by)s.",
            found.things,
            by=by,
        )
    ]


def own_sentence(found: Displacement, today: dt.date) -> str:
    """When the new item itself would be done; empty if that is unknown."""
    if found.own is None or found.own.sure is None:
        return ""
    return _("It would be done by %(day)s (85 %%).", day=_day(found.own.sure, today))


def _of_promise(promise: MovedPromise, today: dt.date) -> str:
    moved = _moved(promise.name, promise.was, promise.now, today)
    to = ", ".join(promise.organisations)
    match promise.health if promise.is_worse else "":
        case "off_track":
            verdict = _("and break the promise to %(whom)s", whom=to) if to else _("and break that promise")
        case "at_risk":
            verdict = _("and put the promise to %(whom)s at risk", whom=to) if to else _("and put that promise at risk")
        case _same:
            return moved + "; " + _("how the promise stands does not change") + "."
    return f"{moved} {verdict} ({_('promised for %(day)s', day=_day(promise.due_on, today))})."


def _moved(name: str, was: Dates, now: Dates, today: dt.date) -> str:
    """By how much it moves: from the 85 % dates, or from the 50 % ones if the 85 % dates stay the same."""
    before, after = (was.half, now.half) if was.sure == now.sure else (was.sure, now.sure)
    if before is None:
        return _("It would move “%(name)s”", name=name)
    if after is None:
        return _("It would move “%(name)s” from %(day)s to beyond five years", name=name, day=_day(before, today))
    first, last = _day(before, today), _day(after, today)
    return _("It would move “%(name)s” from %(before)s to %(after)s", name=name, before=first, after=last)


def _day(day: dt.date, today: dt.date) -> str:
    return formatting.short_day(day, translation.language(), today=today)
