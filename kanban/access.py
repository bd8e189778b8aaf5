"""The gate: who is asking, what they may see, and the lock under which they change it. Closed by default.

Every route declares what it needs; with an undeclared route the program does not start. Views never look an object up
by themselves: `see_*` and `change_*` load it through what the person may see, and what they may not see is Missing,
just like what does not exist.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import flask
import sqlalchemy as sa
from sqlalchemy import orm

from kanban import commands, identity
from kanban.config import MOST_FILE_BYTES, MOST_FILES_AT_ONCE
from kanban.direct.writing import write_plain
from kanban.errors import Missing
from kanban.extensions import db
from kanban.models import (
    Attachment,
    Comment,
    Commitment,
    Item,
    Member,
    Product,
    Question,
    StatusUpdate,
    User,
)
from kanban.policy import Action
from kanban.reads import locked, member_lock
from kanban.reads.items import attachments, comments
from kanban.reads.promises import promises
from kanban.transactions import begin_write, note_new

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Need:
    """What a route needs: `kind` is public, personal_link, signed_in, admin or product (the last with its action)."""

    kind: str
    action: Action | None = None
    even_archived: bool = False


def needs(action: Action, *, even_archived: bool = False) -> Callable[[View], View]:
    """Declare a route of one product: the gate's see_* and change_* then check this action.

    An archived product can be seen, but changing it is refused unless the route is `even_archived`.
    """
    return lambda view: _declare(view, Need("product", action, even_archived))


def public(view: View) -> View:
    """Declare a route that anybody may call."""
    return _declare(view, Need("public"))


def personal_link(view: View) -> View:
    """Declare a route behind a signed link; the view checks the link before anything else."""
    return _declare(view, Need("personal_link"))


def signed_in(view: View) -> View:
    """Declare a route for anybody who is signed in, which concerns only themselves."""
    return _declare(view, Need("signed_in"))


def admin(view: View) -> View:
    """Declare a route for those who run the installation."""
    return _declare(view, Need("admin"))


def takes_files(view: View) -> View:
    """Declare in addition that a route takes files: it then reads larger bodies, but only from people signed in."""
    view.__dict__["most_bytes"] = MOST_FILES_AT_ONCE * MOST_FILE_BYTES + 1_000_000
    return view


def most_bytes_of(endpoint: str | None) -> int | None:
    """The largest body that a route reads, in bytes, if it takes files; None for any other route."""
    found: int | None = getattr(flask.current_app.view_functions.get(endpoint or ""), "most_bytes", None)
    return found


def _declare(view: View, need: Need) -> View:
    view.__dict__["need"] = need
    return view


def need_of(view: Callable[..., Any]) -> Need | None:
    """What a route declared, or None."""
    return getattr(view, "need", None)


def member() -> Member:
    """The membership through which the product of this request was loaded."""
    found: Member = flask.g.member
    return found


# Seeing


def see_product(key: str) -> Product:
    """A product for reading, with its columns; 404 unless the person is a member who may do the route's action."""
    found = locked.visible_product(db.session(), key, identity.current_user().id)
    if found is None:
        raise Missing
    product, flask.g.member = found
    _authorise()
    return product


def see_item(ref: str, load: tuple[str, ...] = ()) -> Item:
    """An item for reading with its product, column and what `load` names (keys of reads.locked.BELONGINGS)."""
    key, number = _ref(ref)
    product = see_product(key)
    item = locked.item_in(db.session(), product, number, load)
    if item is None:
        raise Missing
    return item


def see_attachment(ref: str, number: int) -> Attachment:
    """A file attached to an item, for reading."""
    return _attachment(see_item(ref), number)


def _attachment(item: Item, number: int) -> Attachment:
    found = attachments.attachment_in(db.session(), item, number)
    if found is None:
        raise Missing
    return found


def see_question(question_id: int) -> Question:
    """A question for reading, with its thread and item."""
    product_id = locked.question_product(db.session(), question_id, identity.current_user().id)
    product = _see_id(product_id)
    question = locked.question_in(db.session(), product, question_id)
    if question is None:
        raise Missing
    return question


def see_update(update_id: int) -> StatusUpdate:
    """A status update for reading, with its deliveries."""
    product_id = locked.update_product(db.session(), update_id, identity.current_user().id)
    product = _see_id(product_id)
    update = locked.update_in(db.session(), product, update_id)
    if update is None:
        raise Missing
    return update


def _see_id(product_id: int | None) -> Product:
    key = db.session.scalar(sa.select(Product.key).where(Product.id == product_id)) if product_id else None
    if key is None:
        raise Missing
    return see_product(key)


# Changing


def change_product(key: str) -> Product:
    """Take a product's lock and next version for this person; everything loaded before is stale from here on."""
    return _lock_product(key=key).product


def change_item(ref: str, load: tuple[str, ...] = ()) -> Item:
    """Take the lock of an item's product and load the item with its column and what `load` names."""
    key, number = _ref(ref)
    item = _lock_product(key=key, number=number).item
    if item is None:
        raise Missing
    locked.load_belongings(db.session(), item, load)
    return item


def change_attachment(ref: str, number: int) -> Attachment:
    """Take the lock of an item's product and load a file attached to the item."""
    return _attachment(change_item(ref), number)


def change_comment(ref: str, comment_id: int) -> tuple[Item, Comment]:
    """Take the lock of an item's product and load the item and a comment on it."""
    item = change_item(ref)
    comment = comments.comment_in(db.session(), item, comment_id)
    if comment is None:
        raise Missing
    return item, comment


def change_question(question_id: int) -> Question:
    """Take the lock of a question's product and load the question with what answering touches."""
    product = _lock_product_id(locked.question_product(db.session(), question_id, identity.current_user().id))
    question = locked.question_in(db.session(), product, question_id)
    if question is None:
        raise Missing
    return question


def change_update(update_id: int) -> StatusUpdate:
    """Take the lock of a status update's product and load the update."""
    product = _lock_product_id(locked.update_product(db.session(), update_id, identity.current_user().id))
    update = locked.update_in(db.session(), product, update_id)
    if update is None:
        raise Missing
    return update


def change_commitment(commitment_id: int) -> Commitment:
    """Take the lock of a promise's product and load the promise with what changing it touches."""
    product = _lock_product_id(promises.promise_product(db.session(), commitment_id, identity.current_user().id))
    commitment = promises.promise_in(db.session(), product, commitment_id)
    if commitment is None:
        raise Missing
    return commitment


def begin_change() -> User:
    """Begin a write outside any product and return the person, loaded afresh.

    Raises NotSignedIn if their sign-in has ended meanwhile, and Replayed for a command that was carried out before.
    Administrators act one after the other, so that two who end each other's access can't both succeed.
    """
    identity.current_user()
    session = begin_write()
    if flask.g.need.kind == "admin":
        locked.hold_admins(session)
    user = _hold_person(session)
    commands.answer_repeated(session, user.id)
    return user


def change_ownership(key: str) -> Product:
    """Take the lock of any product, archived or not, for an administrator who appoints its owner; loads its members."""
    begin_change()
    session = db.session()
    product_id = locked.any_product_id(session, key)
    product = locked.lock_product(session, product_id) if product_id is not None else None
    if product is None:
        raise Missing
    return locked.with_members(session, product)


def _lock_product_id(product_id: int | None) -> Product:
    if product_id is None:
        raise Missing
    return _lock_product(product_id=product_id).product


def _lock_product(**which: Any) -> member_lock.LockedProduct:
    who, command = identity.credential(), commands.command_id()
    session = begin_write()
    which |= {"sign_in_id": who.sign_in_id, "token_id": who.token_id, "command": command}
    locked_product = member_lock.lock_for_member(session, who.user_id, **which)
    if locked_product is None or not locked_product.member.user.is_active:
        raise Missing
    if not locked_product.is_signed_in:
        raise identity.NotSignedIn("Sign in first.")
    flask.g.member, flask.g.person = locked_product.member, locked_product.member.user
    _authorise()
    commands.answer_done(locked_product.done)
    if not flask.g.need.even_archived:
        locked_product.product.refuse_archived()
    return locked_product


def _hold_person(session: orm.Session) -> User:
    user = identity.hold_person(session)
    if user is None:
        raise identity.NotSignedIn("Sign in first.")
    if flask.g.need.kind == "admin" and not user.is_admin:
        raise Missing
    flask.g.person = user
    return user


def _authorise() -> None:
    need: Need = flask.g.need
    assert need.action is not None, "a product route declares its action"
    member().must(need.action)


def _ref(ref: str) -> tuple[str, int]:
    read = locked.read_ref(ref)
    if read is None:
        raise Missing
    return read


# Commands


def commit(product: Product, result: dict[str, Any] | None = None, status: int = 200) -> bool:
    """Commit what was recorded, together with the command's result; if nothing was, return False and take no version.

    After such a no-op, what was loaded stays readable, with the version as it was before. A no-op with a command id is
    remembered too, while the lock is held: if it were sent again later, it might then find something to do.
    """
    session, person_id = db.session(), identity.current_user().id
    if not product.recorded:
        session.expunge_all()
        if commands.command_id() is None:
            session.rollback()
        else:
            member_lock.give_back_version(session, product.id)
            commands.remember(session, person_id, product, result, status, version=None)
            session.commit()
        orm.attributes.set_committed_value(product, "version", product.version - 1)
        return False
    if product.id is None:
        session.flush()
    note_new(session, write_plain(session))
    commands.remember(session, person_id, product, result, status, version=product.version)
    session.commit()
    return True


def commit_unlogged(product: Product) -> None:
    """Commit what was changed under the product's lock but is not part of its log; the version taken is given back."""
    session = db.session()
    session.flush()
    member_lock.give_back_version(session, product.id)
    session.commit()
