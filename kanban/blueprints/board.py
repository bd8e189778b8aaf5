"""The board, what its open screens need to follow it, and *Pull next*."""

from functools import partial

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access, identity
from kanban.errors import Missing, Refused
from kanban.extensions import db
from kanban.models import Product, Stage
from kanban.policy import Action
from kanban.reads.board import board as reads
from kanban.reads.board.cards import DONE_SHOWN
from kanban.reads.board.filters import Filter
from kanban.reads.board.place import TOP, read_place
from kanban.reads.board.pulling import next_to_pull
from kanban.reads.locked import column_in, read_ref
from kanban.reads.seen import load_seen
from kanban.reads.shell import counts_of
from kanban.web import cards, forms, move_feedback, replies

bp = Blueprint("board", __name__)

ON_BOARD = (Stage.READY, Stage.DOING, Stage.REVIEW, Stage.DONE)


@bp.get("/products/<key>/board")
@access.needs(Action.SEE)
def show(key: str) -> str:
    """The board of a product, narrowed by the filter in its address; `?item=REF` opens that item beside it."""
    product = access.see_product(key)
    session, member = db.session(), access.member()
    board = reads.load_board(session, product, member, Filter.read(request.args, reader=member.user_id))
    seen = load_seen(session, product, member, ON_BOARD)
    draw = partial(cards.draw, changed=seen.refs)
    if replies.wants_fragment():
        return render_template("board/_board.html", board=board, draw=draw, most=DONE_SHOWN, seen=seen)
    choices, is_new = reads.load_choices(session, product, board.only), _is_new(board, product)
    return render_template(
        "board/page.html", board=board, draw=draw, most=DONE_SHOWN, choices=choices, is_new=is_new, seen=seen
    )


def _is_new(board: reads.Board, product: Product) -> bool:
    """Whether there are no items yet, neither on the board nor in the backlog."""
    return board.is_empty and not counts_of(db.session(), identity.current_user().id, product.id).backlog


@bp.get("/products/<key>/board/empty")
@access.needs(Action.SEE)
def empty(key: str) -> str:
    """What an empty board says: the reader's first step, which differs once there are items in the backlog."""
    product = access.see_product(key)
    board = reads.load_board(db.session(), product, access.member())
    return render_template("board/_empty.html", board=board, is_new=_is_new(board, product))


@bp.get("/products/<key>/columns/<int:column_id>/cards")
@access.needs(Action.SEE)
def part(key: str, column_id: int) -> str:
    """The next cards of a column after `?after=REF`, as a fragment or, without script, as a page."""
    product = access.see_product(key)
    column = column_in(product, column_id)
    if column is None or column.stage in (Stage.BACKLOG, Stage.DONE):
        raise Missing
    ref = read_ref(request.args.get("after", ""))
    after, only = ref[1] if ref else None, Filter.read(request.args, reader=access.member().user_id)
    session, member = db.session(), access.member()
    page = reads.load_part(session, product, member, column, after=after, only=only)
    if page.lost and not replies.wants_fragment():
        page = reads.load_part(session, product, member, column, after=None, only=only)
    template = "board/_part.html" if replies.wants_fragment() else "board/part.html"
    may_move = member.may(Action.MOVE)
    return render_template(template, part=page, draw=cards.draw, name=product.name, may_move=may_move)


@bp.get("/products/<key>/board/changes")
@access.needs(Action.SEE)
def changes(key: str) -> str:
    """Fragments of what changed, `?since=VERSION` or of `?items=FE-1,FE-2`, for a screen with the given filter."""
    product = access.see_product(key)
    since = request.args.get("since", type=forms.small_number)
    refs = (read_ref(ref) for ref in request.args.get("items", "")[:5000].split(",") if ref)
    numbers = [ref[1] for ref in refs if ref is not None and ref[0] == product.key]
    return cards.changes(product, since=since, numbers=numbers)


@bp.post("/products/<key>/pull")
@access.needs(Action.MOVE)
def pull(key: str) -> Response:
    """Pull the topmost ready item that nobody else holds: it is assigned to the member and started."""
    product = access.change_product(key)
    session = db.session()
    item = next_to_pull(session, product, access.member().user_id)
    target = product.first_column(Stage.DOING)
    if item is None or target is None:
        raise Refused(_("Nothing is ready to be pulled."), "nothing_to_pull")
    place = read_place(session, product, target, TOP, item=item)
    cautions = item.move_to(place, by=access.member(), limit_reason=request.form.get("limit_reason"))
    liberties = move_feedback.liberties_of(product)
    access.commit(product)
    told, question = _("%(ref)s is yours.", ref=item.ref), move_feedback.ask(item, liberties)
    if not replies.wants_fragment():
        flask.flash(told, "good")
        move_feedback.flash(cautions, question)
        on_my_work = request.form.get("view") == "work"
        return flask.redirect(url_for("my_work.show") if on_my_work else url_for("board.show", key=product.key), 303)
    sentence = move_feedback.sentence(told, cautions, question)
    undo = url_for("undo.take_back", key=product.key, version=product.version)
    step = move_feedback.step_about(item, cautions)
    return flask.make_response(
        cards.changes(product, numbers=[item.number], sentence=sentence, undo_url=undo, ask=question, step=step)
    )
