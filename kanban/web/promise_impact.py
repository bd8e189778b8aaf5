"""What people are told after backlog rows were moved: which promises are now off track, at risk or on track."""

from collections.abc import Sequence
from dataclasses import dataclass

import flask
from flask_babel import gettext as _
from flask_babel import ngettext

from kanban import access, formatting, translation
from kanban.extensions import db
from kanban.flow.stage import QUEUE
from kanban.models import Column, Item, Product
from kanban.policy import Action
from kanban.reads.promises.outlook import read_promised_queue, turns_between
from kanban.status.outlook import Queued, Turn
from kanban.web.move_feedback import Step

_MOST_TOLD = 3


@dataclass(frozen=True)
class ImpactNotice:
    """One sentence per promise whose health changed, and a step for noting the delay of the first that went off track.

    Only those who may promise are offered the step.
    """

    sentence: str = ""
    step: Step | None = None


def order_before(item: Item, column: Column) -> list[Queued] | None:
    """The queue in its present order if the move stays inside it, but empty if no promise is open; None otherwise."""
    return read_promised_queue(db.session(), item.product) if {item.column.stage, column.stage} <= set(QUEUE) else None


def order_after(product: Product, before: Sequence[Queued] | None) -> list[Queued]:
    """The queue as this command leaves it, read before the commit; empty if there was no order to compare with."""
    if not before:
        return []
    db.session.flush()
    return read_promised_queue(db.session(), product)


def impact_notice(product: Product, before: Sequence[Queued] | None, after: Sequence[Queued]) -> ImpactNotice:
    """What the new order did to the promises, compared with the order before."""
    turns = turns_between(db.session(), product, before, after) if before else []
    said = [_sentence(turn) for turn in turns[:_MOST_TOLD]]
    if more := len(turns) - len(said):
        said.append(ngettext("One more promise changes.", "%(num)d more promises change.", more))
    broken = next((turn.promise for turn in turns if turn.is_worse and turn.promise.health == "off_track"), None)
    if broken is None or not access.member().may(Action.PROMISE):
        return ImpactNotice(" ".join(said))
    url = flask.url_for("promises.ask_change", key=product.key, number=broken.number)
    return ImpactNotice(" ".join(said), Step(url, _("Note the delay"), "calendar"))


def _sentence(turn: Turn) -> str:
    name, day = turn.promise.name, formatting.short_day(turn.promise.due_on, translation.language())
    match turn.promise.health:
        case "off_track":
            return _("%(name)s, promised for %(day)s, is off track now.", name=name, day=day)
        case "at_risk":
            return _("%(name)s, promised for %(day)s, is at risk now.", name=name, day=day)
    return _("%(name)s, promised for %(day)s, is on track now.", name=name, day=day)
