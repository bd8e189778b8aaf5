"""The pages and forms that the rail has no room for: the command bar offers them to whoever may open them, and the
settings pages link to each other in a bar on top."""

from dataclasses import dataclass

import flask
from flask_babel import gettext as _

from kanban import access, policy
from kanban.policy import Action


@dataclass(frozen=True)
class NavLink:
    """A link to a page or to a form."""

    text: str
    url: str


@dataclass(frozen=True)
class Part(NavLink):
    """A link to a settings page; `current` (for aria-current) is "page" on that page itself, "true" on one below it."""

    current: str


@dataclass(frozen=True)
class SettingsBar:
    """The settings pages that the person may see, and the name of the current one (`here`)."""

    parts: list[Part]
    here: str
    may_configure: bool


def settings_bar() -> SettingsBar:
    """The settings bar of the current product; each of its pages has a blueprint of its own."""
    member, here = access.member(), flask.request.blueprint
    parts = []
    for action, text, endpoint in _settings(is_archived=member.product.archived_at is not None):
        if member.may(action):
            url = flask.url_for(endpoint, key=member.product.key)
            is_here = endpoint.partition(".")[0] == here
            parts.append(Part(text, url, ("page" if endpoint == flask.request.endpoint else "true") if is_here else ""))
    name = next((part.text for part in parts if part.current), "")
    return SettingsBar(parts, name, member.may(Action.CONFIGURE))


def _settings(*, is_archived: bool) -> list[tuple[Action, str, str]]:
    pages = [
        (Action.SEE, _("Product"), "settings.show"),
        (Action.SEE, _("Columns"), "columns.index"),
        (Action.SEE, _("Labels"), "label_settings.index"),
        (Action.SEE, _("Members"), "members.index"),
        (Action.SEE, _("Calendar"), "calendar.show"),
        (Action.RANK, _("Items from a file"), "import_export.ask"),
        (Action.SEE_REQUESTS, _("Request form"), "request_settings.show"),
        (Action.CONFIGURE, _("Public roadmap"), "roadmap.show"),
        (Action.CONFIGURE, _("Webhooks"), "webhooks.index"),
    ]
    return [page for page in pages if not is_archived or page[2] != "import_export.ask"]


def product_links(key: str, role: str, *, is_archived: bool) -> list[NavLink]:
    """The links for the current product that this role may use; no forms if it is archived, as nothing can change."""

    def leads_to(endpoint: str) -> str:
        return flask.url_for(endpoint, key=key)

    pages = [
        (Action.SEE, _("Problems"), "problems.index"),
        (Action.SEE, _("Discarded items"), "discarded.show"),
        *_settings(is_archived=is_archived)[1:],
    ]
    forms = [
        (Action.CREATE_ITEM, _("Many new items…"), "new_items.many"),
        (Action.EDIT_ITEM, _("Labels for several…"), "labels.choose_many"),
        (Action.ASSIGN, _("People for several…"), "assigning.choose"),
        (Action.MOVE, _("Column for several…"), "bulk_moves.choose"),
        (Action.PROMISE, _("Milestone for several…"), "milestones.choose_many"),
        (Action.RANK, _("Sort by score…"), "scores.preview"),
        (Action.PROMISE, _("New promise…"), "promises.ask_new"),
        (Action.PROMISE, _("New milestone…"), "milestones.ask_new"),
        (Action.DECIDE, _("New decision…"), "decisions.ask_new"),
        (Action.KEEP_PROBLEMS, _("New problem…"), "problems.ask_new"),
        (Action.TRIAGE_REQUESTS, _("New request…"), "requests.ask_new"),
        (Action.EDIT_STAKEHOLDERS, _("Stakeholders from a file…"), "stakeholder_import.ask"),
        (Action.CONFIGURE, _("New column…"), "columns.ask_new"),
        (Action.CONFIGURE, _("Several new members…"), "members.ask_several"),
        (Action.CONFIGURE, _("Hand over…"), "settings.ask_hand_over"),
        (Action.CONFIGURE, _("Archive…"), "settings.ask_archive"),
    ]
    offered = pages if is_archived else [*pages, *forms]
    found = [NavLink(text, leads_to(name)) for action, text, name in offered if policy.allows(role, action)]
    if policy.allows(role, Action.CREATE_ITEM) and not is_archived:
        found.append(NavLink(_("New item…"), flask.url_for("new_items.new", product=key)))
    return found


def global_links() -> list[NavLink]:
    """The links that are not about one product."""
    return [
        NavLink(_("Questions I asked"), flask.url_for("questions.queue", tab="asked")),
        NavLink(_("Search"), flask.url_for("search.show")),
        NavLink(_("Mails kept for me"), flask.url_for("outgoing_mail.mine")),
    ]
