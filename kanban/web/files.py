"""Files over HTTP, for pages and programs alike: what a request brought hangs on an item, what a row names is sent."""

import flask
from werkzeug.wrappers import Response

from kanban import access
from kanban.attachments import UNKNOWN_TYPE, Store
from kanban.errors import Missing
from kanban.extensions import db, settings
from kanban.models import Attachment, Item, RequestFile
from kanban.reads.items.attachments import read_shelf, same_on

HARMLESS_TYPES = (
    *("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"),
    *("application/pdf", "application/zip", "text/plain", "text/csv"),
)
"""What a file may say it is; every other is sent as one of unknown type."""


def store() -> Store:
    """The files of this installation."""
    return Store(settings().attachments_dir)


def take(ref: str) -> tuple[Item, list[Attachment]]:
    """Hang the files of this request on an item, under its product's lock; the caller commits. One that hangs there
    already, the same by name and content, is not hung again but answered as it is.

    Who may not, leaves nothing on the disk; the files are written before the lock is taken, which waits for no disk.
    """
    access.see_item(ref)
    files = store()
    kept = files.keep_all(flask.request.files.getlist("file"))
    with files.dropped_on_failure(kept):
        item = access.change_item(ref)
        hanging = same_on(db.session(), item, kept)
        new = [file for file in kept if file not in hanging]
        hung = Attachment.hang(item, new, read_shelf(db.session(), item), by=access.member())
        db.session.add_all(hung)
        db.session.flush()
    files.drop(file.key for file in hanging)
    hanging |= zip(new, hung, strict=True)
    return item, [hanging[file] for file in kept]


def send(attachment: Attachment | RequestFile) -> Response:
    """The file as a download, whatever it says it is: no browser may take it for a page of ours."""
    path = store().path(attachment.key)
    if not path.is_file():
        raise Missing("The file is no longer on the disk. Ask whoever runs this installation.", "file_missing")
    kind = attachment.content_type
    response = flask.send_file(
        path,
        mimetype=kind if kind in HARMLESS_TYPES else UNKNOWN_TYPE,
        as_attachment=True,
        download_name=attachment.name,
        etag=attachment.sha256,
        last_modified=attachment.at,
        max_age=0,
    )
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
