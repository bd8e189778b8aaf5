"""When a form is refused, the answer still contains what somebody wrote into it.

That holds for every form and every reason, also without script.
"""

import html
import re
from pathlib import Path

import pytest

from kanban import policy
from kanban.access import Need
from kanban.config import Config
from kanban.policy import Role
from kanban.transactions import FairLock
from kanban.web.typed import field_labels
from tests.guards.test_matrix import FORMS, body, path, rules
from tests.guards.workspace import CAST, HERE, Browser, Workspace

#: Fields that hold no text by people: files and hidden values, choices, numbers, days, and secrets.
UNWRITTEN = {
    *("file", "list", "shown", "q", "find", "website", "username", "time_zone"),
    *("cadence_days", "place", "position", "top", "wip_limit"),
    *("assumed_until", "by", "day", "decided_on", "due_on", "first_on", "last_on", "needed_by", "time"),
    *("line_old_date", "line_new_date"),
    *("password", "old"),
}


class Trial:
    """Forms that meet one refusal: what to do before each of them, and in whose browser it is sent."""

    def __init__(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        self.workspace, self.monkeypatch = workspace, monkeypatch

    def in_an_archived_product(self, need: Need) -> Browser | None:
        if need.kind not in ("product", "personal_link"):
            return None
        with self.workspace.changing(HERE, CAST["owner"]) as (_, product, owner):
            product.archive(by=owner)
        return self.workspace.browser(CAST["owner"])

    def of_a_viewer(self, need: Need) -> Browser | None:
        barred = need.action is not None and not policy.allows(Role.VIEWER, need.action)
        return self.workspace.browser(CAST["viewer"]) if barred else None

    def of_a_stranger(self, need: Need) -> Browser | None:
        return self.workspace.browser(CAST["stranger"]) if need.kind in ("product", "admin") else None

    def after_signing_out(self, need: Need) -> Browser | None:
        return self.workspace.browser("") if need.kind in ("product", "admin", "signed_in") else None

    def with_an_old_token(self, need: Need) -> Browser | None:
        browser = self.workspace.browser(CAST["admin" if need.kind == "admin" else "owner"])
        browser._token = "old"  # noqa: SLF001
        return browser if need.kind != "personal_link" else None

    def while_nothing_can_be_written(self, need: Need) -> Browser | None:
        self.monkeypatch.setattr(FairLock, "acquire", lambda *_: False)
        return self.workspace.browser(CAST["admin" if need.kind == "admin" else "owner"])


@pytest.mark.parametrize("refusal", [verb for verb in vars(Trial) if not verb.startswith("_")])
def test_what_was_written_is_in_the_refusal(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    monkeypatch.setattr(Config, "sends_mail", True)
    trial, tried, wrong = Trial(workspace, monkeypatch), 0, []
    for rule, method, need in rules().values():
        if rule.endpoint not in FORMS or rule.endpoint == "items.preview" or method == "GET":
            continue
        fields = body(workspace, rule, HERE)
        written = {
            name: f"{name} “kept” & </textarea>" for name in fields if is_written(workspace, rule.endpoint, name)
        }
        with monkeypatch.context() as trial.monkeypatch:
            browser = getattr(trial, refusal)(need)
            if browser is None or not written:
                continue
            answer = browser.call(method, path(workspace, rule, CAST["owner"], HERE), fields | written)
        tried += 1
        shown = html.unescape(answer.text)
        if answer.status_code < 400 or not all(text in shown for text in written.values()):
            wrong.append(f"{rule.endpoint}: {answer.status_code}")
        workspace.restore()
    assert wrong == []
    assert tried > 5


#: What forms need besides what FORMS fills in, each with a length limit of its own.
BESIDES: dict[str, tuple[str, ...]] = {
    "promises.make": ("statement", "newcomer"),
    "promises.change": ("mitigation",),
    "items.do_block": ("waiting_for",),
    "decisions.write": ("context", "who"),
    "requests.write": ("body",),
    "requests.postpone": ("words",),
    "requests.mark_duplicate": ("words",),
    "requests.reopen": ("words",),
    "accepting.accept": ("words",),
    "problems.add": ("owner", "next_step"),
    "questions.ask": ("assumption",),
    "request_forms.send": ("body",),
    "request_pages.act": ("body",),
    "stakeholders.add": ("organisation", "reason"),
    "stakeholders.edit": ("organisation", "reason"),
    "columns.edit": ("policy",),
    "settings.configure": ("goal",),
    "row_editing.save": ("size",),
    "drafts.edit": ("summary", "health_reason"),
}
#: Templates with fields that only search for something or name it, and those with a reason of one line.
MAY_CUT = {
    *("board/_filters.html", "search/page.html", "decisions/page.html", "moves/_form.html", "layouts/_dialogs.html"),
    *("promises/_new.html", "items/_links.html", "items/_discard.html", "requests/_accept.html", "decisions/_new.html"),
    *("components/why.html", "components/why_dialog.html"),
}
#: Not texts of their own: names of items or people, lists of several things, and search words.
NAMING = {"item", "before", "other", "whole", "items", "email", "people", "csv", "titles", "labels", "new", "option"}


def test_a_text_that_is_too_long_is_refused_with_a_sentence_and_stands_there_whole(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that no field needs to cut off silently what is pasted into it."""
    monkeypatch.setattr(Config, "sends_mail", True)
    long, tried, wrong = "Kept, and more. " * 4_000, 0, []
    for rule, method, need in rules().values():
        if rule.endpoint not in FORMS | BESIDES or rule.endpoint == "items.preview" or method == "GET":
            continue
        fields = body(workspace, rule, HERE)
        asked = [*fields, *BESIDES.get(rule.endpoint, ())]
        for name in (each for each in asked if each not in NAMING and is_written(workspace, rule.endpoint, each)):
            for cast in ("admin",) if need.kind == "admin" else ("owner", "developer"):
                browser = workspace.browser(CAST[cast])
                answer = browser.call(method, path(workspace, rule, CAST[cast], HERE), fields | {name: long})
                if answer.status_code not in (403, 409):
                    break
            tried += 1
            if answer.status_code != 422 or long.strip() not in html.unescape(answer.text):
                wrong.append(f"{rule.endpoint} {name}: {answer.status_code}")
            if name != "newcomer" and "characters" not in answer.text:
                wrong.append(f"{rule.endpoint} {name} says nothing of the limit")
            if answer.status_code < 400:
                workspace.restore()
    assert wrong == []
    assert tried > 50


def test_no_field_cuts_off_what_is_pasted_into_it() -> None:
    """Except where something is searched for or named, and where a reason is one line beside a tap."""
    places = {
        f"{template.parent.name}/{template.name}"
        for template in Path("kanban/templates").rglob("*.html")
        for line in template.read_text().splitlines()
        if "maxlength" in line
    }
    assert places == MAY_CUT


def is_written(workspace: Workspace, endpoint: str, name: str) -> bool:
    with workspace.app.test_request_context():
        labels = field_labels()
    plain = name.partition(" ")[0]
    return plain in labels or f"{endpoint.partition('.')[0]}.{plain}" in labels


def test_every_field_that_people_write_in_is_known(workspace: Workspace) -> None:
    """A new field either comes back with what was written in it, or is listed here as an exception."""
    with workspace.app.test_request_context():
        known = {name.rpartition(".")[2] for name in field_labels()}
    assert fields_of_templates() - known - UNWRITTEN == set()
    assert known & UNWRITTEN == set()
    assert known - fields_of_templates() == set(), "no form has these any more"


def fields_of_templates() -> set[str]:
    """The names of all fields that take a text."""
    source = "".join(template.read_text() for template in Path("kanban/templates").rglob("*.html"))
    inputs = [tag for tag in re.findall(r"<input\b[^>]*", source) if not re.search(NO_TEXT, tag)]
    named = re.findall(r'\sname="(\w+)[" ]', "".join(inputs + re.findall(r"<textarea\b[^>]*", source)))
    lines = ["line_" + name for name in re.findall(r'\bbare\("(\w+)"', source)]
    return {*named, *lines, *re.findall(r'\b(?:field|textarea)\("(\w+)"', source)}


NO_TEXT = r'\stype="(hidden|checkbox|radio)"'
