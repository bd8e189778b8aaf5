"""Files on an item, over the API: listing, uploading as a multipart form, downloading, removing."""

import flask
from flask import Response
from flask_openapi3.models import RawModel
from werkzeug.exceptions import UnsupportedMediaType

from kanban import access
from kanban.attachments import UNKNOWN_TYPE
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, changed
from kanban.extensions import db
from kanban.models import Attachment, Item
from kanban.policy import Action
from kanban.reads.items import api_items
from kanban.web import files


class FilesForm(RawModel):
    """One to ten files, each as a part named `file`."""

    mimetypes = ["multipart/form-data"]


_BYTES = {"schema": {"type": "string", "format": "binary"}}
_FILE = {"content": dict.fromkeys((UNKNOWN_TYPE, *files.HARMLESS_TYPES), _BYTES)}


@api.get("/items/<ref>/attachments", responses={200: answers.AttachmentList})
@access.needs(Action.SEE)
def list_attachments(path: asks.OfItem) -> answers.AttachmentList:
    """List the files attached to an item, oldest first."""
    item = access.see_item(path.ref)
    found = api_items.read_api_item(db.session(), item.product, item).attachments
    return answers.AttachmentList(data=[answers.AttachmentTold.model_validate(file) for file in found])


@api.post("/items/<ref>/attachments", responses={201: answers.AttachmentsChanged})
@access.takes_files
@access.needs(Action.EDIT_ITEM)
def attach(path: asks.OfItem, raw: FilesForm) -> Response:
    """Attach files to an item, all or none: parts named `file`, up to 10 of 20 MB each.

    A file that is already attached, the same by name and content, is not attached again; it is returned as it is.
    """
    if flask.request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType
    item, attached = files.attach_uploads(path.ref)
    return _changed(item, attached, 201)


@api.get("/items/<ref>/attachments/<int:attachment_id>", responses={200: _FILE})
@access.needs(Action.SEE)
def download_attachment(path: asks.OfAttachment) -> Response:
    """Download a file."""
    return files.send(access.see_attachment(path.ref, path.attachment_id))  # type: ignore[return-value]


@api.delete("/items/<ref>/attachments/<int:attachment_id>", responses={200: answers.AttachmentsChanged})
@access.needs(Action.EDIT_ITEM)
def detach(path: asks.OfAttachment) -> Response:
    """Take a file off its item; only whoever added it and the product owner's side may do that."""
    attachment = access.change_attachment(path.ref, path.attachment_id)
    attachment.remove(by=access.member())
    return _changed(attachment.item, [attachment])


def _changed(item: Item, concerned: list[Attachment], status: int = 200) -> Response:
    data = [
        answers.AttachmentTold(
            id=file.number,
            name=file.name,
            size=file.size,
            type=file.content_type,
            at=file.at,
            by=file.added_by.email,
        )
        for file in concerned
    ]
    return changed(item.product, answers.AttachmentsChanged(ref=item.ref, data=data), status)
