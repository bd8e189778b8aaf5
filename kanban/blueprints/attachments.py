"""Files on an item: adding, downloading and removing them."""

from flask import Blueprint
from werkzeug.wrappers import Response

from kanban import access, files, panels
from kanban.policy import Action

bp = Blueprint("attachments", __name__)


@bp.get("/items/<ref>/attachments/<int:number>")
@access.needs(Action.SEE)
def download(ref: str, number: int) -> Response:
    """The file itself, to be saved and never shown."""
    return files.send(access.see_attachment(ref, number))


@bp.post("/items/<ref>/attachments")
@access.takes_files
@access.needs(Action.EDIT_ITEM)
@panels.keeps("attachment")
def attach(ref: str) -> Response:
    """Hang the files that were chosen, dropped or pasted on the item."""
    item, _ = files.take(ref)
    access.commit(item.product)
    return panels.answer(item)


@bp.post("/items/<ref>/attachments/<int:number>/remove")
@access.needs(Action.EDIT_ITEM)
def remove(ref: str, number: int) -> Response:
    """Take a file off the item."""
    attachment = access.change_attachment(ref, number)
    attachment.remove(by=access.member())
    access.commit(attachment.item.product)
    return panels.answer(attachment.item)
