"""Importing items from another tool's list, shown before anything is written, and exporting a product."""

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Iterable
from contextlib import suppress

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access, commands
from kanban.errors import Invalid, Refused
from kanban.extensions import db
from kanban.models import Product
from kanban.policy import Action
from kanban.reads import words
from kanban.transfer import exporting
from kanban.transfer.importing import ImportResult, import_items
from kanban.transfer.preview import Preview, read_preview
from kanban.transfer.reading import MAX_BYTES
from kanban.transfer.rehearsal import columns_of
from kanban.web import forms, panels, replies

bp = Blueprint("import_export", __name__, url_prefix="/products/<key>")

_MOST_CARRIED = 3_500_000
"""The most characters of a list that a form carries: about ten megabytes, compressed."""

_NOTES_TOLD = 5


@bp.get("/import")
@access.needs(Action.RANK)
def ask(key: str) -> str:
    """The form that asks for a file."""
    return _form(access.see_product(key))


def _form(product: Product, sentence: str = "") -> str:
    return render_template("import_export/file.html", product=product, sentence=sentence)


@bp.post("/import/look")
@access.needs(Action.RANK)
def look(key: str) -> Response | str:
    """Show how the list is read and what it would bring in; nothing is written.

    `as-N` says what to read the column at place N (from 0) as.
    """
    product = access.see_product(key)
    try:
        data = _sent()
        return _looked(product, data, read_preview(db.session(), product, data, _chosen()))
    except Refused as refused:
        return flask.make_response(_form(product, refused.sentence), 422)


def _looked(product: Product, data: bytes, found: Preview, *, is_other: bool = False) -> str:
    return render_template(
        "import_export/look.html",
        product=product,
        look=found,
        is_other=is_other,
        seen=_in_short(found),
        carried=_carried(data),
        readings=words.reading_choices(),
        types=dict(words.type_choices()),
        startless=_without_start(sum(row.lacks_start for row in found.found.fresh) if found.found else 0),
    )


@bp.post("/import")
@access.needs(Action.RANK)
def write(key: str) -> Response:
    """Bring in the list that was shown, all or nothing.

    If the outcome would differ from what was shown, because the mapping, the columns or the items have changed since,
    nothing is written and the list is shown again.
    """
    try:
        data, seen = _brought_back(), access.see_product(key)
        columns, found = columns_of(seen), read_preview(db.session(), seen, data, _chosen())
        is_other = request.form.get("seen") != _in_short(found)
        if is_other or found.found is None or found.found.staged.problems:
            _answer_second_press()
            return _look_again(key, data, found, is_other=is_other)
        staged, product = found.found.staged, access.change_product(key)
        if columns_of(product) != columns:  # renamed between the look and the lock
            db.session.rollback()
            again = read_preview(db.session(), access.see_product(key), data, _chosen())
            return _look_again(key, data, again, is_other=True)
    except Refused as refused:
        if refused.code == "archived":
            raise
        return flask.make_response(_form(access.see_product(key), refused.sentence), 422)
    arrived = import_items(db.session(), product, staged.items, by=access.member(), source="csv")
    if access.commit(product):
        flask.flash(panels.undo_url(product), "undo")
    flask.flash(_summarise(arrived), "good" if arrived.created else "plain")
    _flash_notes(arrived.notes)
    return flask.redirect(url_for("backlog.show", key=key), 303)


def _look_again(key: str, data: bytes, found: Preview, *, is_other: bool) -> Response:
    return flask.make_response(_looked(access.see_product(key), data, found, is_other=is_other), 422)


def _in_short(found: Preview) -> str:
    """A hash of the mapping, places and people that a look shows.

    The form carries the hash and not the names themselves, since these may be long and forms change line endings.
    """
    told = [found.overrides, list(found.counts.items()), found.held]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _answer_second_press() -> None:
    """If the button was pressed twice, answer with the result of the first press.

    Its items are here already, so without this the second press would show the list again instead of the success.
    """
    with suppress(Invalid):  # raised if somebody went back and sent the same form with other readings: no repetition
        commands.answer_repeated(db.session(), access.member().user_id)


def _summarise(arrived: ImportResult) -> str:
    new = ngettext("One item is new.", "%(num)d items are new.", arrived.created) if arrived.created else ""
    known = ngettext("One was already here.", "%(num)d were already here.", arrived.known) if arrived.known else ""
    return " ".join(filter(None, (new, _without_start(arrived.startless), known)))


def _without_start(count: int) -> str:
    """A sentence about this many new items without a start date, or ""."""
    if not count:
        return ""
    return ngettext(
        "One of them has no start date: how long it has been going on, or took, is unknown and in no figure.",
        "%(num)d of them have no start date: how long they have been going on, or took, is unknown and in no figure.",
        count,
    )


def _flash_notes(notes: Iterable[str]) -> None:
    for note in list(notes)[:_NOTES_TOLD]:
        flask.flash(note, "warn")


def _chosen() -> dict[int, str]:
    found = {}
    for name, reading in request.form.items():
        if name.startswith("as-") and (place := forms.number_or_none(name.removeprefix("as-"))) is not None:
            found[place] = reading
    return found


def _sent() -> bytes:
    """The file that was chosen or, without one, the list that the form carried."""
    content = forms.file_sent(MAX_BYTES)
    return _brought_back() if content is None else content


def _brought_back() -> bytes:
    unpacking = zlib.decompressobj()
    try:
        packed = base64.b64decode(request.form.get("list", ""), validate=True)
        content = unpacking.decompress(packed, MAX_BYTES + 1)
    except (binascii.Error, zlib.error):
        content = b""
    if not unpacking.eof:
        raise Refused(_("The list didn’t arrive in full. Choose the file again."))
    return content


def _carried(data: bytes) -> str:
    """The list as the form carries it to the next step: the server stores nothing of a file that may never come in."""
    carried = base64.b64encode(zlib.compress(data)).decode()
    if len(carried) > _MOST_CARRIED:
        raise Refused(_("This list is too large for a page. Split it, or import it on the command line."))
    return carried


@bp.get("/export.csv")
@access.needs(Action.SEE)
def export_csv(key: str) -> Response:
    """All items as a table that can be imported again."""
    product = access.see_product(key)
    return replies.download(exporting.as_csv(db.session(), product), "text/csv", f"{product.key}.csv")


@bp.get("/export.json")
@access.needs(Action.SEE)
def export_json(key: str) -> Response:
    """The product with columns, members, items, comments, questions and decisions; requests for those who see them."""
    product = access.see_product(key)
    document = exporting.as_document(db.session(), product, has_requests=access.member().may(Action.SEE_REQUESTS))
    return replies.download(flask.json.dumps(document), "application/json", f"{product.key}.json")
