"""Undo, from a toast or with Ctrl+Z: taking back a person's own last command on items, a promise or a label's name."""

from collections.abc import Iterable

import flask
from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access, clock
from kanban.errors import Refused
from kanban.extensions import db
from kanban.formatting import short_day
from kanban.models import PROMISE_ACTS, Caution, Event, Item, Product, Stage
from kanban.models.undo import PART_TAKEN_BACK
from kanban.policy import Action
from kanban.reads.items.labels import label_called
from kanban.reads.items.undo import find_act, newest_change_since, read_item_undos
from kanban.reads.promises.undo import count_newcomers, undo_promise
from kanban.translation import language
from kanban.web import cards, replies

bp = Blueprint("undo", __name__)


@bp.post("/products/<key>/undo/<int:version>")
@access.needs(Action.MOVE)
def take_back(key: str, version: int) -> Response:
    """Undo everything that the command of this version did; without script, go on to the page `next`."""
    product = access.change_product(key)
    if act := find_act(db.session(), product, version, (*PROMISE_ACTS, "label_renamed")):
        if act.kind == "label_renamed":
            return _rename_back(product, act.data["was"], act.data["now"])
        return _promise_back(product, act)
    items, cautions, moved, left = [], [], False, set()
    reason = request.form.get("limit_reason")
    try:
        for part in read_item_undos(db.session(), product, version, by=access.member(), limit_reason=reason):
            left.add(part.item.column_id)
            cautions += part.carry_out()
            items.append(part.item)
            moved = moved or part.place is not None
    except Refused as refused:
        raise _told_by(refused, product, version) from None
    access.commit(product)
    rejoined = next((event.item for event in product.recorded if event.kind == "rejoined"), None)
    told = _sentence(items, moved=moved, is_rank=left == {items[0].column_id}, rejoined=rejoined)
    if not replies.wants_fragment():
        return _lead_back(product, rejoined or items[0], told, cautions, moved=moved)
    numbers = [item.number for item in items]
    return flask.make_response(
        cards.changes(product, numbers=numbers, sentence=" ".join([told, *(caution.message for caution in cautions)]))
    )


def _rename_back(product: Product, was: str, now: str) -> Response:
    """Give a renamed label its old name again. Raises Refused if that is taken or the label has changed since."""
    session = db.session()
    label, other = label_called(session, product, now), label_called(session, product, was)
    if label is None or label.name != now or (other is not None and other is not label):
        raise Refused(_("The labels were changed since, so the old name can’t come back."), "changed_since")
    label.rename(product, was, by=access.member())
    access.commit(product)
    told = _("Taken back: “%(now)s” is “%(was)s” again.", now=now, was=label.name)
    return replies.toast(told, otherwise=url_for("label_settings.index", key=product.key))


def _promise_back(product: Product, act: Event) -> Response:
    """Undo the making, a new date or the withdrawal of a promise. Stakeholders added with it stay on the list."""
    session = db.session()
    promise = undo_promise(session, product, act, by=access.member())
    day = short_day(promise.due_on, language(), today=clock.today(product.zone))
    told = {
        "promised": _("Undone: that is no longer promised."),
        "promise_changed": _("Undone: promised for %(day)s again.", day=day),
        "promise_withdrawn": _("Undone: still promised for %(day)s.", day=day),
    }[act.kind]
    if act.kind == "promised" and (added := count_newcomers(session, product, act.version)):
        told += " " + ngettext(
            "The person you added stays a stakeholder.", "The %(num)d people you added stay stakeholders.", added
        )
    access.commit(product)
    here = replies.own_path(request.form.get("next"), url_for("promises.show", key=product.key))
    return replies.toast(told, otherwise=here)


def _told_by(refused: Refused, product: Product, version: int) -> Refused:
    """The refusal; if something has changed since that version, one that says what."""
    since = newest_change_since(db.session(), product, version) if refused.code == "changed_since" else None
    if since is None:
        return refused
    ref, sentence = since
    return Refused(_("%(ref)s has changed since: %(sentence)s.", ref=ref, sentence=sentence), refused.code)


def _lead_back(product: Product, item: Item, told: str, cautions: Iterable[Caution], *, moved: bool) -> Response:
    flask.flash(told, "good")
    for caution in cautions:
        flask.flash(caution.message, "warn")
    where = "backlog.show" if item.column.stage is Stage.BACKLOG else "board.show"
    page = url_for(where, key=product.key) if moved else url_for("items.show", ref=item.ref)
    return flask.redirect(replies.own_path(request.form.get("next"), page), 303)


def _sentence(items: list[Item], *, moved: bool, is_rank: bool, rejoined: Item | None) -> str:
    item, count = items[0], len(items)
    if all(each.discard_reason == PART_TAKEN_BACK for each in items):
        return ngettext("Undone: %(ref)s is discarded.", "Undone: %(num)d parts are discarded.", count, ref=item.ref)
    if rejoined is not None:
        return _("Undone: %(ref)s is one item again.", ref=rejoined.ref)
    if count > 1:
        return ngettext("Undone: one item is as it was.", "Undone: %(num)d items are as they were.", count)
    if moved and is_rank:
        return _("Undone: %(ref)s is back in its old place.", ref=item.ref)
    if moved:
        return _("Undone: %(ref)s is back in %(column)s.", ref=item.ref, column=item.column.name)
    return _("Undone: %(ref)s is as it was.", ref=item.ref)
