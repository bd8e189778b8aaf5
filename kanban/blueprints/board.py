"""The board, what its open screens need to follow it, and *Pull next*."""

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access, cards, replies
from kanban.errors import Refused
from kanban.extensions import db
from kanban.models import Stage
from kanban.policy import Action
from kanban.reads import board as reads
from kanban.reads.cards import DONE_SHOWN
from kanban.reads.locked import read_ref
from kanban.reads.place import TOP, next_to_pull, read_place

bp = Blueprint("board", __name__)


@bp.get("/products/<key>/board")
@access.needs(Action.SEE)
def show(key: str) -> str:
    """The board of a product; `?item=REF` opens that item beside it."""
    product = access.see_product(key)
    board = reads.load_board(db.session(), product, access.member())
    return render_template("board/page.html", board=board, draw=cards.draw, most=DONE_SHOWN)


@bp.get("/products/<key>/board/changes")
@access.needs(Action.SEE)
def changes(key: str) -> str:
    """Fragments of what changed: `?since=VERSION`, or `?items=FE-1,FE-2`."""
    product = access.see_product(key)
    since = request.args.get("since", type=replies.small_number)
    refs = (read_ref(ref) for ref in request.args.get("items", "")[:5000].split(",") if ref)
    numbers = [ref[1] for ref in refs if ref is not None and ref[0] == product.key]
    return cards.changes(product, since=since, numbers=numbers)


@bp.post("/products/<key>/pull")
@access.needs(Action.MOVE)
def pull(key: str) -> Response:
    """Take the top item that is ready: assigned, started, and nobody else's."""
    product = access.change_product(key)
    session = db.session()
    item = next_to_pull(session, product)
    target = product.first_column(Stage.DOING)
    if item is None or target is None:
        raise Refused(_("Nothing is ready to be pulled."), "nothing_to_pull")
    place = read_place(session, product, target, TOP, item=item)
    cautions = item.move_to(place, by=access.member(), limit_reason=request.form.get("limit_reason"))
    pulled = item.ref
    access.commit(product)
    if not replies.wants_fragment():
        flask.flash(_("%(ref)s is yours.", ref=pulled), "good")
        return flask.redirect(url_for("board.show", key=product.key), 303)
    sentence = " ".join([_("%(ref)s is yours.", ref=pulled), *(caution.message for caution in cautions)])
    undo = url_for("moves.undo", ref=pulled, version=product.version)
    return flask.make_response(cards.changes(product, numbers=[item.number], sentence=sentence, undo_url=undo))
