"""Who is asking: a browser is known by the sign-in that its cookie names, a program by the token of its call.

Sign-ins are opened and ended here too. This is the only file that knows Flask-Login.
"""

import datetime as dt
import logging
import secrets
from dataclasses import dataclass

import flask
import flask_login
import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock, keys
from kanban.direct.loading import Loading, whole
from kanban.errors import Busy, KanbanError
from kanban.extensions import db, settings
from kanban.models import ApiToken, Command, SignIn, SignInLink, User
from kanban.reads.people.accounts import is_unclaimed
from kanban.transactions import begin_write

log = logging.getLogger("kanban")


class NotSignedIn(KanbanError):
    """Nobody is signed in; pages redirect to the sign-in page, programs get a 401."""

    code = "not_signed_in"
    status = 401


def init_app(app: flask.Flask) -> None:
    """Let Flask-Login find the sign-in that a browser's cookie names."""
    manager = flask_login.LoginManager()
    manager.session_protection = None  # type: ignore[assignment]
    manager.user_loader(_load_signed_in)
    manager.init_app(app)


def is_program() -> bool:
    """Whether a program is asking: it brings a token with each call, not cookies, which other sites can have sent."""
    return flask.request.path.startswith("/api/")


def current_user() -> User:
    """The person who is asking; raises NotSignedIn if nobody is signed in."""
    user = maybe_user()
    if user is None:
        raise NotSignedIn("Sign in first.")
    return user


def maybe_user() -> User | None:
    """The person who is asking, or None."""
    if "person" not in flask.g:
        flask.g.person = _identify()
    person: User | None = flask.g.person
    return person


def _identify() -> User | None:
    if is_program():
        token = current_token()
        return token.user if token is not None else None
    signed = flask_login.current_user
    return signed.user if isinstance(signed, _Signed) else None


def current_token() -> ApiToken | None:
    """The token that this call came with, or None."""
    if "token" not in flask.g:
        flask.g.token = _read_token()
    token: ApiToken | None = flask.g.token
    return token


def _read_token() -> ApiToken | None:
    scheme, _, secret = flask.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret or not is_program():
        return None
    return db.session.scalar(_TOKEN, {"secret": keys.fingerprint(secret.strip())})


_TOKEN = (
    sa.select(ApiToken)
    .join(ApiToken.user)
    .where(ApiToken.secret_hash == sa.bindparam("secret"), ApiToken.ended_at.is_(None), User.is_active)
    .options(orm.contains_eager(ApiToken.user))
)


class _Signed(flask_login.UserMixin):
    """What Flask-Login carries: the person and the sign-in; its id is the cookie's secret."""

    def __init__(self, sign_in: SignIn, secret: str) -> None:
        self.user = sign_in.user
        self.sign_in = sign_in
        self.secret = secret

    def get_id(self) -> str:
        return self.secret


def _load_signed_in(secret: str) -> _Signed | None:
    found = _SIGN_IN.rows(db.session(), {"secret": keys.fingerprint(secret)})
    if not found:
        return None
    ((sign_in, user),) = found
    orm.attributes.set_committed_value(sign_in, "user", user)
    return _Signed(sign_in, secret) if sign_in.is_open() else None


_SIGN_IN = Loading(
    sa.select(*whole(SignIn, User))
    .select_from(SignIn)
    .join(User, User.id == SignIn.user_id)
    .where(SignIn.secret_hash == sa.bindparam("secret"), User.is_active),
    *(SignIn, User),
)


def current_sign_in() -> SignIn | None:
    """The sign-in of this browser, or None."""
    signed = flask_login.current_user
    return signed.sign_in if isinstance(signed, _Signed) else None


@dataclass(frozen=True)
class Credential:
    """How somebody signed in, for code that has to check later whether that is still valid."""

    user_id: int
    sign_in_id: int | None
    token_id: int | None


def credential() -> Credential:
    """How the person of this request signed in."""
    user, token = current_user(), current_token()
    sign_in = current_sign_in() if token is None else None
    return Credential(user.id, sign_in.id if sign_in else None, token.id if token else None)


def hold_person(session: orm.Session) -> User | None:
    """The person who is asking, read afresh within the write transaction.

    None if they have lost access, or their sign-in or token has ended. Its row and the person's are locked until the
    transaction ends, so that nobody else changes them meanwhile.
    """
    who = credential()
    came = SignIn if who.token_id is None else ApiToken
    query = sa.select(User).join(came, came.user_id == User.id).where(User.id == who.user_id, User.is_active)
    query = query.where(came.id == (who.sign_in_id or who.token_id), came.ended_at.is_(None))
    return session.scalar(query.with_for_update(key_share=True))


def slide() -> None:
    """Reset the idle clock of this sign-in or token if an hour has passed, in a transaction of its own.

    If it can't be written now, that is only logged: someone who is just reading should not wait or fail because of it.
    """
    sign_in, token, now = current_sign_in(), current_token(), clock.now()
    if token is not None and (token.used_at is None or now - token.used_at > _SLIDE_TOKEN):
        change = sa.update(ApiToken).where(ApiToken.id == token.id).values(used_at=now)
    elif sign_in is not None and sign_in.needs_slide():
        change = sa.update(SignIn).where(SignIn.id == sign_in.id).values(seen_at=now)
    else:
        return
    try:
        session = begin_write(wait_s=1)
        session.execute(change.execution_options(synchronize_session=False))
        session.commit()
    except (Busy, sa.exc.OperationalError, sa.exc.TimeoutError) as trouble:
        db.session.rollback()
        log.warning("idle clock not moved: %s", trouble.__class__.__name__)


_SLIDE_TOKEN = dt.timedelta(hours=1)


def sign_in(user: User) -> None:
    """Open a sign-in for this browser, under the write transaction; the caller commits."""
    secret = secrets.token_urlsafe(32)
    _end(current_sign_in())
    _forget_old()
    opened = SignIn(user=user, user_id=user.id, secret_hash=keys.fingerprint(secret))
    opened.created_at = opened.seen_at = clock.now()
    db.session.add(opened)
    flask.session.clear()
    flask.session.permanent = True
    flask_login.login_user(_Signed(opened, secret))
    flask.g.person = user


def _forget_old() -> None:
    """Delete what is no longer needed: old sign-ins and links, and commands too old to be repeated."""
    month_ago = clock.now() - _KEPT
    for query in (
        sa.delete(Command).where(Command.at < month_ago),
        sa.delete(SignInLink).where(SignInLink.expires_at < month_ago),
        sa.delete(SignIn).where(SignIn.created_at < month_ago - _KEPT),
    ):
        db.session.execute(query.execution_options(synchronize_session=False))


_KEPT = dt.timedelta(days=30)


def sign_out() -> None:
    """End this browser's sign-in, under the write transaction; the caller commits."""
    _end(current_sign_in())
    flask_login.logout_user()
    flask.session.clear()
    flask.g.person = None


def _end(sign_in: SignIn | None) -> None:
    if sign_in is not None:
        ended = sa.update(SignIn).where(SignIn.id == sign_in.id).values(ended_at=clock.now())
        db.session.execute(ended.execution_options(synchronize_session=False))


def end_sign_ins(user: User, *, but: SignIn | None = None) -> None:
    """End a person's sign-ins and links, within the write transaction.

    These are all their sign-ins except `but`, their single-use links, and the links in mails that need no sign-in.
    """
    user.end_links()
    spent = sa.update(SignInLink).where(SignInLink.user_id == user.id, SignInLink.used_at.is_(None))
    db.session.execute(spent.values(used_at=clock.now()).execution_options(synchronize_session=False))
    query = sa.update(SignIn).where(SignIn.user_id == user.id, SignIn.ended_at.is_(None))
    if but is not None:
        query = query.where(SignIn.id != but.id)
    db.session.execute(query.values(ended_at=clock.now()).execution_options(synchronize_session=False))


def end_printed_links(user: User) -> None:
    """End the links that were handed over for an account that nobody has used yet, within the write transaction.

    Called before the account joins or owns a product, so that whoever kept such a link can't get into the product with
    it. Only without a mail server are links printed and handed over.
    """
    if not settings().sends_mail and is_unclaimed(db.session(), user):
        end_sign_ins(user)
