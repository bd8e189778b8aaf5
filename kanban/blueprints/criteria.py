"""Acceptance criteria: adding, rewording, removing and ticking one."""

from flask import Blueprint, request
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access, plain
from kanban.errors import Invalid
from kanban.models import Item
from kanban.policy import Action
from kanban.web import panels
from kanban.web.panels import keeps

bp = Blueprint("criteria", __name__)

_ALL = ("assignees", "labels", "criteria", "blocks")


@bp.post("/items/<ref>/criteria")
@access.needs(Action.SET_CRITERIA)
@keeps("criterion")
def add(ref: str) -> Response:
    """Add a criterion at the end; of several lines each is one."""
    item, text = access.change_item(ref, _ALL), request.form.get("text", "")
    lines = plain.bare_lines(text)
    for line in lines if len(lines) > 1 else [text]:
        item.add_criterion(line, by=access.member())
    access.commit(item.product)
    told = ngettext("Criterion added to %(ref)s.", "%(num)d criteria added to %(ref)s.", len(lines) or 1, ref=item.ref)
    return panels.answer(item, told, undo_url=panels.undo_url(item.product))


@bp.post("/items/<ref>/criteria/<int:number>")
@access.needs(Action.SET_CRITERIA)
@keeps("criterion")
def change(ref: str, number: int) -> Response:
    """Reword a criterion."""
    item = access.change_item(ref, _ALL)
    text = request.form.get("text", "")
    _look_again(item, number, text)
    item.change_criterion(number, text, by=access.member())
    if not access.commit(item.product):
        return panels.answer(item)
    return panels.answer(item, _("Criterion of %(ref)s saved.", ref=item.ref), undo_url=panels.undo_url(item.product))


def _look_again(item: Item, number: int, text: str) -> None:
    """Raise Invalid if somebody else has reworded the criterion since; the form says which words it `began` from."""
    found = next((one.text for one in item.criteria if one.number == number), None)
    if found not in (None, request.form.get("began", found), " ".join(text.split())):
        sentence = _("Somebody has reworded it in the meantime: “%(text)s”. Saving again replaces that.", text=found)
        raise Invalid({"text": sentence})


@bp.post("/items/<ref>/criteria/<int:number>/remove")
@access.needs(Action.SET_CRITERIA)
def remove(ref: str, number: int) -> Response:
    """Remove a criterion."""
    item = access.change_item(ref, _ALL)
    item.remove_criterion(number, by=access.member())
    access.commit(item.product)
    told = _("Criterion removed from %(ref)s.", ref=item.ref)
    return panels.answer(item, told, undo_url=panels.undo_url(item.product))


@bp.post("/items/<ref>/criteria/<int:number>/tick")
@access.needs(Action.TICK_CRITERION)
def tick(ref: str, number: int) -> Response:
    """Mark a criterion as met or as not met."""
    item = access.change_item(ref, _ALL)
    met = request.form.get("met") == "1"
    item.tick(number, met=met, by=access.member())
    if not access.commit(item.product):
        return panels.answer(item)
    told = _("Ticked on %(ref)s.", ref=item.ref) if met else _("Unticked on %(ref)s.", ref=item.ref)
    return panels.answer(item, told, undo_url=panels.undo_url(item.product))
