"""Replays a product's log into the state it describes, so that the checker can compare it with today's tables."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from kanban.flow.stage import QUEUE
from kanban.models import Event, Stage
from kanban.models.undated import DATED, Undated
from kanban.reads.logged import decisions, problems, promises, questions, requests, roadmap, updates, webhooks
from kanban.reads.logged.decisions import ReplayedDecisions
from kanban.reads.logged.problems import ReplayedProblems
from kanban.reads.logged.promises import ReplayedPromises
from kanban.reads.logged.questions import ReplayedQuestion
from kanban.reads.logged.requests import ReplayedRequests
from kanban.reads.logged.roadmap import ReplayedRoadmap
from kanban.reads.logged.updates import ReplayedUpdates
from kanban.reads.logged.webhooks import ReplayedWebhooks


@dataclass
class ReplayedItem:
    """One item as the log describes it; columns by number, people by id."""

    title: str
    description: str
    type: str
    size: str
    labels: list[str]
    column: int
    class_of_service: str = "standard"
    value: int | None = None
    effort: int | None = None
    started_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    undated: Undated = DATED
    discarded: bool = False
    part_of: int | None = None
    links: set[tuple[str, int]] = field(default_factory=set)
    assignees: list[int] = field(default_factory=list)
    criteria: dict[int, tuple[str, bool]] = field(default_factory=dict)
    blocked_by: list[int | None] = field(default_factory=list)
    files: dict[int, tuple[str, int]] = field(default_factory=dict)


@dataclass
class Replay:
    """A product as its log describes it: items by number, their order, columns in order, members by user id.

    `troubles` are sentences about events that don't follow from those before them.
    """

    items: dict[int, ReplayedItem] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    members: dict[int, str] = field(default_factory=dict)
    questions: dict[int, ReplayedQuestion] = field(default_factory=dict)
    moves: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    limits: dict[int, dict[str, Any]] = field(default_factory=dict)
    promises: ReplayedPromises = field(default_factory=ReplayedPromises)
    decisions: ReplayedDecisions = field(default_factory=ReplayedDecisions)
    updates: ReplayedUpdates = field(default_factory=ReplayedUpdates)
    requests: ReplayedRequests = field(default_factory=ReplayedRequests)
    problems: ReplayedProblems = field(default_factory=ReplayedProblems)
    roadmap: ReplayedRoadmap = field(default_factory=ReplayedRoadmap)
    webhooks: ReplayedWebhooks = field(default_factory=ReplayedWebhooks)
    troubles: list[str] = field(default_factory=list)
    is_importing: bool = False

    def occupancy(self) -> dict[int, int]:
        """How many items each column (by number) holds; discarded ones don't count."""
        counts: dict[int, int] = {}
        for item in self.items.values():
            if not item.discarded:
                counts[item.column] = counts.get(item.column, 0) + 1
        return counts

    def note_lifted(self, version: int, before: dict[int, int]) -> None:
        """Report each column that this version filled beyond a limit that refuses."""
        for number, count in self.occupancy().items():
            limit = self.limits.get(number, {})
            refuses = limit.get("wip_mode") == "refuse" and limit.get("wip_limit") is not None
            if refuses and count > limit["wip_limit"] and count > before.get(number, 0):
                self.troubles.append(f"version {version} lifted column {number} to {count}, above its refusing limit")


def replay(events: Iterable[tuple[Event, int | None]]) -> Replay:
    """Replay pairs of (event, number of its item), given in the order of (version, seq)."""
    state = Replay()
    for version, entries in groupby(events, key=lambda entry: entry[0].version):
        limited = any(limit.get("wip_mode") == "refuse" for limit in state.limits.values())
        before = state.occupancy() if limited else {}
        state.is_importing = False
        for event, number in entries:
            state.is_importing |= event.kind == "imported"
            step = _STEPS.get(event.kind)
            if step is not None:
                _take(state, step, event, number or 0)
        if limited and not state.is_importing:
            state.note_lifted(version, before)
    return state


def _take(state: Replay, step: Any, event: Event, number: int) -> None:
    try:
        step(state, event, state.items.get(number), number)
    except (AttributeError, KeyError, ValueError):
        state.troubles.append(f"version {event.version}: {event.kind} does not follow from the log before it")


def _place(state: Replay, number: int, after: int | None) -> None:
    if number in state.order:
        state.order.remove(number)
    state.order.insert(state.order.index(after) + 1 if after in state.order else 0, number)


def _opened(state: Replay, event: Event, item: Any, number: int) -> None:
    state.members[event.actor_id or 0] = "owner"


def _created(state: Replay, event: Event, item: Any, number: int) -> None:
    data = event.data
    new = ReplayedItem(
        data["title"], data["description"], data["type"], data["size"], list(data["labels"]), data["column"]
    )
    if data["stage"] not in QUEUE:
        new.started_at = event.effective_at
    if data["stage"] == Stage.DONE:
        new.finished_at = event.effective_at
    state.items[number] = new
    _place(state, number, data["after"])


def _moved(state: Replay, event: Event, item: ReplayedItem, number: int) -> None:
    data = event.data
    _place(state, number, data["after"])
    state.moves[(number, event.version)] = data["was"]
    item.column = data["to"]
    if "undoes" in data:
        was = state.moves[(number, data["undoes"])]
        item.started_at, item.finished_at = _instant(was["started_at"]), _instant(was["finished_at"])
        item.undated = Undated.from_log(was)
    elif data["from"] != data["to"]:
        undated = Undated.from_log(data)
        if state.is_importing and data["from_stage"] in QUEUE and data["to_stage"] == "done":
            undated = undated._replace(start=True)  # older imports did not record that the start is unknown
        _cross(item, data["from_stage"], data["to_stage"], event.effective_at, undated)


def _cross(item: ReplayedItem, from_stage: str, to_stage: str, at: dt.datetime, undated: Undated) -> None:
    if to_stage in QUEUE:
        item.started_at = item.finished_at = None
        item.undated = DATED
        return
    if item.started_at is None:
        item.started_at, item.undated = at, Undated(start=undated.start)
    if to_stage != "done":
        item.finished_at, item.undated = None, item.undated._replace(finish=False)
    elif from_stage != "done" or item.finished_at is None:
        item.finished_at = max(at, item.started_at)
        item.undated = item.undated._replace(finish=undated.finish)


def _edited(state: Replay, event: Event, item: ReplayedItem, number: int) -> None:
    for name, (_, after) in event.data["changes"].items():
        setattr(item, name, after)


def _discarded(state: Replay, event: Event, item: ReplayedItem, number: int) -> None:
    item.discarded = True
    state.order.remove(number)


def _restored(state: Replay, event: Event, item: ReplayedItem, number: int) -> None:
    item.discarded = False
    _place(state, number, event.data["after"])


def _assigned(state: Replay, event: Event, item: ReplayedItem, number: int) -> None:
    item.assignees = list(event.data["people"])


def _made_part(state: Replay, event: Event, item: ReplayedItem, number: int) -> None:
    item.part_of = event.data["whole"]


def _linked(state: Replay, event: Event, item: ReplayedItem, number: int) -> None:
    link = (event.data["link"], event.data["other"])
    if (link in item.links) == (event.kind == "linked"):
        raise ValueError("linked twice, or unlinked what was not linked")
    item.links ^= {link}


def _criterion(state: Replay, event: Event, item: ReplayedItem, number: int) -> None:
    criterion, text = event.data["criterion"], event.data.get("text", "")
    match event.kind:
        case "criterion_removed":
            del item.criteria[criterion]
        case "criterion_met" | "criterion_unmet":
            item.criteria[criterion] = (item.criteria[criterion][0], event.kind == "criterion_met")
        case _:
            item.criteria[criterion] = (text, False)


def _blocked(state: Replay, event: Event, item: ReplayedItem, number: int) -> None:
    item.blocked_by.append(event.data["question"])


def _unblocked(state: Replay, event: Event, item: ReplayedItem, number: int) -> None:
    item.blocked_by.remove(event.data["question"])


def _attached(state: Replay, event: Event, item: ReplayedItem, number: int) -> None:
    item.files[event.data["attachment"]] = (event.data["name"], event.data["size"])


def _detached(state: Replay, event: Event, item: ReplayedItem, number: int) -> None:
    del item.files[event.data["attachment"]]


def _column_added(state: Replay, event: Event, item: Any, number: int) -> None:
    state.columns.insert(event.data["position"], event.data["column"])


def _columns_ordered(state: Replay, event: Event, item: Any, number: int) -> None:
    state.columns = list(event.data["order"])


def _column_removed(state: Replay, event: Event, item: Any, number: int) -> None:
    state.columns.remove(event.data["column"])


def _column_changed(state: Replay, event: Event, item: Any, number: int) -> None:
    limit = state.limits.setdefault(event.data["column"], {"wip_mode": "warn", "wip_limit": None})
    limit.update({name: after for name, (_, after) in event.data["changes"].items() if name in limit})


def _label(state: Replay, event: Event, item: Any, number: int) -> None:
    """A label was renamed, merged, or removed; a removed one has no `now`."""
    was, now = event.data["was"], event.data.get("now")
    for each in state.items.values():
        if was in each.labels:
            rest = [name for name in each.labels if name not in (was, now)]
            each.labels = rest if now is None else [*rest, now]


def _let_in(state: Replay, event: Event, item: Any, number: int) -> None:
    state.members[event.data["person"]] = event.data["role"]


def _let_go(state: Replay, event: Event, item: Any, number: int) -> None:
    state.members.pop(event.data["person"], None)


def _handed_over(state: Replay, event: Event, item: Any, number: int) -> None:
    state.members[event.data["former"]] = "delegate"
    state.members[event.data["person"]] = "owner"


def _question(state: Replay, event: Event, item: Any, number: int) -> None:
    replayed = state.questions.setdefault(event.data["question"], ReplayedQuestion())
    replayed.follow(event.kind, event.data)
    if event.kind == "answered":
        state.decisions.keep_answer(event.data)


def _of_promises(state: Replay, event: Event, item: Any, number: int) -> None:
    state.promises.take(event, number)


def _of_decisions(state: Replay, event: Event, item: Any, number: int) -> None:
    state.decisions.take(event)


def _of_updates(state: Replay, event: Event, item: Any, number: int) -> None:
    state.updates.take(event)


def _of_requests(state: Replay, event: Event, item: Any, number: int) -> None:
    state.requests.take(event, number)


def _of_roadmap(state: Replay, event: Event, item: Any, number: int) -> None:
    state.roadmap.take(event)


def _of_webhooks(state: Replay, event: Event, item: Any, number: int) -> None:
    state.webhooks.take(event)


def _of_problems(state: Replay, event: Event, item: Any, number: int) -> None:
    state.problems.take(event)


def _instant(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


_STEPS: dict[str, Any] = {
    "product_opened": _opened,
    "created": _created,
    "moved": _moved,
    "edited": _edited,
    "discarded": _discarded,
    "restored": _restored,
    "assigned": _assigned,
    "made_part": _made_part,
    "linked": _linked,
    "unlinked": _linked,
    "criterion_added": _criterion,
    "criterion_changed": _criterion,
    "criterion_removed": _criterion,
    "criterion_met": _criterion,
    "criterion_unmet": _criterion,
    "blocked": _blocked,
    "unblocked": _unblocked,
    "attached": _attached,
    "detached": _detached,
    "column_added": _column_added,
    "column_changed": _column_changed,
    "columns_ordered": _columns_ordered,
    "column_removed": _column_removed,
    "label_renamed": _label,
    "label_merged": _label,
    "label_removed": _label,
    "member_let_in": _let_in,
    "member_let_go": _let_go,
    "handed_over": _handed_over,
    **dict.fromkeys(questions.KINDS, _question),
    **dict.fromkeys(promises.STEPS, _of_promises),
    **dict.fromkeys(decisions.STEPS, _of_decisions),
    **dict.fromkeys(updates.STEPS, _of_updates),
    **dict.fromkeys(requests.STEPS, _of_requests),
    **dict.fromkeys(problems.STEPS, _of_problems),
    **dict.fromkeys(roadmap.STEPS, _of_roadmap),
    **dict.fromkeys(webhooks.STEPS, _of_webhooks),
}
