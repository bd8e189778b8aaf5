"""What somebody wrote into a form stands in the answer that refuses it, also without script, whatever the form and
whatever the reason."""

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

#: What a form brings beside what people write: files and what is carried along, choices, numbers, days; secrets.
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


def is_written(workspace: Workspace, endpoint: str, name: str) -> bool:
    with workspace.app.test_request_context():
        labels = field_labels()
    plain = name.partition(" ")[0]
    return plain in labels or f"{endpoint.partition('.')[0]}.{plain}" in labels


def test_every_field_that_people_write_in_is_known(workspace: Workspace) -> None:
    """A new field either shows what was written in it once more, or is told here not to."""
    with workspace.app.test_request_context():
        known = {name.rpartition(".")[2] for name in field_labels()}
    assert fields_of_templates() - known - UNWRITTEN == set()
    assert known & UNWRITTEN == set()
    assert known - fields_of_templates() == set(), "no form has these any more"


def fields_of_templates() -> set[str]:
    """The name of each field that takes a text."""
    source = "".join(template.read_text() for template in Path("kanban/templates").rglob("*.html"))
    inputs = [tag for tag in re.findall(r"<input\b[^>]*", source) if not re.search(NO_TEXT, tag)]
    named = re.findall(r'\sname="(\w+)[" ]', "".join(inputs + re.findall(r"<textarea\b[^>]*", source)))
    lines = ["line_" + name for name in re.findall(r'\bbare\("(\w+)"', source)]
    return {*named, *lines, *re.findall(r'\b(?:field|textarea)\("(\w+)"', source)}


NO_TEXT = r'\stype="(hidden|checkbox|radio)"'
