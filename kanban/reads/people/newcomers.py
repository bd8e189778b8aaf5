"""People who asked through a form and have not confirmed their address yet: their forms, requests, files and limits."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Delivery, Newcomer, Product, Request, RequestFile, RequestState
from kanban.models.newcomer import WAITS_FOR

#: The key of the advisory locks on addresses; keeps them apart from other locks.
_FORMS = 7_261


def product_of_form(session: orm.Session, product_id: int, serial: int) -> Product | None:
    """The product whose form is open under this link."""
    return session.scalar(
        sa.select(Product).where(
            Product.id == product_id, Product.form_open, Product.form_serial == serial, Product.archived_at.is_(None)
        )
    )


def public_request(session: orm.Session, product: Product, number: int) -> Request | None:
    """A request that anybody may support."""
    return session.scalar(
        sa.select(Request).where(
            Request.product_id == product.id,
            Request.number == number,
            Request.is_public,
            Request.state.not_in((RequestState.DUPLICATE, RequestState.DECLINED)),
        )
    )


def hold_form(session: orm.Session, product_id: int, email: str) -> None:
    """Lock this form, and this address in any form, until the transaction ends.

    So the limits hold even if many ask at once. On SQLite the write transaction locks everything already.
    """
    session.execute(sa.select(Product.id).where(Product.id == product_id).with_for_update(key_share=True))
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_FORMS, sa.func.hashtext(email))))


def count_waiting(session: orm.Session, product_id: int, email: str) -> tuple[int, int, int]:
    """How many newcomers wait in the product and with this address anywhere, and the bytes of the product's files.

    Newcomers that have expired are not counted.
    """
    since = clock.now() - WAITS_FOR
    in_product = sa.select(sa.func.count(Newcomer.id)).where(Newcomer.product_id == product_id, Newcomer.at > since)
    of_address = sa.select(sa.func.count(Newcomer.id)).where(Newcomer.email == email, Newcomer.at > since)
    waiting = sa.select(sa.func.sum(RequestFile.size)).join(Newcomer, Newcomer.id == RequestFile.newcomer_id)
    kept = sa.select(sa.func.sum(RequestFile.size)).join(Request, Request.id == RequestFile.request_id)
    size = sum(
        int(session.scalar(query) or 0)
        for query in (waiting.where(Newcomer.product_id == product_id), kept.where(Request.product_id == product_id))
    )
    return session.scalar(in_product) or 0, session.scalar(of_address) or 0, size


def newcomer_behind(session: orm.Session, delivery_id: int) -> Newcomer | None:
    """The newcomer who was sent this mail, with the request they support, as long as they can still confirm."""
    newcomer = session.scalar(
        sa.select(Newcomer)
        .join(Delivery, Delivery.newcomer_id == Newcomer.id)
        .where(Delivery.id == delivery_id)
        .options(orm.joinedload(Newcomer.supports))
        .execution_options(populate_existing=True)
    )
    return None if newcomer is None or newcomer.is_late else newcomer


def product_of(session: orm.Session, newcomer: Newcomer) -> Product:
    """The product whose form they filled in."""
    return session.scalars(sa.select(Product).where(Product.id == newcomer.product_id)).one()


def files_of(session: orm.Session, owner: Request | Newcomer) -> Sequence[RequestFile]:
    """The files that came with a request, or wait with a newcomer."""
    mine = RequestFile.request_id if isinstance(owner, Request) else RequestFile.newcomer_id
    return session.scalars(sa.select(RequestFile).where(mine == owner.id).order_by(RequestFile.number)).all()


def are_late(session: orm.Session) -> bool:
    """Whether there are newcomers who did not confirm in time, to be deleted."""
    return bool(session.scalar(sa.select(sa.exists().where(Newcomer.at < _limit()))))


def forget_late(session: orm.Session) -> Sequence[str]:
    """Delete those who did not confirm in time; returns the keys of their files, to be deleted after the commit."""
    late = sa.select(Newcomer.id).where(Newcomer.at < _limit())
    keys = session.scalars(sa.select(RequestFile.key).where(RequestFile.newcomer_id.in_(late))).all()
    session.execute(sa.delete(Newcomer).where(Newcomer.id.in_(late)).execution_options(synchronize_session=False))
    return keys


def _limit() -> dt.datetime:
    return clock.now() - WAITS_FOR
