"""What the command bar offers for one item: only what its reader may do now, through existing pages and forms."""

from dataclasses import dataclass, field

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _

from kanban import access
from kanban.models import Item, Member, Stage
from kanban.policy import Action
from kanban.reads.board import moves

bp = Blueprint("command_bar", __name__)


@dataclass(frozen=True)
class Act:
    """An entry of the command bar: `how` is "go" (to a page), "dialog" (a form), "post" (at once, with `fields`) or
    "copy" (the link)."""

    text: str
    url: str
    how: str
    hint: str = ""
    fields: dict[str, str] = field(default_factory=dict)


@bp.get("/items/<ref>/acts")
@access.needs(Action.SEE)
def acts(ref: str) -> str:
    """The command bar's entries for this item."""
    item = access.see_item(ref, ("assignees", "blocks"))
    member = access.member()
    return render_template("search/_acts.html", item=item, acts=[*_acts(item, member), *_ways(item)])


def _acts(item: Item, member: Member) -> list[Act]:
    if item.product.archived_at is not None:
        return []
    if item.is_discarded:
        restore = Act(_("Restore"), url_for("items.restore", ref=item.ref), "post", fields={"view": "card"})
        return [restore] if member.may(Action.DISCARD) else []
    return [*_quick(item, member), *_moves(item, member), *_forms(item, member), *_places(item, member)]


def _quick(item: Item, member: Member) -> list[Act]:
    found = []
    held = [block for block in item.open_blocks if block.question_id is None]
    if member.may(Action.ASSIGN) and all(user.id != member.user_id for user in item.assignees):
        found.append(Act(_("Assign me"), url_for("items.assign_me", ref=item.ref), "post", "M", {"view": "card"}))
    if member.may(Action.BLOCK) and held:
        found.append(Act(_("Unblock"), url_for("items.unblock", ref=item.ref), "post", "B", {"view": "card"}))
    elif member.may(Action.BLOCK) and not item.is_finished:
        found.append(Act(_("Block…"), url_for("items.block", ref=item.ref), "dialog", "B"))
    if member.may(Action.ASK):
        found.append(Act(_("Ask…"), url_for("questions.ask_form", ref=item.ref), "dialog", "Q"))
    if member.may(Action.EDIT_ITEM):
        found.append(Act(_("Labels…"), url_for("labels.choose", ref=item.ref), "dialog", "L"))
    return found


def _moves(item: Item, member: Member) -> list[Act]:
    if not member.may(Action.MOVE):
        return []
    url = url_for("moves.move", ref=item.ref)
    found = [
        Act(_("Move to %(column)s", column=column.name), url, "post", fields={"column": str(column.id)})
        for column in moves.targets(item, member)
    ]
    if item.column.stage in (Stage.BACKLOG, Stage.READY) and member.may(Action.RANK):
        found.append(Act(_("To the top of %(column)s", column=item.column.name), url, "post", fields={"place": "top"}))
        found.append(
            Act(_("To the bottom of %(column)s", column=item.column.name), url, "post", fields={"place": "bottom"})
        )
    return [*found, Act(_("Move to a place…"), url_for("moves.choose", ref=item.ref), "dialog", "V")]


def _forms(item: Item, member: Member) -> list[Act]:
    found = []
    if not item.is_finished and member.may(Action.SPLIT):
        found.append(Act(_("Split…"), url_for("splitting.choose", ref=item.ref), "dialog", "S"))
    if not item.is_finished and member.may(Action.DISCARD):
        found.append(Act(_("Discard…"), url_for("items.discard", ref=item.ref), "dialog"))
    if not item.is_finished and member.may(Action.PROMISE):
        found.append(Act(_("Promise…"), url_for("promises.ask_new", key=item.product.key, item=item.ref), "dialog"))
    return found


def _places(item: Item, member: Member) -> list[Act]:
    """Entries for what is done on the item's own page: each leads to its place there."""
    places = [
        (Action.COMMENT, _("Comment…"), "new-comment"),
        (Action.EDIT_ITEM, _("Change its text…"), "edit-description"),
        (Action.ASSIGN, _("Who holds it…"), "edit-people"),
        (Action.SET_CRITERIA, _("Add a criterion…"), "new-criterion"),
        (Action.EDIT_ITEM, _("Attach a file…"), "new-file"),
        (Action.EDIT_ITEM, _("Link it to another…"), "edit-link"),
    ]
    return [
        Act(text, url_for("items.show", ref=item.ref, _anchor=anchor), "go")
        for action, text, anchor in places
        if member.may(action)
    ]


def _ways(item: Item) -> list[Act]:
    page = url_for("items.show", ref=item.ref)
    history = Act(_("What happened to it"), url_for("history.show", ref=item.ref), "go")
    return [history, Act(_("Open on its own page"), page, "go"), Act(_("Copy the link"), page, "copy")]
