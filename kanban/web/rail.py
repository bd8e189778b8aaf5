"""What surrounds every page: the current product with its pages, the other products, and the person."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import flask
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from kanban import formatting, identity, policy, translation
from kanban.extensions import db
from kanban.models import Member, User
from kanban.policy import Action, Role
from kanban.reads import shell
from kanban.web.navigation import NavLink, global_links, product_links, settings_bar


@dataclass(frozen=True)
class Link:
    """A page in the rail; `place` is the name of its blueprint, `count` the number beside it, `hot` highlights that."""

    place: str
    label: str
    url: str
    icon: str
    current: bool = False
    count: int | None = None
    hot: bool = False


@dataclass(frozen=True)
class ProductLink:
    """A product in the switcher; `mark` is its two letters, `silent_days` the days without an update, if too many."""

    key: str
    name: str
    mark: str
    url: str
    silent_days: int | None = None


@dataclass(frozen=True)
class Shell:
    """The rail: the current product, its pages, the pages over all products, and the person's own.

    On a phone the same pages come in two parts: `near` is the bar, `far` is behind *More*. `beyond` is what only the
    command bar shows.
    """

    product: ProductLink | None
    products: list[ProductLink]
    pages: list[Link]
    overview: list[Link]
    near: list[Link]
    far: list[Link]
    extras: list[Link]
    beyond: list[NavLink]
    me_url: str
    sign_out_url: str


@dataclass(frozen=True)
class Me:
    """The signed-in person, as templates see them."""

    id: int
    name: str
    initials: str
    theme: str
    is_admin: bool


@dataclass(frozen=True)
class _AtHand:
    """The current product and the person's role in it."""

    key: str
    name: str
    role: str
    is_archived: bool


@dataclass(frozen=True)
class _RailContext:
    """Everything that the rail depends on, as the key of its cache; `here` is the blueprint of the page."""

    me: Me
    memberships: tuple[shell.Membership, ...]
    at_hand: _AtHand | None
    counts: shell.Counts
    here: str


def init_app(app: flask.Flask) -> None:
    """Give every template `me` and `shell`, and the rail and dialogs that every page carries.

    Rail and dialogs are cached as HTML, keyed by everything they depend on: drawing the rail took a fifth of the time
    of a short page.
    """
    app.context_processor(_person)
    drawn: dict[str, Any] = app.jinja_env.globals

    @lru_cache(maxsize=128)
    def rail(context: _RailContext, _root: str, _language: str, _icons: str) -> str:
        template = app.jinja_env.get_template("layouts/_rail.html")
        return template.render(me=context.me, shell=_shell(context), csrf_token=lambda: _HOLE)

    @lru_cache(maxsize=64)
    def dialogs(_root: str, _language: str, _icons: str) -> Markup:
        return Markup(app.jinja_env.get_template("layouts/_dialogs.html").render())  # noqa: S704 (escaped there)

    def under() -> tuple[str, str, str]:
        return flask.request.script_root, translation.language(), drawn["asset"]("icons.svg")

    drawn["rail"] = lambda: Markup(rail(_rail_context(), *under()).replace(_HOLE, generate_csrf()))  # noqa: S704 (as above)
    drawn["settings_bar"] = settings_bar
    drawn["dialogs"] = lambda: dialogs(*under())


_HOLE = "\0csrf\0"
"""Placeholder in the cached rail for each page's own CSRF token; no text that people write can contain it."""


def _person() -> dict[str, Any]:
    user = identity.maybe_user() if flask.has_request_context() else None
    if user is None:
        return {"me": None, "shell": None}
    if "person_shown" not in flask.g:
        flask.g.person_shown = {"me": _me(user), "shell": _Asked()}
    shown: dict[str, Any] = flask.g.person_shown
    return shown


def _me(user: User) -> Me:
    return Me(user.id, user.name, formatting.initials(user.name), user.theme, user.is_admin)


class _Asked:
    """A Shell that is built when a template first asks for one of its parts.

    Pages use the cached rail, and most fragments ask for no part at all.
    """

    def __getattr__(self, name: str) -> Any:
        if name not in Shell.__dataclass_fields__:
            raise AttributeError(name)
        self.__dict__.update(vars(_shell(_rail_context())))
        return self.__dict__[name]


def _rail_context() -> _RailContext:
    """What surrounds this page now; takes two queries."""
    session, user = db.session(), identity.current_user()
    memberships = tuple(shell.products_of(session, user.id))
    product_id, at_hand = _at_hand(memberships)
    counts = shell.counts_of(session, user.id, product_id)
    return _RailContext(_me(user), memberships, at_hand, counts, (flask.request.endpoint or "").partition(".")[0])


def _shell(context: _RailContext) -> Shell:
    at_hand, counts, here = context.at_hand, context.counts, context.here
    questions = Link(
        "questions",
        gettext("Questions"),
        flask.url_for("questions.queue"),
        "circle-question-mark",
        here == "questions",
        counts.waiting or None,
        bool(counts.waiting),
    )
    pages, key, role, is_archived = [questions], None, "", False
    if at_hand is not None:
        key, role, is_archived = at_hand.key, at_hand.role, at_hand.is_archived
        pages = _pages(key, role, counts, questions, here)
    overview = _overview(context.me, {each.role for each in context.memberships}, counts.unread, here)
    near, far = _near_and_far([*pages, *overview], role)
    return Shell(
        product=_product_link(at_hand) if at_hand is not None else None,
        products=[_product_link(each, each.silent_days) for each in context.memberships],
        pages=pages,
        overview=overview,
        near=near,
        far=far,
        extras=[Link("products", gettext("New product"), flask.url_for("products.new"), "plus")],
        beyond=_beyond(key, role, is_archived, flask.request.script_root, translation.language()),
        me_url=flask.url_for("me.show"),
        sign_out_url=flask.url_for("auth.sign_out"),
    )


#: The pages that each role needs most, in the order of the bar on a phone; under "", those of people without a product.
_NEAR: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((Role.OWNER, Role.DELEGATE), ("backlog", "board", "questions", "updates")),
    Role.LEAD: ("board", "updates", "questions", "portfolio"),
    Role.DEVELOPER: ("board", "my_work", "inbox", "backlog"),
    Role.VIEWER: ("board", "updates", "promises", "backlog"),
    "": ("questions", "inbox", "people", "outgoing_mail"),
}


def _near_and_far(pages: list[Link], role: str) -> tuple[list[Link], list[Link]]:
    by_place = {page.place: page for page in pages}
    near = [by_place[place] for place in _NEAR[role] if place in by_place]
    return near, [page for page in pages if page not in near]


def _product_link(product: _AtHand | shell.Membership, silent_days: int | None = None) -> ProductLink:
    url = flask.url_for("backlog.show", key=product.key)
    return ProductLink(product.key, product.name, product.key[:2], url, silent_days)


@lru_cache(maxsize=256)
def _beyond(key: str | None, role: str, is_archived: bool, _root: str, _language: str) -> list[NavLink]:
    """The links that only the command bar shows; cached, since every page carries all of them."""
    return [*(product_links(key, role, is_archived=is_archived) if key else []), *global_links()]


def _overview(me: Me, roles: set[str], unread: int, here: str) -> list[Link]:
    """The pages over all products: the inbox for everybody, the portfolio for those with a product, my work for those
    who may hold items, and people and mail for administrators."""

    def page(label: str, endpoint: str, icon: str, count: int | None = None) -> Link:
        place = endpoint.partition(".")[0]
        return Link(place, label, flask.url_for(endpoint), icon, here == place, count)

    links = [page(gettext("Inbox"), "inbox.show", "bell", unread or None)]
    if roles:
        links.insert(0, page(gettext("Portfolio"), "portfolio.show", "layout-grid"))
    if any(policy.allows(role, Action.MOVE) for role in roles):
        links.append(page(gettext("My work"), "my_work.show", "hand"))
    if me.is_admin:
        links.append(page(gettext("People"), "people.show", "users"))
        links.append(page(gettext("Mail"), "outgoing_mail.show", "mail"))
    return links


def _at_hand(memberships: Sequence[shell.Membership]) -> tuple[int | None, _AtHand | None]:
    """The id of this page's product, and the product; on a page over all products, the one that was visited last."""
    member: Member | None = flask.g.get("member")
    if member is None:
        last = flask.session.get("product")
        found = next((each for each in memberships if each.key == last), memberships[0] if memberships else None)
        if found is None:
            return None, None
        return found.id, _AtHand(found.key, found.name, found.role, is_archived=False)  # memberships leave those out
    product = member.product
    if flask.session.get("product") != product.key:
        flask.session["product"] = product.key
    return product.id, _AtHand(product.key, product.name, member.role.value, product.archived_at is not None)


#: Pages without a link of their own, by blueprint, and the page in the rail that is marked as current instead.
_PART_OF = {
    **dict.fromkeys(("columns", "label_settings", "members", "calendar", "import_export"), "settings"),
    **dict.fromkeys(("request_settings", "roadmap", "webhooks"), "settings"),
    **dict.fromkeys(("drafts", "mails", "problems", "publishing"), "updates"),
    "milestones": "promises",
    "notices": "promises",
    "stakeholder_import": "stakeholders",
    "accepting": "requests",
    "personal": "stakeholders",
}


def _pages(key: str, role: str, counts: shell.Counts, questions: Link, here: str) -> list[Link]:
    def page(label: str, endpoint: str, icon: str, count: int | None = None) -> Link:
        place = endpoint.partition(".")[0]
        return Link(
            place, label, flask.url_for(endpoint, key=key), icon, _PART_OF.get(here, here) == place, count or None
        )

    pages = [
        page(gettext("Backlog"), "backlog.show", "list", counts.backlog),
        page(gettext("Board"), "board.show", "square-kanban", counts.board),
        questions,
        page(gettext("Updates"), "updates.index", "send"),
        page(gettext("Promises"), "promises.show", "handshake"),
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
