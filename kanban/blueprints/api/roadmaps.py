"""The public roadmap, over the API: its lines and its link, for those who may configure the product."""

from flask import Response

from kanban import access, clock
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, changed
from kanban.errors import Invalid
from kanban.extensions import db, settings
from kanban.mail.links import SignedAddress
from kanban.mail.office import PostOffice
from kanban.models import Product, Roadmap
from kanban.models.roadmap import Subject, tick
from kanban.policy import Action
from kanban.reads import roadmap as reads


@api.get("/products/<key>/roadmap", responses={200: answers.RoadmapTold})
@access.needs(Action.CONFIGURE)
def show_roadmap(path: asks.OfProduct) -> answers.RoadmapTold:
    """The lines of the public roadmap, its link while that is valid, and what the public reads."""
    product, session = access.see_product(path.key), db.session()
    public = reads.shown_of(session, product)
    return answers.RoadmapTold(
        lines=[
            answers.RoadmapLineTold(
                item=f"{product.key}-{number}" if kind == "item" else None,
                milestone=number if kind == "milestone" else None,
                title=line.title,
            )
            for (kind, number), line in sorted(reads.read_lines(session, product).items())
        ],
        link=_link(product),
        public=answers.PublicTold(now=list(public.now), next=list(public.next), later=list(public.later)),
    )


@api.patch("/products/<key>/roadmap", responses={200: answers.RoadmapChanged})
@access.needs(Action.CONFIGURE)
def change_roadmap(path: asks.OfProduct, body: asks.RoadmapLines) -> Response:
    """Put items and milestones on the public roadmap or take them off; what is not named stays as it is."""
    product, session = access.change_product(path.key), db.session()
    wanted = {_subject(product, line.item, line.milestone): line.title for line in body.lines}
    lines, ids = reads.read_lines(session, product), reads.ids_of(session, product, list(wanted))
    if any(subject not in ids and title is not None for subject, title in wanted.items()):
        raise Invalid({"lines": "There is no such item or milestone in this product."})
    new, gone = tick(product, lines, wanted, ids, by=access.member())
    session.add_all(new)
    for line in gone:
        session.delete(line)
    return _changed(product)


def _subject(product: Product, ref: str | None, milestone: int | None) -> Subject:
    number = asks.number_in(ref, product.key) if ref is not None else milestone
    if number is None:
        raise Invalid({"lines": "There is no such item or milestone in this product."})
    return ("item" if ref is not None else "milestone", number)


@api.post("/products/<key>/roadmap/link", responses={200: answers.RoadmapChanged})
@access.needs(Action.CONFIGURE)
def open_roadmap(path: asks.OfProduct, body: asks.RoadmapLink) -> Response:
    """Make a new link to the public roadmap; the previous one, if any, stops working."""
    product, session = access.change_product(path.key), db.session()
    row = reads.find_roadmap(session, product)
    if row is None:
        session.add(row := Roadmap.of(product))
    row.open(body.days, by=access.member())
    return _changed(product)


@api.delete("/products/<key>/roadmap/link", responses={200: answers.RoadmapChanged})
@access.needs(Action.CONFIGURE)
def close_roadmap(path: asks.OfProduct) -> Response:
    """End the link to the public roadmap at once."""
    product = access.change_product(path.key)
    row = reads.find_roadmap(db.session(), product)
    if row is not None:
        row.close(by=access.member())
    return _changed(product)


def _changed(product: Product) -> Response:
    session = db.session()
    session.flush()
    row = _good(product)
    return changed(
        product, answers.RoadmapChanged(is_open=row is not None, expires_on=row.expires_on if row is not None else None)
    )


def _good(product: Product) -> Roadmap | None:
    row = reads.find_roadmap(db.session(), product)
    return row if row is not None and row.is_good_on(clock.today(product.zone)) else None


def _link(product: Product) -> answers.RoadmapLinkTold | None:
    row, office = _good(product), PostOffice.from_config(settings())
    if row is None:
        return None
    return answers.RoadmapLinkTold(
        url=office.signed_url(SignedAddress.ROADMAP, product.id, row.serial), expires_on=row.expires_on
    )
