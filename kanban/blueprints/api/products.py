"""Products, over the API: listing and creating them, and their columns, labels and members."""

from flask import Response
from sqlalchemy.exc import IntegrityError

from kanban import access, identity
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, changed
from kanban.errors import Invalid, Missing, Refused
from kanban.extensions import db
from kanban.models import Column, Label, Product, User, WipMode
from kanban.policy import Action, Role
from kanban.reads import locked
from kanban.reads.items import labels
from kanban.reads.people.people import products_of
from kanban.reads.settings import is_key_taken, list_members, standing_in


@api.get("/me", responses={200: answers.Me})
@access.signed_in
def me() -> answers.Me:
    """The person whose token the call was made with."""
    user, token = identity.current_user(), identity.current_token()
    assert token is not None, "a program came in by a token"
    return answers.Me(
        email=user.email,
        name=user.name,
        language=user.language,
        time_zone=user.time_zone,
        admin=user.is_admin,
        token=answers.TokenTold(name=token.name, scope=token.scope),
    )


# Products


@api.get("/products", responses={200: answers.ProductList})
@access.signed_in
def list_products(query: asks.Page) -> answers.ProductList:
    """Your products, by key."""
    found = products_of(db.session(), identity.current_user(), after=query.after, limit=query.limit + 1)
    data = [_brief(product, role) for product, role in found[: query.limit]]
    return answers.ProductList(data=data, next=data[-1].key if len(found) > query.limit else None)


def _brief(product: Product, role: Role) -> answers.ProductBrief:
    return answers.ProductBrief(
        key=product.key,
        name=product.name,
        goal=product.goal,
        time_zone=product.time_zone,
        role=role.value,
        version=product.version,
        archived=product.archived_at is not None,
    )


@api.post("/products", responses={201: answers.ProductChanged})
@access.signed_in
def open_product(body: asks.NewProduct) -> Response:
    """Create a product with the default columns; you become its owner."""
    owner = access.begin_change()
    session = db.session()
    if is_key_taken(session, body.key):
        raise Invalid({"key": "Another product has this key."})
    product = Product.open(**body.model_dump(), owner=owner)
    session.add(product)
    try:
        session.flush()
    except IntegrityError as taken:
        raise Invalid({"key": "Another product has this key."}) from taken
    told = _api_product(product, Role.OWNER)
    return changed(product, answers.ProductChanged(**told.model_dump()), 201)


@api.get("/products/<key>", responses={200: answers.ProductTold})
@access.needs(Action.SEE)
def show_product(path: asks.OfProduct) -> answers.ProductTold:
    """A product with its columns, its members and its version."""
    product = access.see_product(path.key)
    return _api_product(product, access.member().role)


def _api_product(product: Product, role: Role) -> answers.ProductTold:
    members = list_members(db.session(), product)
    return answers.ProductTold(
        **_brief(product, role).model_dump(),
        cadence_days=product.cadence_days,
        columns=[_column(column) for column in product.standing],
        members=[answers.MemberTold.model_validate(member) for member in members],
    )


# Columns


@api.post("/products/<key>/columns", responses={201: answers.ColumnChanged})
@access.needs(Action.CONFIGURE)
def add_column(path: asks.OfProduct, body: asks.NewColumn) -> Response:
    """Add a column after the last one of its stage."""
    product = access.change_product(path.key)
    column = Column.add(product, body.name, body.stage, by=access.member())
    _change(product, column, body)
    db.session.flush()
    return changed(product, answers.ColumnChanged(**_column(column).model_dump()), 201)


@api.patch("/products/<key>/columns/<int:column_id>", responses={200: answers.ColumnChanged})
@access.needs(Action.CONFIGURE)
def change_column(path: asks.OfColumn, body: asks.ColumnChange) -> Response:
    """Change the given fields of a column: name, limit, policy and acceptance."""
    product = access.change_product(path.key)
    column = _found(product, path.column_id)
    _change(product, column, body)
    return changed(product, answers.ColumnChanged(**_column(column).model_dump()))


@api.delete("/products/<key>/columns/<int:column_id>", responses={200: answers.Change})
@access.needs(Action.CONFIGURE)
def remove_column(path: asks.OfColumn) -> Response:
    """Remove an empty column."""
    product = access.change_product(path.key)
    column = _found(product, path.column_id)
    column.remove(occupancy=standing_in(db.session(), column), by=access.member())
    return changed(product, answers.Change())


def _found(product: Product, column_id: int) -> Column:
    column = locked.column_in(product, column_id)
    if column is None:
        raise Missing
    return column


def _change(product: Product, column: Column, body: asks.ColumnChange) -> None:
    """Change what the body gives; a limit of null removes the limit, any other null means unchanged."""
    limit = body.wip_limit if "wip_limit" in body.model_fields_set else ...
    column.change(
        by=access.member(),
        name=body.name,
        wip_limit=limit,
        wip_mode=body.wip_mode,
        policy=body.policy,
        accepts=body.accepts,
    )


def _column(column: Column) -> answers.ColumnTold:
    return answers.ColumnTold(
        id=column.id or 0,
        name=column.name,
        stage=column.stage.value,
        position=column.position,
        wip_limit=column.wip_limit,
        wip_mode=WipMode(column.wip_mode).value,
        policy=column.policy,
        accepts=column.accepts,
    )


# Labels


@api.get("/products/<key>/labels", responses={200: answers.LabelList})
@access.needs(Action.SEE)
def list_labels(path: asks.OfProduct) -> answers.LabelList:
    """All labels of a product, and how many items carry each."""
    found = labels.list_labels(db.session(), access.see_product(path.key))
    return answers.LabelList(data=[answers.LabelTold.model_validate(row) for row in found])


@api.patch("/products/<key>/labels/<int:label_id>", responses={200: answers.LabelChanged})
@access.needs(Action.KEEP_LABELS)
def rename_label(path: asks.OfLabel, body: asks.LabelChange) -> Response:
    """Rename a label on all its items.

    With `merge`, the name may be that of another label: the two then become one, which can’t be undone.
    """
    product, session = access.change_product(path.key), db.session()
    label = _label(product, path.label_id)
    twin = labels.label_called(session, product, body.name)
    if twin is None or twin is label:
        twin = label
        label.rename(product, body.name, by=access.member())
    elif not body.merge:
        raise Refused(f"There is a label “{twin.name}” already. With `merge` the two become one.", "label_exists")
    else:
        label.merge_into(product, twin, by=access.member())
    session.flush()
    [row] = labels.list_labels(session, product, twin)
    told = answers.LabelTold.model_validate(row)
    return changed(product, answers.LabelChanged(**told.model_dump()))


@api.delete("/products/<key>/labels/<int:label_id>", responses={200: answers.Change})
@access.needs(Action.KEEP_LABELS)
def remove_label(path: asks.OfLabel) -> Response:
    """Take a label off every item and remove it; that can’t be undone."""
    product = access.change_product(path.key)
    _label(product, path.label_id).remove(product, by=access.member())
    return changed(product, answers.Change())


def _label(product: Product, label_id: int) -> Label:
    label = labels.label_in(db.session(), product, label_id)
    if label is None:
        raise Missing
    return label


# Members


@api.post("/products/<key>/members", responses={200: answers.MemberChanged})
@access.needs(Action.CONFIGURE)
def let_in(path: asks.OfProduct, body: asks.NewMember) -> Response:
    """Make somebody with an account a member, or change a member's role; `owner` hands the product over to a member."""
    product = locked.with_members(db.session(), access.change_product(path.key))
    user = locked.user_by_email(db.session(), body.email)
    if user is None:
        raise Invalid({"email": "Nobody with this address has an account."})
    if body.role is Role.OWNER:
        _hand_over(product, user)
    else:
        if product.member_for(user) is None:
            identity.end_printed_links(user)
        product.let_in(user, body.role, by=access.member())
    return changed(product, answers.MemberChanged(email=user.email, role=body.role.value))


def _hand_over(product: Product, user: User) -> None:
    if product.owner.user_id == user.id:
        return
    _former, heir = product.hand_over(user, by=access.member())
    db.session.flush()  # a unique index allows one owner, so the former one's new role must be written first
    heir.role = Role.OWNER


@api.delete("/products/<key>/members/<email>", responses={200: answers.MemberChanged})
@access.needs(Action.CONFIGURE)
def let_go(path: asks.OfMember) -> Response:
    """Remove a member at once; what the person wrote stays."""
    product = locked.with_members(db.session(), access.change_product(path.key))
    address = path.email.strip().lower()
    user = next((member.user for member in product.members if member.user.email == address), None)
    if user is None:
        raise Missing
    product.let_go(user, by=access.member())
    return changed(product, answers.MemberChanged(email=user.email, role=None))
