"""Who gets what from every route.

The routes are read from the application; what to expect follows from what each declares and from the one policy table,
never from a view. A route with an argument that no table here knows fails.
"""

import base64
import datetime as dt
import io
import re
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from werkzeug.routing import Rule

from kanban import access, clock, policy
from kanban.access import Need
from kanban.app import create_app
from kanban.blueprints import import_export
from kanban.config import Config
from kanban.models import ApiToken, Notification, SignIn
from kanban.policy import Action, Role
from kanban.reads.people.team import Row, Team
from kanban.transfer.preview import Preview
from tests.guards.workspace import CAST, HERE, KEY, THERE, Workspace, fingerprint, spare_of

Known = dict[str, Any]

ALLOWED, SIGN_IN, FORBIDDEN, MISSING = "allowed", "sign in", "forbidden", "missing"

#: An example of each argument in an address, from what is known of a product.
ARGUMENTS: dict[str, Callable[[Known], Any]] = {
    "key": lambda known: known["key"],
    "ref": lambda known: known["ref"],
    "question_id": lambda known: known["open"],
    "column_id": lambda known: known["spare_column"],
    "label_id": lambda known: known["label"],
    "user_id": lambda known: known["user_id"],
    "stakeholder_id": lambda known: known["stakeholder"],
    "delivery_id": lambda known: known["delivery"],
    "version": lambda known: known["moved_version"],
    "secret": lambda known: known["secret"],
    "token": lambda known: known["token"],
    "sign_in_id": lambda known: known["sign_in"],
    "token_id": lambda known: known["api_token"],
    "notification_id": lambda known: known["notification"],
    "email": lambda known: f"{known['developer']}@ferry.example",
    "update_id": lambda known: known["draft_id"],
    "criterion_id": lambda known: known["criterion"],
    "commitment_id": lambda known: known["promise_id"],
    "request_id": lambda known: known["request_id"],
    "closure_id": lambda known: known["closure"],
    "comment_id": lambda known: known["comment"],
    "attachment_id": lambda known: known["attachment"],
    "way": lambda known: "needs",
    "kind": lambda known: "needs",
    "other": lambda known: known["needed"],
}

#: Arguments that mean something else in one part of the program.
ARGUMENTS_OF: dict[tuple[str, str], Callable[[Known], Any]] = {
    ("attachments", "number"): lambda known: known["attachment"],
    ("request_settings", "number"): lambda known: known["request"],
    ("request_settings", "file"): lambda known: 1,
    ("request_forms", "token"): lambda known: known["form_token"],
    ("request_forms.look", "token"): lambda known: known["confirm_token"],
    ("request_forms.confirm", "token"): lambda known: known["confirm_token"],
    ("request_pages", "token"): lambda known: known["mine_token"],
    ("answering", "token"): lambda known: known["answer_token"],
    ("criteria", "number"): lambda known: known["criterion"],
    ("promises", "number"): lambda known: known["promise"],
    ("requests", "number"): lambda known: known["request"],
    ("requests.reopen", "number"): lambda known: known["declined"],
    ("accepting", "number"): lambda known: known["request"],
    ("api.reopen_request", "request_id"): lambda known: known["declined_id"],
    ("public_roadmap", "token"): lambda known: known["roadmap_token"],
    ("problems", "number"): lambda known: known["problem"],
    ("api.edit_problem", "number"): lambda known: known["problem"],
    ("api.close_problem", "number"): lambda known: known["problem"],
    ("update_questions", "number"): lambda known: known["asked"],
    ("webhooks", "number"): lambda known: known["webhook"],
    ("webhooks.skip", "number"): lambda known: known["stuck_webhook"],
    ("api.change_webhook", "number"): lambda known: known["webhook"],
    ("api.renew_webhook_secret", "number"): lambda known: known["webhook"],
    ("api.remove_webhook", "number"): lambda known: known["webhook"],
    ("webhooks", "message_id"): lambda known: known["webhook_message"],
    ("api.answer_update_question", "number"): lambda known: known["asked"],
    ("notices", "number"): lambda known: known["promise"],
    ("milestones", "number"): lambda known: known["milestone"],
    ("updates", "number"): lambda known: known["published"],
    ("drafts", "number"): lambda known: known["draft"],
    ("publishing", "number"): lambda known: known["draft"],
    ("mails", "number"): lambda known: known["published"],
    ("drafts.correct", "number"): lambda known: known["published"],
    ("items.restore", "ref"): lambda known: known["discarded"],
    ("moves.explain", "ref"): lambda known: known["moved"],
    ("api.explain", "ref"): lambda known: known["moved"],
    ("api.restore", "ref"): lambda known: known["discarded"],
    ("questions.accept", "question_id"): lambda known: known["answered"],
    ("api.show_update", "update_id"): lambda known: known["published_id"],
    ("api.accept", "question_id"): lambda known: known["answered"],
    ("questions.send_back", "question_id"): lambda known: known["answered"],
    ("api.send_back", "question_id"): lambda known: known["answered"],
    ("questions.answer_again", "question_id"): lambda known: known["answered"],
    ("questions.reply", "question_id"): lambda known: known["back"],
    ("api.reply", "question_id"): lambda known: known["back"],
}

QUERIES: dict[str, Callable[[Known], str]] = {
    "api.search": lambda known: "?q=What",
    "new_items.new": lambda known: f"?product={known['key']}",
    "live.stream": lambda known: f"?products={known['key']}",
}

#: What a form has to contain so that the act succeeds where it is allowed. Other forms are sent empty.
FORMS: dict[str, Callable[[Known], Known]] = {
    "request_settings.change": lambda known: {"form": "renew"},
    "request_forms.send": lambda known: {"title": "New", "name": "New", "email": "new@reader.example"},
    "answering.say": lambda known: {"body": "By Friday"},
    "request_pages.act": lambda known: {"act": "ask", "title": "New"},
    "attachments.attach": lambda known: {"file": (io.BytesIO(b"Seen"), "seen.txt")},
    "calendar.close": lambda known: {"first_on": known["day"], "name": "Nobody works"},
    "calendar.set_weekdays": lambda known: {"day": ["1", "2"]},
    "milestones.aim": lambda known: {"milestone": str(known["milestone"])},
    "milestones.aim_many": lambda known: {"items": known["whole"], "milestone": str(known["milestone"])},
    "milestones.edit": lambda known: {"name": "Renamed", "items": known["whole"]},
    "milestones.make": lambda known: {"name": "New", "kind": "set", "items": known["whole"]},
    "promises.change": lambda known: {"due_on": known["later"], "cause": "external", "explanation": "So it is"},
    "promises.make": lambda known: {"item": known["whole"], "due_on": known["day"]},
    "promises.withdraw": lambda known: {"reason": "Not wanted"},
    "requests.decline": lambda known: {"words": "Not wanted"},
    "requests.mark_duplicate": lambda known: {"of": str(known["before"])},
    "requests.show_title": lambda known: {"public": "1"},
    "requests.write": lambda known: {"title": "New", "person": str(known["stakeholder"])},
    "accepting.accept": lambda known: {"title": "New"},
    "roadmap.save": lambda known: {
        "offered": f"item:{known['whole'].split('-')[1]}",
        "show": f"item:{known['whole'].split('-')[1]}",
        f"title item:{known['whole'].split('-')[1]}": "Seen by everybody",
    },
    "problems.add": lambda known: {"text": "In the way"},
    "problems.edit": lambda known: {"text": "Still in the way"},
    "problems.close": lambda known: {"ending": "Gone"},
    "decisions.write": lambda known: {"body": "So be it", "item": known["whole"]},
    "lost_links.send": lambda known: {"email": known["stakeholder_email"]},
    "update_questions.answer": lambda known: {"body": "So it is"},
    "columns.add": lambda known: {"name": "New", "stage": "doing"},
    "columns.edit": lambda known: {"name": "Renamed", "wip_mode": "refuse", "wip_limit": "4"},
    "columns.move": lambda known: {"way": "up"},
    "label_settings.rename": lambda known: {"name": "Renamed"},
    "label_settings.remove": lambda known: {"seen": "1"},
    "criteria.add": lambda known: {"text": "It holds"},
    "parts.add": lambda known: {"title": "A part"},
    "item_links.add": lambda known: {"other": known["whole"]},
    "items.assign": lambda known: {"people": [str(known["user_id"])]},
    "criteria.change": lambda known: {"text": "It holds still"},
    "comments.add": lambda known: {"body": "Seen"},
    "comments.reword": lambda known: {"body": "Seen, I think"},
    "new_items.create": lambda known: {"title": "New"},
    "import_export.look": lambda known: {"file": (io.BytesIO(b"title\nArrived\n"), "items.csv")},
    "import_export.write": lambda known: {
        "list": base64.b64encode(zlib.compress(b"title\nArrived\n")).decode(),
        "seen": import_export._in_short(Preview([], [], None, [], {"Backlog": 1}, [])),  # noqa: SLF001
    },
    "new_items.create_many": lambda known: {"titles": "One\nTwo"},
    "items.do_block": lambda known: {"reason": "Waiting"},
    "items.do_discard": lambda known: {"reason": "Not wanted"},
    "items.preview": lambda known: {"description": "A *text*"},
    "items.edit": lambda known: {"title": "Renamed", "revision": "1"},
    "parts.belong": lambda known: {"whole": known["whole"]},
    "criteria.tick": lambda known: {"met": "1"},
    "labels.label": lambda known: {"new": "law"},
    "assigning.assign": lambda known: {"items": known["whole"], "on": str(known["user_id"])},
    "labels.label_many": lambda known: {"items": known["whole"], "new": "law"},
    "me.change": lambda known: {"name": "Renamed", "time_zone": "UTC", "language": "en", "theme": "dark"},
    "me.change_password": lambda known: {"password": "a long enough password"},
    "me.make_token": lambda known: {"name": "For a script", "scope": "read"},
    "members.add": lambda known: {"email": "adam@ferry.example", "role": "viewer"},
    "members.change": lambda known: {"role": "viewer"},
    "members.look": lambda known: {"people": "New <new@ferry.example>", "role": "viewer"},
    "members.add_several": lambda known: {
        "people": "New <new@ferry.example>",
        "role": "viewer",
        "seen": Team([Row("New", "new@ferry.example", Role.VIEWER)], []).in_short,
    },
    "moves.explain": lambda known: {"kind": "passed_over", "reason": "Too large for now"},
    "moves.move": lambda known: {"column": str(known["spare_column"]), "place": "top"},
    "row_editing.save": lambda known: {"title": "Renamed", "revision": "1"},
    "discarded.discard": lambda known: {"items": known["whole"], "reason": "Not wanted"},
    "bulk_moves.move": lambda known: {"items": known["whole"], "column": str(known["working_column"])},
    "bulk_moves.explain": lambda known: {"reason": "Too large for now"},
    "bulk_ranking.rank": lambda known: {"items": known["whole"], "place": "1"},
    "owners.appoint": lambda known: {"person": str(known["user_id"])},
    "people.invite": lambda known: {"email": "new@ferry.example", "name": "New"},
    "products.create": lambda known: {"key": "NEW", "name": "New", "time_zone": "UTC", "cadence_days": "14"},
    "questions.answer": lambda known: {"body": "So it is"},
    "questions.ask": lambda known: {"body": "Which?"},
    "questions.answer_again": lambda known: {"body": "Or that one"},
    "questions.assume": lambda known: {"assumption": "That one", "assumed_until": "2099-12-24"},
    "questions.ask_back": lambda known: {"body": "Which?"},
    "questions.reply": lambda known: {"body": "That one"},
    "questions.send_back": lambda known: {"body": "Not that one"},
    "scores.sort": lambda known: {"seen": known["seen_order"]},
    "splitting.split": lambda known: {"titles": "One\nTwo"},
    "settings.configure": lambda known: {"name": "Renamed", "time_zone": "UTC", "cadence_days": "7"},
    "settings.hand_over": lambda known: {"person": str(known["user_id"])},
    "stakeholders.add": lambda known: {"name": "New", "email": "new@reader.example", "level": "full"},
    "stakeholders.edit": lambda known: {"name": "Renamed", "level": "brief"},
    "stakeholder_import.preview": lambda known: {"file": (io.BytesIO(b"email\nnew@reader.example\n"), "people.csv")},
    "stakeholder_import.write": lambda known: {"csv": "email\nnew@reader.example\n"},
    "drafts.edit": lambda known: {
        "headline": "It goes on",
        "health": "on_track",
        "revision": str(known["draft_revision"]),
    },
    "publishing.publish": lambda known: {"revision": str(known["draft_revision"])},
    "webhooks.add": lambda known: {"name": "New", "address": "https://hooks.example/new", "hears": "items"},
    "webhooks.edit": lambda known: {"name": "Renamed", "address": "https://hooks.example/new", "hears": "items"},
    "webhooks.skip": lambda known: {"version": str(known["stuck_version"])},
    "publishing.schedule": lambda known: {
        "revision": str(known["draft_revision"]),
        "day": (clock.today("UTC") + dt.timedelta(days=2)).isoformat(),
        "time": "09:00",
    },
}

#: The same for the API, in JSON. A call that needs a body and has none here is answered as invalid before it is
#: refused.
BODIES: dict[str, Callable[[Known], Any]] = {
    "api.attach": lambda known: {"file": (io.BytesIO(b"Seen"), "seen.txt")},
    "api.add_link": lambda known: {"kind": "needs", "ref": known["whole"]},
    "api.add_column": lambda known: {"name": "New", "stage": "doing"},
    "api.add_criterion": lambda known: {"text": "It holds"},
    "api.change_person": lambda known: {"level": "brief"},
    "api.add_person": lambda known: {"name": "New", "email": "new@reader.example"},
    "api.answer_update_question": lambda known: {"body": "So it is"},
    "api.write_request": lambda known: {"title": "New", "stakeholder": known["stakeholder_email"]},
    "api.accept_request": lambda known: {"title": "New"},
    "api.decline_request": lambda known: {"reason": "Not wanted"},
    "api.merge_request": lambda known: {"into": known["before_id"]},
    "api.postpone_request": lambda known: {},
    "api.reopen_request": lambda known: {},
    "api.raise_problem": lambda known: {"text": "In the way"},
    "api.edit_problem": lambda known: {"next_step": "Ask again"},
    "api.close_problem": lambda known: {"ending": "Gone"},
    "api.write_decision": lambda known: {"body": "So be it", "item": known["whole"]},
    "api.answer": lambda known: {"body": "So it is"},
    "api.ask": lambda known: {"body": "Which?"},
    "api.assume": lambda known: {"assumption": "That one", "assumed_until": "2099-12-24"},
    "api.ask_back": lambda known: {"body": "Which?"},
    "api.assign": lambda known: [f"{known['developer']}@ferry.example"],
    "api.block": lambda known: {"reason": "Waiting"},
    "api.change_commitment": lambda known: {"due_on": known["later"], "cause": "external", "explanation": "So it is"},
    "api.make_commitment": lambda known: {"subject": {"item": known["whole"]}, "due_on": known["day"]},
    "api.split": lambda known: {"titles": ["One", "Two"]},
    "api.make_milestone": lambda known: {"name": "New", "items": [known["whole"]]},
    "api.withdraw_commitment": lambda known: {"reason": "Not wanted"},
    "api.change_column": lambda known: {"name": "Renamed"},
    "api.rename_label": lambda known: {"name": "Renamed"},
    "api.change_criterion": lambda known: {"met": True},
    "api.comment": lambda known: {"body": "Seen"},
    "api.reword": lambda known: {"body": "Seen, I think"},
    "api.discard": lambda known: {"reason": "Not wanted"},
    "api.explain": lambda known: {"version": known["moved_version"], "kind": "passed_over", "reason": "Too large"},
    "api.edit_item": lambda known: {"title": "Renamed", "revision": 1},
    "api.edit_update": lambda known: {"headline": "It goes on"},
    "api.import_list": lambda known: "title,status\nArrived,Backlog\n",
    "api.let_in": lambda known: {"email": "adam@ferry.example", "role": "viewer"},
    "api.make_items": lambda known: {"title": "New"},
    "api.move": lambda known: {"column": known["spare_column"], "place": "top"},
    "api.open_product": lambda known: {"key": "NEW", "name": "New"},
    "api.rank": lambda known: {"items": [known["whole"]], "place": {"position": 1}},
    "api.reply": lambda known: {"body": "That one"},
    "api.change_roadmap": lambda known: {"lines": [{"item": known["whole"], "title": "Shown"}]},
    "api.open_roadmap": lambda known: {"days": 30},
    "api.send_back": lambda known: {"body": "Not that one"},
    "api.add_webhook": lambda known: {"name": "New", "address": "https://hooks.example/new"},
    "api.change_webhook": lambda known: {"name": "Renamed"},
    "api.undo": lambda known: {"product": known["key"], "version": known["moved_version"]},
}

#: Routes that name their product only in the query or the body.
NAMED_INSIDE = {"new_items.new", "live.stream", "api.undo"}

#: Rules that depend on the object as well as the role: (cast, role) → may.
FINER: dict[str, Callable[[str, Role], bool]] = {
    "answer": lambda cast, role: policy.allows(role, Action.ANSWER),
    "ask_back": lambda cast, role: policy.allows(role, Action.ANSWER),
    "accept": lambda cast, role: cast == "developer",
    "send_back": lambda cast, role: cast == "developer",
    "reply": lambda cast, role: cast == "developer",
    "withdraw": lambda cast, role: cast == "developer",
    "assume": lambda cast, role: cast == "developer",
    "answer_again": lambda cast, role: policy.allows(role, Action.ANSWER),
    "explain": lambda cast, role: cast == "developer",
}


def _added_it(cast: str, role: Role) -> bool:
    return cast == "developer" or policy.allows(role, Action.DISCARD)


def _wrote_it(cast: str, _role: Role) -> bool:
    return cast == "developer"


#: The same for files and comments: whoever added one or is on the owner's side removes it; only its author rewords a
#: comment.
OF_WHO_ADDED = {
    "attachments.remove": _added_it,
    "api.detach": _added_it,
    "comments.remove": _added_it,
    "api.unsay": _added_it,
    "comments.reword": _wrote_it,
    "api.reword": _wrote_it,
}

#: What only the person who moved the item may say.
OF_WHO_MOVED = {"moves.explain", "bulk_moves.explain", "api.explain"}

#: Acts that can't succeed with these examples, and why.
HOLLOW = {
    "auth.sign_in_with_password": "nobody here has a password",
    "members.invite_again": "every member here has come already",
    "auth.fill_demo": "the installation is full",
    "auth.sign_out": "its success leads to the sign-in, as a refusal does",
}

#: Arguments that name something that belongs to a person rather than to a product.
OWN_ARGUMENTS = {"sign_in_id", "token_id", "notification_id"}
BEARER_ARGUMENTS = {"secret", "token"}


@cache
def rules() -> dict[str, tuple[Rule, str, Need]]:
    """Every route of the application: its rule, its method and what it declares."""
    config = Config(data_dir=Path("/nowhere"), database_url="sqlite:////nowhere/none", secret_key=KEY, testing=True)
    app = create_app(config)
    found = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        need = access.need_of(app.view_functions[rule.endpoint])
        assert need is not None
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            found[f"{method} {rule.rule}"] = (rule, method, need)
    return found


@pytest.mark.parametrize("route", sorted(rules()))
def test_each_person_gets_what_the_policy_says(
    workspace: Workspace, route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Config, "sends_mail", True)  # without mail, the public form accepts nothing
    rule, method, need = rules()[route]
    wrong, done = [], False
    for cast, name in CAST.items():
        for key in (HERE, THERE) if rule.arguments or rule.endpoint in NAMED_INSIDE else (HERE,):
            expected = outcome_for(workspace, rule, need, cast, key)
            answer = workspace.browser(name).call(method, path(workspace, rule, name, key), body(workspace, rule, key))
            got = outcome(need, answer.status_code, answer.headers.get("Location", ""))
            if got != expected:
                wrong.append(f"{cast} on {key}: {got} ({answer.status_code}) instead of {expected}")
            answer.close()
            if method != "GET" and answer.status_code < 400:
                done |= got == ALLOWED
                workspace.restore()
    assert wrong == []
    assert done or method == "GET" or rule.endpoint in HOLLOW, "nobody could do it: give a better example"


@pytest.mark.parametrize("cast", ["owner", "developer", "admin", "signed out"])
def test_reading_changes_nothing(workspace: Workspace, cast: str) -> None:
    """Every GET, including those that no page links to, and HEAD as well."""
    browser, before = workspace.browser(CAST[cast]), fingerprint(workspace)
    for rule, method, _ in rules().values():
        if method == "GET":
            address = path(workspace, rule, CAST[cast], HERE)
            for way in ("GET", "HEAD"):
                browser.call(way, address).close()
    assert fingerprint(workspace) == before


@pytest.mark.parametrize("route", sorted(rules()))
def test_the_tables_know_every_argument(route: str) -> None:
    rule, _, _ = rules()[route]
    for argument in rule.arguments:
        argument_of(rule, argument)


def outcome_for(workspace: Workspace, rule: Rule, need: Need, cast: str, key: str) -> str:
    """What the declaration, the policy and the tables say, without asking the view."""
    signed_in = cast not in ("signed out", "deactivated")
    if need.kind in ("public", "personal_link"):
        return MISSING if rule.arguments & BEARER_ARGUMENTS and key == THERE else ALLOWED
    if not signed_in or rule.endpoint == "auth.sign_out":
        return SIGN_IN
    if need.kind == "admin":
        return ALLOWED if cast == "admin" else MISSING
    role = workspace.role(CAST[cast], key)
    if need.kind == "signed_in":
        foreign = rule.arguments & OWN_ARGUMENTS and key == THERE
        unseen = rule.endpoint in NAMED_INSIDE and role is None
        return MISSING if foreign or unseen else ALLOWED
    assert need.action is not None
    if role is None:
        return MISSING
    if not policy.allows(role, need.action):
        return FORBIDDEN
    depends = need.action is Action.TAKE_PART_IN_QUESTION or rule.endpoint in OF_WHO_MOVED
    finer = FINER.get(rule.endpoint.rpartition(".")[2]) if depends else OF_WHO_ADDED.get(rule.endpoint)
    if finer is not None:
        return ALLOWED if finer(cast, role) else FORBIDDEN
    return ALLOWED


def outcome(need: Need, status: int, location: str) -> str:
    """What an answer means; a public page may redirect to the sign-in, which is no refusal."""
    if status == 401 or (status in (302, 303) and re.match(r"/sign-in(\?|$)", location) and need.kind != "public"):
        return SIGN_IN
    if status in (403, 404):
        return FORBIDDEN if status == 403 else MISSING
    return ALLOWED if status < 400 or status in (409, 422) else f"status {status}"


def path(workspace: Workspace, rule: Rule, name: str, key: str) -> str:
    """The route's address for that product's objects; personal things are one's own for HERE, another's for THERE."""
    known = dict(workspace.known[key])
    if rule.arguments & OWN_ARGUMENTS:
        whose = workspace.people[name] if name and key == HERE else workspace.people["erik"]
        with workspace.reading() as session:
            kinds: dict[str, type[SignIn | ApiToken | Notification]] = {
                "sign_in": SignIn,
                "api_token": ApiToken,
                "notification": Notification,
            }
            known |= {word: spare_of(session, kind, whose) for word, kind in kinds.items()}
    if key == THERE and rule.arguments & BEARER_ARGUMENTS:
        known |= dict.fromkeys(
            ("secret", "token", "form_token", "confirm_token", "mine_token", "answer_token", "roadmap_token"),
            "nobody-was-given-this",
        )
    values = {argument: argument_of(rule, argument)(known) for argument in rule.arguments}
    address = re.sub(r"<(?:[^<>:]+:)?([^<>]+)>", lambda found: str(values[found[1]]), rule.rule)
    return address + QUERIES.get(rule.endpoint, lambda known: "")(known)


def argument_of(rule: Rule, argument: str) -> Callable[[Known], Any]:
    blueprint = rule.endpoint.partition(".")[0]
    for name in (rule.endpoint, blueprint):
        if (name, argument) in ARGUMENTS_OF:
            return ARGUMENTS_OF[name, argument]
    assert argument in ARGUMENTS, f"{rule.rule}: give an example of {argument}"
    return ARGUMENTS[argument]


def body(workspace: Workspace, rule: Rule, key: str) -> Any:
    if rule.rule.startswith("/api/"):
        return BODIES[rule.endpoint](workspace.known[key]) if rule.endpoint in BODIES else None
    return FORMS.get(rule.endpoint, lambda known: {})(workspace.known[key])
