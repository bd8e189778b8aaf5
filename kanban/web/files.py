"""Files over HTTP, for pages and programs alike: attaching uploads to an item, and sending stored files."""

import flask
from werkzeug.wrappers import Response

from kanban import access
from kanban.attachments import UNKNOWN_TYPE, Store
from kanban.errors import Missing
from kanban.extensions import db, settings
from kanban.models import Attachment, Item, RequestFile
from kanban.reads.items.attachments import read_attachment_space, same_on

HARMLESS_TYPES = (
    *("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"),
    *("application/pdf", "application/zip", "text/plain", "text/csv"),
)
"""Content types that a file is sent with; any other is sent as a file of unknown type."""


def store() -> Store:
    """The file store of this installation."""
    return Store(settings().attachments_dir)


def attach_uploads(ref: str) -> tuple[Item, list[Attachment]]:
    """Attach the files of this request to an item under its product's lock, and return their attachments; the caller
    commits.

    A file that is already attached, the same by name and content, is not attached again; the existing attachment is
    returned. Whether the member may do this is checked first, so that a refused upload leaves nothing on the disk. The
    files are written before the lock is taken, so that nobody holds it while waiting for the disk, and are dropped
    again if anything fails after that.
    """
    access.see_item(ref)
    files = store()
    kept = files.keep_all(flask.request.files.getlist("file"))
    with files.dropped_on_failure(kept):
        item = access.change_item(ref)
        attached_by_file = same_on(db.session(), item, kept)
        new = [file for file in kept if file not in attached_by_file]
        attached = Attachment.attach(item, new, read_attachment_space(db.session(), item), by=access.member())
        db.session.add_all(attached)
        db.session.flush()
    files.drop(file.key for file in attached_by_file)
    attached_by_file |= zip(new, attached, strict=True)
    return item, [attached_by_file[file] for file in kept]


def send(attachment: Attachment | RequestFile) -> Response:
    """The file as a download, whatever its type, so that no browser shows it as a page of this site.

    Raises Missing if it is no longer on the disk.
    """
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
