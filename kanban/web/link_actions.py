"""What a stakeholder does through a personal link.

Each act is carried out once, under the product's lock if it is recorded in the log, and confirmed by a receipt, so that
people notice when somebody else has used their link.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import orm

from kanban.background.notifying import mail_at_once
from kanban.errors import Missing, Refused
from kanban.mail.links import LinkClaim, Purpose, SignedAddress
from kanban.models import (
    Decision,
    Delivery,
    Item,
    Level,
    Product,
    Response,
    ResponseKind,
    Stakeholder,
    StatusUpdate,
    UpdateQuestion,
    Way,
)
from kanban.reads import locked
from kanban.reads.decisions import decided
from kanban.reads.people.people import owner_of
from kanban.reads.updates import acknowledged, public
from kanban.transactions import begin_write

#: The purposes whose acts are recorded in the log, and so need the product's lock.
_LOCKING = (Purpose.ASK, Purpose.DECIDE, SignedAddress.MINE)
TOO_OLD = "This link is too old for that. Reply to the mail instead: the reply reaches the person who wrote it."


@dataclass(frozen=True)
class LinkAction:
    """One act in progress: the write transaction, the link, the mail it came in, and the product of the recipient."""

    session: orm.Session
    claim: LinkClaim
    delivery: Delivery
    product: Product

    @property
    def person(self) -> Stakeholder:
        """The stakeholder whose link it is. Raises Missing if there is none."""
        if self.delivery.stakeholder is None:
            raise Missing
        return self.delivery.stakeholder

    @property
    def update(self) -> StatusUpdate:
        """The update that the link is about, attached to the product of this act. Raises Missing if there is none."""
        if self.delivery.update is None:
            raise Missing
        orm.attributes.set_committed_value(self.delivery.update, "product", self.product)
        return self.delivery.update

    def receipt(self, what: str, **more: str | int) -> bool:
        """Put a receipt for the act into the outbox; always True, so that a verb can return it as its result."""
        update = self.delivery.update
        about = {"update": update.number, "headline": update.headline} if update is not None else {}
        told = Delivery.to_stakeholder("receipt", self.person, context={"act": what, **about, **more})
        told.product_id = self.person.product_id
        self.session.add(told)
        return True

    def tell_owner(self, kind: str, **context: int) -> None:
        """Put a mail to the product's owner into the outbox."""
        told = Delivery.to_user(kind, owner_of(self.session, self.product), context=dict(context))
        told.product_id = self.product.id
        self.session.add(told)


def begin(claim: LinkClaim) -> LinkAction | None:
    """Open the transaction in which the act is carried out; None if the link is dead."""
    session = begin_write()
    product_id = public.product_behind(session, claim)
    if product_id is None:
        session.rollback()
        return None
    product = locked.lock_product(session, product_id) if claim.purpose in _LOCKING else None
    delivery = public.copy_behind(session, claim, to_act=True)
    if delivery is None:
        session.rollback()
        return None
    return LinkAction(session, claim, delivery, product or public.product_of(session, delivery))


def carry_out(act: LinkAction, form: Mapping[str, str]) -> bool:
    """Do what the link is for and send a receipt; False if nothing changes. Raises Refused and Invalid, as verbs do."""
    match act.claim.purpose:
        case Purpose.READ:
            return act.delivery.update is not None and act.delivery.acknowledge() and _tell_who_wrote_it(act)
        case Purpose.ASK:
            return _ask(act, form.get("body", ""))
        case Purpose.DECIDE:
            return _decide(act, form)
        case Purpose.STOP:
            return act.person.level is not Level.NONE and _stop(act)
        case Purpose.PREFERENCES:
            return _prefer(act, form.get("level"))
        case Purpose.REPORT:
            return _report(act)
    raise Missing


def _tell_who_wrote_it(act: LinkAction) -> bool:
    """Notify the owner that the update was read, counted together with other readers, and by mail at once if the owner
    chose that."""
    told = acknowledged.note(act.session, act.update)
    if told is not None and told.way is Way.AT_ONCE:
        mail_at_once(act.session, told)
    return act.receipt("acknowledged")


def _ask(act: LinkAction, body: str) -> bool:
    _must_be_open(act)
    if public.was_asked(act.session, act.delivery, body.replace("\r\n", "\n").strip()):
        return False  # the page shows it, with its answer where there is one
    n_open = public.count_waiting(act.session, act.person)
    owner = owner_of(act.session, act.product)
    question = UpdateQuestion.ask(act.update, body, person=act.person, owner=owner, n_open=n_open)
    act.session.add(question)
    act.delivery.responses.append(Response(kind=ResponseKind.ASKED, body=""))
    return act.receipt("asked", asked=question.number)


def _decide(act: LinkAction, form: Mapping[str, str]) -> bool:
    _must_be_open(act)
    lines = decided.asked_in(act.session, act.delivery)
    asked = next((each for each in lines if str(each.line) == form.get("line")), None)
    if asked is None or not asked.is_yours:
        raise Refused("You are no longer asked to decide this. Open the newest mail you got.")
    if asked.decision is not None:
        return False  # the first answer counts; the page says which
    item = decided.item_asked_about(act.session, act.product, asked)
    decision = Decision.choose(
        act.update,
        asked.line,
        asked.chosen(form.get("option", "")),
        context=asked.with_remark(form.get("remark", "")),
        person=act.person,
        item=item,
    )
    act.session.add(decision)
    if item is not None:
        _lift_block(item, {asked.of, act.person.name})
    act.delivery.responses.append(Response(kind=ResponseKind.DECIDED, body=""))
    act.tell_owner("stakeholder_decided", decision=decision.number)
    return act.receipt("decided", decision=decision.number)


def _lift_block(item: Item, names: set[str]) -> None:
    """Lift the item's block if a person set it and it says that it is waiting for one of these names."""
    if any(block.is_own and block.waits_for(names) for block in item.open_blocks):
        item.unblock(by=None)


def _must_be_open(act: LinkAction) -> None:
    if not act.delivery.is_open_to_acts:
        raise Refused(TOO_OLD)
    if act.product.archived_at is not None:
        raise Refused("This product is closed. Reply to the mail instead.")


def _prefer(act: LinkAction, level: str | None) -> bool:
    if level not in list(Level) or level == act.person.level.value:
        return False
    if level == Level.NONE.value:
        return _stop(act)
    act.person.level = Level(level)
    return act.receipt("level", level=level)


def _stop(act: LinkAction) -> bool:
    act.person.unsubscribe()
    if act.delivery.update_id is not None:
        act.delivery.responses.append(Response(kind=ResponseKind.UNSUBSCRIBED, body=""))
    return act.receipt("unsubscribed")


def _report(act: LinkAction) -> bool:
    """Handle the report of a mail that reached the wrong person: end all links of the stakeholder and tell the owner.

    The receipt brings the stakeholder new links.
    """
    act.person.renew_links()
    act.tell_owner("link_reported", stakeholder=act.person.id)
    return act.receipt("reported")
