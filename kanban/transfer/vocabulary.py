"""What other tools call columns, statuses and work types; it reads no file."""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from kanban.flow.stage import Stage
from kanban.transfer import languages
from kanban.transfer.languages import Words


class Field(StrEnum):
    """What a column of a file can be read as."""

    KEY = "key"
    TITLE = "title"
    DESCRIPTION = "description"
    STATUS = "status"
    TYPE = "type"
    LABELS = "labels"
    VALUE = "value"
    EFFORT = "effort"
    SIZE = "size"
    PARENT = "parent"
    ASSIGNEE = "assignee"
    DUE = "due"
    CREATED = "created"
    STARTED = "started"
    FINISHED = "finished"
    CHANGED = "changed"
    REMOVED = "removed"
    IGNORE = "ignore"


DATES = (Field.CREATED, Field.STARTED, Field.FINISHED, Field.CHANGED, Field.REMOVED)
SEVERAL = frozenset({Field.KEY, Field.STATUS, Field.LABELS, Field.REMOVED})
"""Fields that may be read from more than one column, the preferred one first."""

_HEADERS: dict[Field, tuple[str, ...]] = {
    Field.KEY: (
        *("issue key", "work item id", "key", "id", "issue id", "identifier", "task id", "taskid", "card id", "number"),
        *("reference", "ref", "iid", "#"),
    ),
    Field.TITLE: (
        *("title", "summary", "subject", "name", "headline", "card name", "card title", "task name", "issue title"),
        *("item", "card", "task", "issue", "user story", "story", "what"),
    ),
    Field.DESCRIPTION: ("description", "card description", "content", "body", "details", "notes", "text", "desc"),
    Field.STATUS: (
        *("status", "state", "stage", "workflow state", "column", "board column", "list", "column name", "lane"),
        *("list name", "status category", "state category"),
    ),
    Field.TYPE: ("work item type", "issue type", "item type", "type", "tracker", "card type", "task type"),
    Field.LABELS: ("labels", "label", "tags", "tag"),
    Field.VALUE: ("value", "business value"),
    Field.EFFORT: ("effort",),
    Field.SIZE: (
        *("size", "story points", "story point estimate", "custom field story points", "points", "estimate"),
        *("custom field story point estimate", "estimated size", "estimation", "t shirt size", "tshirt size"),
    ),
    Field.PARENT: (
        *("parent key", "parent", "parent issue", "parent id", "parentid", "parent task", "parent work item"),
        *("custom field epic link", "epic link", "epic", "part of"),
    ),
    Field.ASSIGNEE: (
        *("assignee email", "assignee e mail", "assignee", "assigned to", "assignees", "assigned", "members", "member"),
        *("responsible", "owner", "owners"),
    ),
    Field.DUE: ("due date", "due", "due on", "due at", "duedate", "deadline", "target date"),
    Field.CREATED: (
        *("created", "created date", "created at", "created on", "created time", "creation date", "date created"),
        *("opened", "opened at", "date added", "added"),
    ),
    Field.STARTED: (
        *("started", "started date", "started at", "started on", "activated date", "start date", "start", "start time"),
        *("in progress date", "actual start", "date started", "actual start date"),
        *("custom field actual start", "custom field actual start date", "custom field start date"),
    ),
    Field.FINISHED: (
        *("finished", "finished date", "finished at", "finish date", "closed", "closed date", "closed at", "closed on"),
        *("completed", "completed date", "completed at", "completed on", "completed time", "completion date"),
        *("done date", "done at", "resolved", "resolved date", "resolved at", "resolution date", "end date"),
        *("date finished", "date completed", "date closed", "actual end", "actual end date"),
    ),
    Field.CHANGED: (
        *("status category changed", "state change date", "state changed", "status changed", "status changed date"),
        *("last status change",),
    ),
    Field.REMOVED: (
        *("canceled", "cancelled", "canceled at", "cancelled at", "archived", "archived at", "removed", "removed date"),
        *("discarded", "discarded at"),
    ),
}

_STATUSES: dict[Stage, tuple[str, ...]] = {
    Stage.BACKLOG: (
        *("backlog", "new", "triage", "proposed", "open", "opened", "icebox", "inbox", "idea", "ideas", "later"),
        *("someday", "normal", "unstarted", "not started", "pending", "product backlog", "draft", "in backlog"),
    ),
    Stage.READY: (
        *("ready", "planned", "approved", "selected for development", "next"),
        *(
            "up next",
            "ready for development",
            "ready for dev",
            "ready to start",
            "committed",
            "prioritized",
            "prioritised",
        ),
        *("scheduled", "sprint backlog", "refined", "defined", "this week", "queue", "queued"),
    ),
    Stage.DOING: (
        *("doing", "active", "in progress", "started", "in development", "in dev", "development", "developing", "wip"),
        *("work in progress", "working", "working on it", "implementing", "in implementation", "ongoing", "underway"),
        *("blocked", "on hold", "waiting", "paused", "stuck", "indeterminate", "reopened"),
    ),
    Stage.REVIEW: (
        *("review", "in review", "code review", "peer review", "ready for review", "testing", "in testing", "test"),
        *("in test", "ready for test", "ready for testing", "qa", "in qa", "ready for qa", "verify", "to verify"),
        *("verification", "validation", "acceptance", "in acceptance", "uat", "feedback", "ready for release"),
        *("ready to release", "staging"),
    ),
    Stage.DONE: (
        *("done", "closed", "complete", "completed", "finished", "released", "shipped", "deployed", "delivered"),
        *("accepted", "merged", "live", "fixed", "implemented", "in production"),
    ),
}

_REMOVED_STATUSES = (
    *("removed", "canceled", "cancelled", "rejected", "declined", "duplicate", "won t do", "wont do", "won t fix"),
    *("wontfix", "wont fix", "abandoned", "obsolete", "archived", "deleted", "discarded", "dropped", "invalid"),
    *("cut", "not planned", "withdrawn", "trash"),
)

_TYPES: dict[str, tuple[str, ...]] = {
    "feature": (
        *("feature", "user story", "story", "epic", "new feature", "enhancement", "improvement", "requirement"),
        *("product backlog item", "pbi", "initiative", "change request", "feature request", "evolution", "idea"),
    ),
    "bug": ("bug", "defect", "error", "incident", "problem", "fault", "issue", "regression", "hotfix"),
    "chore": (
        *("chore", "task", "sub task", "subtask", "technical task", "tech debt", "technical debt", "maintenance"),
        *("support", "documentation", "test", "test case", "refactoring", "operations"),
    ),
    "spike": ("spike", "research", "investigation", "experiment", "exploration", "proof of concept", "poc", "analysis"),
}


_LONGEST = 200


def fold(words: str) -> str:
    """Words without case, accents, punctuation and double spaces, such as "custom field epic link".

    Text longer than any known word stays as it is, since normalising turns some letters into eighteen.
    """
    if len(words) > _LONGEST:
        return words.strip()
    letters = unicodedata.normalize("NFKD", words.casefold().replace("ł", "l"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[\W_]+", " ", bare).strip() or words.strip()


def as_named(name: str) -> str:
    """A column's name for comparison, whatever its case, its spaces and the Unicode form of its accents."""
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


def _in_all_languages(
    words: tuple[str, ...], name: str, known: Iterable[Words] = languages.LANGUAGES
) -> tuple[str, ...]:
    """The English words first, then those of the other languages, each once."""
    return tuple(dict.fromkeys([*words, *(fold(word) for language in known for word in language.get(name, ()))]))


HEADERS = {field: _in_all_languages(words, field.value) for field, words in _HEADERS.items()}
STATUSES = {stage: _in_all_languages(words, stage.name) for stage, words in _STATUSES.items()}
_TO_DO = frozenset(_in_all_languages(("to do", "todo", "things to do"), "TO_DO"))
_RESOLVED = frozenset(_in_all_languages(("resolved",), "RESOLVED"))
REMOVED_STATUSES = frozenset(_in_all_languages(_REMOVED_STATUSES, "GONE"))
TYPES = {type_: _in_all_languages(words, type_, [languages.TYPES]) for type_, words in _TYPES.items()}


def is_title_header(name: str) -> bool:
    """Whether a column of this name holds titles."""
    return fold(name) in HEADERS[Field.TITLE]


_STAGE_OF = {word: stage for stage, words in STATUSES.items() for word in words} | dict.fromkeys(_TO_DO, Stage.BACKLOG)
_TYPE_OF = {word: type_ for type_, words in TYPES.items() for word in words}


def stage_of(status: str) -> Stage | None:
    """The stage that a status of another tool stands for; None if its name is unknown or says too little."""
    return _STAGE_OF.get(fold(status))


def is_to_do(status: str) -> bool:
    """Whether a status says "To do".

    Some tools mean by it everything that is not started; those that also have a backlog mean what comes next.
    """
    return fold(status) in _TO_DO


def is_backlog(status: str) -> bool:
    """Whether a status names the backlog itself."""
    return stage_of(status) is Stage.BACKLOG and "backlog" in fold(status)


def is_resolved(status: str) -> bool:
    """Whether a status says "Resolved": done in some tools, waiting for its check in others."""
    return fold(status) in _RESOLVED


def is_removed(status: str) -> bool:
    """Whether a status says that the work was given up."""
    return fold(status) in REMOVED_STATUSES


def type_of(work_type: str) -> str | None:
    """The type of item that a work type of another tool stands for; None if its name is unknown."""
    return _TYPE_OF.get(fold(work_type))


def legend(preamble: Iterable[tuple[str, ...]]) -> dict[str, str]:
    """Names that a file gives its status codes above the header: "Status:" with lines "0 Normal", "1 Completed"."""
    names: dict[str, str] = {}
    for cell in (cell for record in preamble for cell in record if cell):
        first, *lines = cell.splitlines()
        if fold(first) == "status":
            names |= dict(line.split(maxsplit=1) for line in lines if len(line.split(maxsplit=1)) == 2)
    return names
