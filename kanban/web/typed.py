"""What somebody wrote into a form that was refused: the page of the refusal shows it again, so that nothing is lost
even without script."""

from collections import defaultdict
from dataclasses import dataclass

import flask
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from kanban import guard


@dataclass(frozen=True)
class TypedText:
    """A text that was sent, with the label of its field."""

    label: str
    text: str

    @property
    def rows(self) -> int:
        """How many lines the field that shows it has; at most 12, so that it fits on one screen."""
        return min(sum(1 + len(line) // 60 for line in self.text.splitlines()), 12)


def read_written() -> list[TypedText]:
    """The texts of the sent form that a person wrote or changed; those with the same label are joined.

    Empty if the form was too large to be read, or if another site's page may have sent it, since its words must not
    appear here as if the person had written them.
    """
    form: MultiDict[str, str] | None = flask.request.__dict__.get("form")
    if flask.request.method != "POST" or form is None or guard.is_foreign():
        return []
    labels, found = field_labels(), defaultdict[str, list[str]](list)
    for name, text in form.items(multi=True):
        plain = name.partition(" ")[0]
        label = labels.get(f"{flask.request.blueprint}.{plain}") or labels.get(plain)
        if label and text.strip() and text != form.get(f"was_{name}"):
            found[label].append(text)
    return [TypedText(label, "\n".join(texts)) for label, texts in found.items()]


def read_again() -> list[tuple[str, str]]:
    """All fields of the sent form, so that one press sends them again; none if a file or a password came with it."""
    if not read_written() or flask.request.files or "password" in flask.request.form:
        return []
    return [(name, text) for name, text in flask.request.form.items(multi=True) if name != "csrf_token"]


def field_labels() -> dict[str, str]:
    """The fields that people write texts into, with their labels: by field name, or by `blueprint.field` where the name
    means something else in one blueprint.

    A field that is not listed is never shown again: secrets, ids, choices, dates and counts.
    """
    return {
        "accepting.before": _("Before which item"),
        "stakeholder_import.csv": _("People"),
        "answer_reason": _("Why this is so, in a sentence that readers see"),
        "assumption": _("We assume"),
        "body": _("Text"),
        "calendar.name": _("Why"),
        "context": _("Why, and what else was considered"),
        "criteria.text": _("Criterion"),
        "decisions.body": _("What is decided"),
        "decisions.item": _("About item"),
        "description": _("Who it is for, and why"),
        "email": _("E-mail address"),
        "ending": _("How it ended, in a sentence"),
        "explanation": _("Why, in one sentence"),
        "goal": _("Product goal"),
        "headline": _("Headline"),
        "health_reason": _("Why, in a sentence that readers see"),
        "item": _("Item"),
        "comments.body": _("New comment"),
        "labels": _("Labels"),
        "limit_reason": _("The column is full. Why let it in anyway?"),
        "line_cause": _("Cause"),
        "line_note": _("Note beside it"),
        "line_options": _("Choices"),
        "line_text": _("Line"),
        "members.people": _("People"),
        "milestones.items": _("Items"),
        "mitigation": _("What helps until then"),
        "name": _("Name"),
        "new": _("New labels"),
        "newcomer": _("To somebody who is not on the list yet"),
        "next_step": _("What is next"),
        "option": _("Your decision"),
        "organisation": _("Organisation"),
        "other": _("Item"),
        "policy": _("Policy"),
        "problems.owner": _("Who owns it"),
        "problems.text": _("What is the problem, in a sentence"),
        "products.key": _("Key"),
        "reason": _("Why"),
        "remark": _("Anything we should know"),
        "request_forms.body": _("Why, and what would it change?"),
        "request_forms.title": _("What do you need?"),
        "request_pages.body": _("Why, and what would it change?"),
        "request_pages.title": _("What do you need?"),
        "request_pages.words": _("What is missing, or what works well"),
        "requests.body": _("In their words"),
        "requests.title": _("What they need"),
        "roadmap.title": _("Public title"),
        "size": _("Size"),
        "stakeholders.people": _("People"),
        "stakeholders.reason": _("Why they are on the list"),
        "statement": _("What is promised"),
        "summary": _("Summary"),
        "text": _("Text"),
        "title": _("Title"),
        "titles": _("One item per line"),
        "update_questions.body": _("Answer"),
        "waiting_for": _("Waiting on"),
        "webhooks.address": _("Address"),
        "who": _("Who decided"),
        "whole": _("Part of"),
        "words": _("Message to whoever asked"),
    }
