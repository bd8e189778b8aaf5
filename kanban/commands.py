"""Carries out each command only once, with the client's id for it, a hash of its content and the first run's result."""

import hashlib
import hmac
import json
from operator import itemgetter
from typing import Any

import flask
import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.direct.prepared import Prepared
from kanban.errors import Invalid
from kanban.models import Command, Product
from kanban.reads.member_lock import DoneCommand


class Replayed(Exception):
    """This command was carried out before; its stored result is the answer."""

    def __init__(self, command: DoneCommand) -> None:
        super().__init__(command.id)
        self.result = command.result
        self.status = command.status
        self.version = command.version


def command_id() -> str | None:
    """The id that the client gave this command, or None."""
    given = flask.request.headers.get("Idempotency-Key") or flask.request.form.get("command") or None
    if given is not None and len(given) > 100:
        raise Invalid({"command": "A command id can have at most 100 characters."})
    return given


def answer_repeated(session: orm.Session, person_id: int) -> None:
    """Raise Replayed if this person's command was carried out before, Invalid if its id was for something else."""
    given = command_id()
    if given is not None:
        found = _DONE.tuples(session.connection(), {"person": person_id, "given": given})
        answer_done(DoneCommand(*found[0]) if found else None)


def answer_done(done: DoneCommand | None) -> None:
    """The same for a stored command that has already been read; does nothing if it is None: the command is new."""
    if done is None:
        return
    if not hmac.compare_digest(done.request_hash, _request_hash()):
        raise Invalid({"command": "This command id has already been used for something else."})
    raise Replayed(done)


_command = Command.__table__.c
_DONE = Prepared(
    sa.select(*(_command[name] for name in DoneCommand._fields)).where(
        _command.person_id == sa.bindparam("person"), _command.id == sa.bindparam("given")
    )
)


def remember(
    session: orm.Session,
    person_id: int,
    product: Product,
    result: dict[str, Any] | None,
    status: int,
    *,
    version: int | None,
) -> None:
    """Store the result of the current command, if it has an id, to be committed together with its changes.

    `version` is None if it changed nothing.
    """
    given = command_id()
    if given is not None:
        values = {
            "person_id": person_id,
            "id": given,
            "request_hash": _request_hash(),
            "product_id": product.id,
            "version": version,
            "status": status,
            "result": result,
            "at": clock.now(),
        }
        session.flush()
        _REMEMBER.write(session.connection(), values)


_REMEMBER = Prepared(sa.insert(Command.__table__))  # type: ignore[arg-type]


def _request_hash() -> str:
    """A hash of the command's content, leaving out what may differ between two tries to send it."""
    request = flask.request
    if request.form or request.files:
        fields = [[name, value] for name, value in request.form.items(multi=True) if name not in _NOT_CONTENT]
        for name, file in request.files.items(multi=True):
            file.stream.seek(0)  # a view may have read it already
            digest = hashlib.file_digest(file.stream, "sha256").hexdigest()  # type: ignore[arg-type]
            fields.append([name, f"{digest} {file.filename}"])
            file.stream.seek(0)
        body = json.dumps(sorted(fields, key=itemgetter(0)))  # several of one name stay in their order
    else:
        body = request.get_data(as_text=True)
    return hashlib.sha256(f"{request.method} {request.full_path}\0{body}".encode()).hexdigest()


_NOT_CONTENT = ("csrf_token", "command", "below")
