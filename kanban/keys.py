"""What proves who somebody is: passwords, single-use links and tokens for programs. Only hashes of them are stored."""

import base64
import datetime as dt
import hashlib
import secrets
from threading import BoundedSemaphore

import argon2
import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Invalid
from kanban.extensions import db, settings
from kanban.models import ApiToken, LinkPurpose, SignInLink, User

_hasher = argon2.PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1)
_hashing = BoundedSemaphore(4)
_NOBODY = _hasher.hash(secrets.token_hex(16))
MIN_PASSWORD = 10


def fingerprint(secret: str) -> str:
    """The hash that is stored of a random secret, which is long enough to need neither a salt nor a slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hash_password(password: str) -> str:
    """The argon2id hash of a new password; Invalid when it is too short or too long."""
    if not MIN_PASSWORD <= len(password) <= 500:
        raise Invalid({"password": f"A password has at least {MIN_PASSWORD} characters."})
    with _hashing:
        return _hasher.hash(password)


def check_password(user: User | None, password: str) -> bool:
    """Whether the password is right; takes just as long for an unknown person."""
    stored = user.password_hash if user is not None and user.is_active and user.password_hash else _NOBODY
    with _hashing:
        try:
            right = _hasher.verify(stored, password[:500])
        except argon2.exceptions.VerificationError:
            return False
    return right and stored is not _NOBODY


def rehash(user: User, password: str) -> str | None:
    """A new hash of a password that was just verified, if the stored one was made with outdated settings; else None."""
    if user.password_hash is None or not _hasher.check_needs_rehash(user.password_hash):
        return None
    with _hashing:
        return _hasher.hash(password)


PRINTED = dt.timedelta(days=1)


def make_link(purpose: LinkPurpose, user: User | None, *, life: dt.timedelta | None = None) -> str:
    """Make a single-use link within the write transaction and return its address; only a hash of it is stored.

    `life` is for links that are printed and handed over (PRINTED), which need longer than a mail.
    """
    secret = new_secret()
    link = SignInLink.for_purpose(purpose, secret_hash=fingerprint(secret), user=user, life=life)
    if user is not None:
        link.user_id = user.id
    db.session.add(link)
    return link_address(settings().base_url, secret)


def new_secret() -> str:
    """A new secret for a single-use link: 160 bits in lower-case letters and digits, which no mail program cuts off."""
    return base64.b32encode(secrets.token_bytes(20)).decode("ascii").lower()


def link_address(base_url: str, secret: str) -> str:
    """The address of a sign-in, invitation or password link: a page with a button, since mail scanners follow links."""
    return f"{base_url.rstrip('/')}/sign-in/link/{secret}"


def read_link(secret: str, *, to_use: bool = False) -> SignInLink | None:
    """The usable link with this secret, with its person, or None; `to_use` locks it so that nobody else can use it."""
    query = sa.select(SignInLink).where(SignInLink.secret_hash == fingerprint(secret))
    if to_use:
        query = query.with_for_update(of=SignInLink)
    link = db.session.scalar(query.options(orm.joinedload(SignInLink.user)))
    usable = link is not None and link.is_usable() and (link.user is None or link.user.is_active)
    return link if usable else None


def make_api_token(user: User, name: str, scope: str) -> str:
    """Make a token for programs within the write transaction and return its secret, which is not stored."""
    secret = "kb_" + secrets.token_urlsafe(32)
    db.session.add(ApiToken(user_id=user.id, name=name, scope=scope, secret_hash=fingerprint(secret)))
    return secret
