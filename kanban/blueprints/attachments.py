"""Files on an item: adding, downloading and removing them."""

from flask import Blueprint
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access
from kanban.policy import Action
from kanban.web import files, panels

bp = Blueprint("attachments", __name__)


@bp.get("/items/<ref>/attachments/<int:number>")
@access.needs(Action.SEE)
def download(ref: str, number: int) -> Response:
    """Send the file as a download; browsers never show it in place."""
    return files.send(access.see_attachment(ref, number))


@bp.post("/items/<ref>/attachments")
@access.takes_files
@access.needs(Action.EDIT_ITEM)
@panels.keeps("attachment")
def attach(ref: str) -> Response:
    """Attach the files that were chosen, dropped or pasted, except those that are already attached."""
    item, attached = files.attach_uploads(ref)
    new = len(item.product.recorded)
    access.commit(item.product)
    undo_url = panels.undo_url(item.product) if new else ""
    return panels.answer(item, _summarise(item.ref, new, len(attached) - new), undo_url=undo_url)


def _summarise(ref: str, new: int, known: int) -> str:
    added = ngettext("One file added to %(ref)s.", "%(num)d files added to %(ref)s.", new, ref=ref)
    there = ngettext("One file was already on %(ref)s.", "%(num)d files were already on %(ref)s.", known, ref=ref)
    return " ".join(sentence for count, sentence in ((new, added), (known, there)) if count)


@bp.post("/items/<ref>/attachments/<int:number>/remove")
@access.needs(Action.EDIT_ITEM)
def remove(ref: str, number: int) -> Response:
    """Take a file off the item."""
    attachment = access.change_attachment(ref, number)
    attachment.remove(by=access.member())
    if not access.commit(attachment.item.product):
        return panels.answer(attachment.item)
    item, told = attachment.item, _("%(name)s removed from %(ref)s.", name=attachment.name, ref=attachment.item.ref)
    return panels.answer(item, told, undo_url=panels.undo_url(item.product))
