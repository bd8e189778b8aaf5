"""The mails of a published update that were kept because there was no mail server, and that may go out now."""

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.mail.levels import Concern, concerns_of, passes_by
from kanban.models import Delivery, DeliveryState, Level, Product, StatusUpdate


def read_kept(session: orm.Session, product: Product, update: StatusUpdate) -> list[Delivery]:
    """Those of its kept mails that may still be sent and that their people want; a fixed number of queries."""
    query = (
        sa.select(Delivery)
        .where(Delivery.update_id == update.id, Delivery.state == DeliveryState.KEPT)
        .options(orm.joinedload(Delivery.stakeholder))
        .execution_options(populate_existing=True)
    )
    late = [(mail, mail.stakeholder) for mail in session.scalars(query) if mail.stakeholder and mail.may_go_late]
    picky = [person for _mail, person in late if person.level is Level.MINE]
    concerns = concerns_of(session, product, picky) if picky else {}
    told = update.snapshot or {}
    return [mail for mail, one in late if not passes_by(told, one.level, concerns.get(one.id, Concern()))]
