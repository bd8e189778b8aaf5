"""What stands around every page: the product at hand with its pages, the other products, and the person."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import flask
from flask_babel import get_locale, gettext
from markupsafe import Markup

from kanban import formatting, identity, policy
from kanban.extensions import db
from kanban.models import Product, User
from kanban.policy import Action
from kanban.reach import Way, ways_everywhere, ways_in
from kanban.reads import shell


@dataclass(frozen=True)
class Link:
    """A page in the rail."""

    label: str
    url: str
    icon: str
    current: bool = False
    count: int | None = None
    hot: bool = False


@dataclass(frozen=True)
class ProductLink:
    """A product in the switcher; `mark` is its two letters, `silent_days` how long nobody heard of it where that is too
    long."""

    key: str
    name: str
    mark: str
    url: str
    silent_days: int | None = None


@dataclass(frozen=True)
class Shell:
    """The rail: the product at hand, its pages, the pages over all products, and the person's own; `beyond` is what
    only the command bar shows."""

    product: ProductLink | None
    products: list[ProductLink]
    pages: list[Link]
    overview: list[Link]
    extras: list[Link]
    beyond: list[Way]
    me_url: str
    sign_out_url: str


@dataclass(frozen=True)
class Me:
    """The person as templates see them."""

    id: int
    name: str
    initials: str
    theme: str
    is_admin: bool


def init_app(app: flask.Flask) -> None:
    """Give every template `me` and `shell`, and the dialogs that every page carries."""
    app.context_processor(_around)

    @lru_cache(maxsize=64)
    def drawn(_root: str, _language: str) -> Markup:
        return Markup(app.jinja_env.get_template("layouts/_dialogs.html").render())  # noqa: S704 (escaped there)

    app.jinja_env.globals["dialogs"] = lambda: drawn(flask.request.script_root, str(get_locale()))


def _around() -> dict[str, Any]:
    user = identity.maybe_user() if flask.has_request_context() else None
    if user is None:
        return {"me": None, "shell": None}
    if "around" not in flask.g:
        me = Me(user.id, user.name, formatting.initials(user.name), user.theme, user.is_admin)
        flask.g.around = {"me": me, "shell": _Asked(user)}
    around: dict[str, Any] = flask.g.around
    return around


class _Asked:
    """The rail, put together when a page first asks for a part of it; fragments and errors never pay for it."""

    def __init__(self, user: User) -> None:
        self._user = user

    def __getattr__(self, name: str) -> Any:
        if name not in Shell.__dataclass_fields__:
            raise AttributeError(name)
        self.__dict__.update(vars(_shell(self._user)))
        return self.__dict__[name]


def _shell(user: User) -> Shell:
    session = db.session()
    rows = shell.products_of(session, user.id)
    products = [
        ProductLink(row.key, row.name, row.key[:2], flask.url_for("backlog.show", key=row.key), row.silent_days)
        for row in rows
    ]
    member = flask.g.get("member")
    product: Product | shell.Membership | None
    if member is None:
        product = _product_last_seen(rows)
    else:
        product = member.product
        if flask.session.get("product") != product.key:
            flask.session["product"] = product.key
    counts = shell.counts_of(session, user.id, product.id if product is not None else None)
    here = flask.request.endpoint or ""
    questions = Link(
        gettext("Questions"),
        flask.url_for("questions.queue"),
        "circle-question-mark",
        here.startswith("questions."),
        counts.waiting or None,
        bool(counts.waiting),
    )
    at_hand, pages, role, is_archived = None, [questions], "", False
    if product is not None:
        url = flask.url_for("backlog.show", key=product.key)
        at_hand = ProductLink(product.key, product.name, product.key[:2], url)
        role = _role(product.key, rows)
        is_archived = isinstance(product, Product) and product.archived_at is not None  # memberships hold no such
        pages = _pages(product.key, role, counts, questions, here)
    return Shell(
        product=at_hand,
        products=products,
        pages=pages,
        overview=_overview(user, {row.role for row in rows}, counts.unread, here),
        extras=[Link(gettext("New product"), flask.url_for("products.new"), "plus")],
        beyond=_beyond(at_hand and at_hand.key, role, is_archived, flask.request.script_root, str(get_locale())),
        me_url=flask.url_for("me.show"),
        sign_out_url=flask.url_for("auth.sign_out"),
    )


@lru_cache(maxsize=256)
def _beyond(key: str | None, role: str, is_archived: bool, _root: str, _language: str) -> list[Way]:
    """What only the command bar shows; made once, since every page carries all of it."""
    return [*(ways_in(key, role, is_archived=is_archived) if key else []), *ways_everywhere()]


def _overview(user: User, roles: set[str], unread: int, here: str) -> list[Link]:
    """The pages over all products: one's own work for whoever may hold some, the installation for its admin."""
    links = [Link(gettext("Inbox"), flask.url_for("inbox.show"), "bell", here.startswith("inbox."), unread or None)]
    if any(policy.allows(role, Action.MOVE) for role in roles):
        links.append(Link(gettext("My work"), flask.url_for("my_work.show"), "hand", here.startswith("my_work.")))
    if user.is_admin:
        links.append(Link(gettext("People"), flask.url_for("people.show"), "users", here.startswith("people.")))
        links.append(Link(gettext("Mail"), flask.url_for("post.show"), "mail", here.startswith("post.")))
    return links


def _product_last_seen(rows: list[shell.Membership]) -> shell.Membership | None:
    """On a page over all products the rail keeps the one where the person was last."""
    last = flask.session.get("product")
    return next((row for row in rows if row.key == last), rows[0] if rows else None)


def _role(key: str, rows: list[shell.Membership]) -> str:
    """The person's role in the product at hand; on a page of no product it stands in the rows."""
    member = flask.g.get("member")
    return member.role if member is not None else next((row.role for row in rows if row.key == key), "")


_PART_OF = {
    **dict.fromkeys(("columns", "members", "calendar", "roadmap"), "settings"),
    "mails": "updates",
    "problems": "updates",
    "milestones": "promises",
    "notices": "promises",
    "arrivals": "stakeholders",
    "accepting": "requests",
    "personal": "stakeholders",
}


def _pages(key: str, role: str, counts: shell.Counts, questions: Link, here: str) -> list[Link]:
    def page(label: str, endpoint: str, icon: str, count: int | None = None) -> Link:
        at = here.partition(".")[0]
        current = _PART_OF.get(at, at) == endpoint.partition(".")[0]
        return Link(label, flask.url_for(endpoint, key=key), icon, current, count or None)

    pages = [
        page(gettext("Backlog"), "backlog.show", "list", counts.backlog),
        page(gettext("Board"), "board.show", "square-kanban", counts.board),
        questions,
        page(gettext("Updates"), "updates.index", "send"),
        page(gettext("Promises"), "promises.show", "milestone"),
        page(gettext("Decisions"), "decisions.index", "gavel"),
    ]
    if policy.allows(role, Action.SEE_STAKEHOLDERS):
        pages.append(page(gettext("Stakeholders"), "stakeholders.index", "users"))
    if policy.allows(role, Action.SEE_REQUESTS):
        pages.insert(4, page(gettext("Requests"), "requests.index", "inbox", counts.requests))
    return [
        *pages,
        page(gettext("Insights"), "insights.show", "chart-line"),
        page(gettext("Settings"), "settings.show", "settings"),
    ]
