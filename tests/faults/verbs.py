"""Every command of board, backlog and item as one case: who sends it, where to, and what makes its object."""

import datetime as dt
import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kanban import clock
from kanban.models import Column, Comment, Commitment, Label, Stage, Stakeholder, StatusUpdate
from kanban.reads.updates.beginning import read_beginning
from tests.builders import World

#: The blueprints whose commands all have a case, and the commands that store nothing.
BLUEPRINTS = {
    *(
        "board",
        "moves",
        "new_items",
        "undo",
        "items",
        "assigning",
        "labels",
        "comments",
        "criteria",
        "parts",
        "bulk_moves",
    ),
    *("item_links", "questions", "attachments", "columns", "label_settings", "publishing"),
}
KEEPS_NOTHING = {"items.preview"}

Form = dict[str, Any]


@dataclass(frozen=True)
class Verb:
    """One command and the kind of its log entry, None if it has nothing to change.

    `make` makes its object and returns address and form.
    """

    by: str
    kind: str | None
    make: Callable[[World], tuple[str, Form]]


def _on_item(path: str, form: Form, column: str = "In progress", *first: Any, **item: Any) -> Callable[..., Any]:
    """A command on a fresh item, on which the verb `first` was called before (verb, its arguments, and by whom)."""

    def make(world: World) -> tuple[str, Form]:
        ref = world.item("One", column, **item)
        if first:
            verb, *values = first
            world.change(ref, verb, *values)
        return f"/items/{ref}/{path}", form

    return make


def _on_comment(path: str, form: Form) -> Callable[..., Any]:
    """A command on a fresh comment by dev."""

    def make(world: World) -> tuple[str, Form]:
        ref = world.item("One")
        world.change(ref, "comment", "Seen it", by="dev")
        with world.reading() as session:
            comment_id = session.scalar(sa.select(sa.func.max(Comment.id)))
        return f"/items/{ref}/comments/{comment_id}{path}", form

    return make


def _on_question(path: str, form: Form, *first: tuple[str, str]) -> Callable[..., Any]:
    """A command on a fresh question, on which people called these verbs."""

    def make(world: World) -> tuple[str, Form]:
        question_id = world.ask(world.item("Unclear", "In progress"), "Which ferry?", blocking=True)
        for verb, by in first:
            world.question(question_id, verb, "Say more", by=by)
        return f"/questions/{question_id}/{path}", form

    return make


def _on_column(path: str, form: Form, *, times: int = 1) -> Callable[..., Any]:
    """A command on a fresh column, the last of `times` fresh ones."""

    def make(world: World) -> tuple[str, Form]:
        for _ in range(times):
            column_id = _fresh_column(world)
        return f"/products/FE/settings/columns/{column_id}{path}", {"name": _name(), **form}

    return make


def _name() -> str:
    return f"New {uuid.uuid4().hex}"


def _fresh_column(world: World) -> int:
    """Add a column of stage ready; all but one of those before give way, since a product has at most 30."""
    with world.changing() as (session, product, owner):
        column = Column.add(product, _name(), Stage.READY, by=owner)
        session.flush()
        made = column.id
    with world.changing() as (session, product, owner):
        extra = [each for each in product.standing if each.name.startswith("New ")][:-2]
        if not extra:
            Column.add(product, _name(), Stage.READY, by=owner)
        for each in extra:
            each.remove(occupancy=0, by=owner)
    return made


def _column(world: World, name: str) -> str:
    with world.reading() as session:
        return str(session.scalars(sa.select(Column.id).where(Column.name == name)).one())


def _move(world: World) -> tuple[str, Form]:
    ref = world.item("Refunds", "Ready")
    return f"/items/{ref}/move", {"column": _column(world, "In progress"), "place": "top"}


def _stay(world: World) -> tuple[str, Form]:
    ref, form = world.item("Refunds", "Ready"), {"column": _column(world, "Ready"), "place": "bottom"}
    return f"/items/{ref}/move", form


def _pull(world: World) -> tuple[str, Form]:
    world.item("Next", "Ready")
    return "/products/FE/pull", {}


def _pass_over(world: World) -> int:
    """The version of a pull past a higher item, which can be explained."""
    world.item("Higher", "Ready")
    ref = world.item("Lower", "Ready")
    world.move(ref, "In progress", by="dev")
    return int(ref.partition("-")[2])


def _explain(world: World) -> tuple[str, Form]:
    number = _pass_over(world)
    address = f"/items/FE-{number}/reasons/{world.version()}"
    return address, {"kind": "passed_over", "reason": "The customer waits"}


def _undo_move(world: World) -> tuple[str, Form]:
    world.move(world.item("Refunds", "Ready"), "In progress", by="dev")
    return f"/products/FE/undo/{world.version()}", {}


def _undo_discard(world: World) -> tuple[str, Form]:
    world.change(world.item("Refunds", "Ready"), "discard", "Nobody needs it")
    return f"/products/FE/undo/{world.version()}", {}


def _undo(verb: str, *values: Any, **named: Any) -> Callable[[World], tuple[str, Form]]:
    """Undo what was just done to a fresh item."""

    def make(world: World) -> tuple[str, Form]:
        world.change(world.item("Refunds", criteria=("In full",)), verb, *values, **named)
        return f"/products/FE/undo/{world.version()}", {}

    return make


def _undo_unlink(world: World) -> tuple[str, Form]:
    address, form = _unlink(world)
    world.browser("dev").post(address, form)
    return f"/products/FE/undo/{world.version()}", {}


def _undo_detach(world: World) -> tuple[str, Form]:
    address, form = _detach(world)
    world.browser("dev").post(address, form)
    return f"/products/FE/undo/{world.version()}", {}


def _part_of(world: World) -> tuple[str, Form]:
    whole = world.item("Whole")
    return f"/items/{world.item('Part')}/part-of", {"whole": whole}


def _link(world: World) -> tuple[str, Form]:
    other = world.item("Jetty")
    return f"/items/{world.item('Ferry')}/links", {"way": "needs", "other": other}


def _unlink(world: World) -> tuple[str, Form]:
    address, form = _link(world)
    world.browser("olga").post(address, form)
    return f"{address}/needs/{form['other']}/remove", {}


def _chart() -> tuple[io.BytesIO, str]:
    return io.BytesIO(b"Depth 3 m"), "chart.txt"


def _detach(world: World) -> tuple[str, Form]:
    ref = world.item("Refunds")
    world.browser("dev").post(f"/items/{ref}/attachments", {"file": _chart()})
    return f"/items/{ref}/attachments/1/remove", {}


def _label_many(world: World) -> tuple[str, Form]:
    return "/products/FE/labels", {"items": world.item("Refunds"), "on": "one", "new": "two"}


def _label(world: World) -> int:
    """The id of a label that one fresh item carries."""
    ref = world.item("Refunds")
    world.browser("olga").post(f"/items/{ref}/labels", {"new": _name()})
    [label] = world.found(ref).labels
    return label.id


def _on_label(world: World, path: str, form: Form) -> tuple[str, Form]:
    return f"/products/FE/settings/labels/{_label(world)}{path}", form


def _merge_labels(world: World) -> tuple[str, Form]:
    into = _label(world)
    with world.reading() as session:
        name = session.get_one(Label, into).name
    return _on_label(world, "", {"name": name, "into": str(into)})


def _undo_rename(world: World) -> tuple[str, Form]:
    address, form = _on_label(world, "", {"name": _name()})
    assert world.browser("olga").post(address, form).status_code == 303
    return f"/products/FE/undo/{world.version()}", {}


def _undo_promise(*then: tuple[str, Form]) -> Callable[[World], tuple[str, Form]]:
    """Undo the last of what was done to a fresh promise: its making, or one of these commands on it."""

    def make(world: World) -> tuple[str, Form]:
        day = clock.today("UTC") + dt.timedelta(days=60)
        monday = day - dt.timedelta(days=day.weekday())
        form = {"item": world.item("Refunds", "Ready"), "due_on": monday.isoformat()}
        assert world.browser("olga").post("/products/FE/promises", form).status_code == 303
        with world.reading() as session:
            number = session.scalar(sa.select(sa.func.max(Commitment.number)))
        for verb, more in then:
            later = {"due_on": (monday + dt.timedelta(days=7)).isoformat()} if verb == "change" else {}
            answer = world.browser("olga").post(f"/products/FE/promises/{number}/{verb}", more | later)
            assert answer.status_code == 303
        return f"/products/FE/undo/{world.version()}", {}

    return make


def _cross(world: World) -> tuple[str, Form]:
    refs = [world.item("Refunds"), world.item("Rebates", "Ready", criteria=("It pays",))]
    world.ask(refs[1], "Whose money?", blocking=True)
    doing = next(each for each in world.found(refs[0]).product.columns if each.stage is Stage.DOING)
    return "/products/FE/move", {"items": refs, "column": str(doing.id)}


def _explain_all(world: World) -> tuple[str, Form]:
    _pass_over(world)
    return f"/products/FE/move/{world.version()}/reasons", {"reason": "The customer waits"}


def _publish(world: World) -> tuple[str, Form]:
    with world.changing() as (session, product, owner):
        people = session.scalars(sa.select(Stakeholder)).all()
        if not people:
            session.add_all(
                Stakeholder(product_id=product.id, name=f"Reader {n}", email=f"reader{n}@example.org") for n in range(3)
            )
        update = StatusUpdate.draft(product, by=owner, **read_beginning(session, product).keywords)
        update.headline = "It goes on"
        session.add(update)
        session.flush()
        return f"/products/FE/updates/{update.number}/publish", {"revision": str(update.revision)}


def _schedule(world: World) -> tuple[str, Form]:
    path, form = _publish(world)
    day = (clock.today("UTC") + dt.timedelta(days=2)).isoformat()
    return path.replace("/publish", "/schedule"), {**form, "day": day, "time": "09:00"}


def _take_back(world: World) -> tuple[str, Form]:
    path, form = _schedule(world)
    assert world.browser("olga").post(path, form).status_code == 303
    return path.replace("/schedule", "/take-back"), {}


_WORDS = {"title": "New words", "labels": "one, two", "type": "bug", "size": "L", "revision": "1"}
_SETTINGS = {"wip_limit": "3", "wip_mode": "refuse", "policy": "One each"}

#: By endpoint, and for one with several outcomes also by what else happens.
VERBS = {
    "moves.move": Verb("dev", "moved", _move),
    "moves.move to where it is": Verb("olga", None, _stay),
    "moves.explain": Verb("dev", "reason_given", _explain),
    "board.pull": Verb("dev", "moved", _pull),
    "undo.take_back a move": Verb("dev", "moved", _undo_move),
    "undo.take_back a discard": Verb("olga", "restored", _undo_discard),
    "undo.take_back a criterion": Verb("olga", "criterion_added", _undo("remove_criterion", 1)),
    "undo.take_back an unlink": Verb("dev", "linked", _undo_unlink),
    "undo.take_back a removed file": Verb("dev", "attached", _undo_detach),
    "undo.take_back a promise": Verb("olga", "promise_undone", _undo_promise()),
    "undo.take_back a new date": Verb(
        "olga", "promise_undone", _undo_promise(("change", {"cause": "people", "explanation": "Ill"}))
    ),
    "undo.take_back a withdrawal": Verb(
        "olga", "promise_undone", _undo_promise(("withdraw", {"reason": "Nobody wants it"}))
    ),
    "new_items.create": Verb(
        "dev", "created", lambda _world: ("/products/FE/items", {"title": "New", "labels": "one"})
    ),
    "new_items.create_many": Verb("dev", "created", lambda _world: ("/products/FE/items/many", {"titles": "One"})),
    "items.edit": Verb("dev", "edited", _on_item("edit", _WORDS)),
    "items.assign": Verb("dev", "assigned", lambda world: _assign(world)),
    "items.assign_me": Verb("dev", "assigned", _on_item("assign-me", {})),
    "comments.reword": Verb("dev", "comment_edited", _on_comment("", {"body": "Seen it, I think"})),
    "comments.remove": Verb("dev", "comment_removed", _on_comment("/remove", {})),
    "comments.add": Verb("dev", "commented", _on_item("comments", {"body": "Seen it"})),
    "items.do_block": Verb("dev", "blocked", _on_item("block", {"reason": "No paint"})),
    "items.unblock": Verb("dev", "unblocked", _on_item("unblock", {}, "In progress", "block", "No paint")),
    "items.do_discard": Verb("olga", "discarded", _on_item("discard", {"reason": "Nobody needs it"})),
    "items.restore": Verb("olga", "restored", _on_item("restore", {}, "Ready", "discard", "Nobody needs it")),
    "labels.label": Verb("dev", "edited", _on_item("labels", {"label": "one", "new": "two"})),
    "bulk_moves.move": Verb("dev", "blocked", _cross),
    "bulk_moves.explain": Verb("dev", "reason_given", _explain_all),
    "assigning.assign": Verb("dev", "assigned", lambda world: _assign_many(world)),
    "labels.label_many": Verb("dev", "edited", _label_many),
    "criteria.add": Verb("olga", "criterion_added", _on_item("criteria", {"text": "It holds"})),
    "criteria.change": Verb(
        "olga", "criterion_changed", _on_item("criteria/1", {"text": "It floats"}, criteria=("A",))
    ),
    "criteria.remove": Verb("olga", "criterion_removed", _on_item("criteria/1/remove", {}, criteria=("A",))),
    "criteria.tick": Verb("dev", "criterion_met", _on_item("criteria/1/tick", {"met": "1"}, criteria=("A",))),
    "parts.add": Verb("dev", "made_part", _on_item("parts", {"title": "A part"})),
    "parts.belong": Verb("dev", "made_part", _part_of),
    "item_links.add": Verb("dev", "linked", _link),
    "item_links.remove": Verb("dev", "unlinked", _unlink),
    "attachments.attach": Verb("dev", "attached", _on_item("attachments", {"file": _chart})),
    "attachments.remove": Verb("dev", "detached", _detach),
    "questions.ask": Verb("dev", "asked", _on_item("questions", {"body": "Which ferry?", "blocking": "1"})),
    "questions.answer": Verb("olga", "answered", _on_question("answer", {"body": "That one", "becomes": "criterion"})),
    "questions.answer with a decision": Verb(
        "olga", "answered", _on_question("answer", {"body": "The blue one", "becomes": "decision"})
    ),
    "questions.ask_back": Verb("olga", "asked_back", _on_question("ask-back", {"body": "Which harbour?"})),
    "questions.reply": Verb("dev", "replied", _on_question("reply", {"body": "Ærø"}, ("ask_back", "olga"))),
    "questions.accept": Verb("dev", "answer_accepted", _on_question("accept", {}, ("answer", "olga"))),
    "questions.send_back": Verb("dev", "sent_back", _on_question("return", {"body": "No"}, ("answer", "olga"))),
    "questions.answer_again": Verb(
        "olga", "answered", _on_question("answer-anew", {"body": "The red one"}, ("answer", "olga"))
    ),
    "questions.assume": Verb(
        "dev", "assumed", _on_question("assume", {"assumption": "The blue one", "assumed_until": "2099-12-24"})
    ),
    "questions.withdraw": Verb("dev", "withdrawn", _on_question("withdraw", {})),
    "columns.add": Verb("olga", "column_added", lambda world: _add_column(world)),
    "columns.edit": Verb("olga", "column_changed", _on_column("", _SETTINGS)),
    "columns.move": Verb("olga", "columns_ordered", _on_column("/move", {"way": "up"})),
    "columns.remove": Verb("olga", "column_removed", _on_column("/remove", {})),
    "label_settings.rename": Verb("dora", "label_renamed", lambda world: _on_label(world, "", {"name": _name()})),
    "label_settings.rename into another": Verb("dora", "label_merged", lambda world: _merge_labels(world)),
    "label_settings.remove": Verb("dora", "label_removed", lambda world: _on_label(world, "/remove", {"seen": "1"})),
    "undo.take_back another name": Verb("dora", "label_renamed", lambda world: _undo_rename(world)),
    "publishing.publish": Verb("olga", "update_published", _publish),
    "publishing.schedule": Verb("olga", "update_scheduled", _schedule),
    "publishing.take_back": Verb("olga", "update_taken_back", _take_back),
}

#: What people do all day, and what sends mail: more of its statements fail in each run.
CORE = {"moves.move", "board.pull", "undo.take_back a move", "new_items.create", "items.edit", "questions.answer"}
CORE |= {"moves.move to where it is", "questions.ask", "publishing.publish"}


def _assign_many(world: World) -> tuple[str, Form]:
    return "/products/FE/assign", {"items": world.item("Refunds"), "on": [str(world.ids["dev"]), str(world.ids["deb"])]}


def _assign(world: World) -> tuple[str, Form]:
    return f"/items/{world.item('Refunds')}/assign", {"people": [str(world.ids["dev"]), str(world.ids["deb"])]}


def _add_column(world: World) -> tuple[str, Form]:
    _fresh_column(world)
    return "/products/FE/settings/columns", {"name": _name(), "stage": "ready"}
