"""What people can do to a product and what is answered, by the rules alone; the counterpart of the program's verbs."""

from itertools import takewhile
from typing import Any

from tests.faults.mirror import (
    BOTTOM,
    FORBIDDEN,
    INVALID,
    MISSING,
    QUEUE,
    REFUSED,
    STAGES,
    TOP,
    Card,
    Mirror,
    No,
    Pillar,
    Talk,
    Wish,
)


def need(true: object, status: int = REFUSED) -> None:
    """Continue if the condition is true; otherwise refuse with a status."""
    if not true:
        raise No(status)


class Rules(Mirror):
    """The verbs; each one refuses with `No`, or changes the product and records what it did."""

    # Coming in

    def create(self, by: str, title: str, column: int, end: str, reason: str = "") -> None:
        self.must(by, "create")
        pillar = self.column(column)
        wish = TOP if end == "top" and self.may(by, "rank") else BOTTOM
        need(self.may(by, "rank") or pillar.stage == "backlog", FORBIDDEN)
        self.admit(pillar, 1, len(self.cards) + 1, by, reason)
        self._come_in(title, pillar, wish, by)

    def _come_in(self, title: str, pillar: Pillar, wish: Wish, by: str) -> Card:
        card = Card(len(self.cards) + 1, title, pillar.number)
        card.started = None if pillar.stage in QUEUE else self.step
        card.finished = self.step if pillar.stage == "done" else None
        self.order = self.put(card.number, pillar, wish)
        self.cards[card.number] = card
        self.record("created", card.number, by)
        return card

    def create_many(self, by: str, titles: list[str], end: str) -> None:
        self.must(by, "create")
        pillar = self.columns[0]
        asked = len(self.inside(pillar.number)) + len(titles) > (pillar.limit or 10_000) and pillar.mode == "ask"
        need(not asked)
        try:
            self.admit(pillar, len(titles), len(self.cards) + 1, by, None)
        except No as no:
            raise No(INVALID) from no
        wish = TOP if end == "top" and self.may(by, "rank") else BOTTOM
        for title in titles:
            wish = ("after", self._come_in(title, pillar, wish, by).number)

    def add_parts(self, by: str, number: int, titles: list[str]) -> None:
        self.must(by, "create")
        self.admit(self.columns[0], len(titles), len(self.cards) + 1, by, None)
        wish = self._below_family(number) if self.may(by, "rank") else BOTTOM
        for title in titles:
            part = self._come_in(title, self.columns[0], wish, by)
            self._join(by, part, self.cards[number])
            wish = ("after", part.number)

    def _below_family(self, number: int) -> Wish:
        """Below the item or below the last part of it that follows in the queue with no other item between."""
        queue = [n for n in self.order if self.stage(self.cards[n]) in QUEUE]
        if number not in queue:
            return BOTTOM
        below = queue[queue.index(number) + 1 :]
        family = list(takewhile(lambda n: self.cards[n].whole == number, below))
        return ("after", family[-1] if family else number)

    def bring_in(self, by: str, rows: list[tuple[str, str, str]]) -> None:
        """Import a list of (key, title, status): known rows are left alone, the others are added at the bottom."""
        self.must(by, "rank")
        fresh = [row for row in rows if row[0] not in self.imported]
        if not fresh:
            return
        self.record("imported", None, by)
        self.order, ahead = list(self.order), len(self.order)
        for key, title, status in fresh:
            stage = {"Backlog": "backlog", "In progress": "doing", "Done": "done"}[status]
            named = [column for column in self.columns if (column.name, column.stage) == (status, stage)]
            target = named[0] if named else next(column for column in self.columns if column.stage == stage)
            card = Card(len(self.cards) + 1, title, target.number)
            place = len(self.order) if stage == "backlog" else ahead
            self.order.insert(place, card.number)
            ahead += stage != "backlog"
            self.cards[card.number] = card
            self.imported[key] = card.number
            self.record("created", card.number, by)
            if stage != "backlog":
                card.started, card.finished = self.step, self.step if stage == "done" else None
                was: dict[str, Any] = {"from": "backlog", "to": stage, "after": self.before(card.number), "was": {}}
                self.record("moved", card.number, by, **was)

    # Moving

    def move(self, by: str, number: int, column: int | None, wish: Wish, reason: str = "", why: str = "") -> None:
        self.must(by, "move")
        card = self.cards[number]
        self._go(by, card, self.column(column or card.column), wish, reason, why)

    def step_along(self, by: str, number: int, way: str) -> None:
        """Move one place up or down in the same list: backlog and ready together, otherwise the column."""
        self.must(by, "move")
        card = self.cards[number]
        stages = QUEUE if self.stage(card) in QUEUE else ()
        near = [n for n in self.order if self.stage(self.cards[n]) in stages or self.cards[n].column == card.column]
        wish = TOP if way == "up" else BOTTOM
        if number in near:
            place = near.index(number) + (-1 if way == "up" else 1)
            if 0 <= place < len(near):
                wish = ("before" if way == "up" else "after", near[place])
        self._go(by, card, self.column(card.column), wish, "", "")

    def pull(self, by: str, reason: str) -> None:
        self.must(by, "move")
        eligible, target = self.eligible(by), self.first("doing")
        need(eligible and target)
        assert target is not None
        self._go(by, self.cards[eligible[0]], target, TOP, reason, "")

    def _go(self, by: str, card: Card, target: Pillar, wish: Wish, reason: str, why: str) -> None:
        source, ranks = self.column(card.column), self.may(by, "rank")
        need(not card.discarded)
        self._check_way(by, source, target)
        crosses = source.number != target.number
        order = self._order_given(card, source, target, wish, keeps=target.stage == "done" or not ranks)
        if not crosses and order == self.order:
            return
        leaves = source.stage in QUEUE and target.stage not in QUEUE
        higher = [n for n in self.eligible() if self.order.index(n) < self.order.index(card.number)] if leaves else []
        if crosses:
            self.admit(target, 1, card.number, by, reason)
        was = {"column": source.number, "started": card.started, "finished": card.finished}
        after, self.order = self.before(card.number), order
        card.column = target.number
        if crosses:
            self._keep_time(by, card, source, target)
        self.record("moved", card.number, by, **{"from": source.stage, "to": target.stage, "after": after, "was": was})
        if higher and target.stage == "doing" and (why or not ranks):
            self.record("passed_over", card.number, by, items=higher, reason=why or None)
        if leaves and target.stage == "doing" and self.roles[by] == "developer" and not card.people:
            self._assign(by, card, {by})
        if crosses:
            self.hold_up(card, by)

    def _check_way(self, by: str, source: Pillar, target: Pillar) -> None:
        if self.may(by, "rank"):
            return
        need(not (source.stage in QUEUE and target.stage in QUEUE), FORBIDDEN)
        enters_done = target.stage == "done" and source.stage != "done"
        need(not (enters_done and self.accepting), FORBIDDEN)

    def _order_given(self, card: Card, source: Pillar, target: Pillar, wish: Wish, *, keeps: bool) -> list[int]:
        """The order after a move: a developer's place counts only outside backlog and ready, and in done none does."""
        queued = source.stage in QUEUE or target.stage in QUEUE
        if not keeps or not (queued or target.stage == "done"):
            return self.put(card.number, target, wish)
        home = self.home(card.number) if target.stage in QUEUE else None
        return self.put(card.number, target, home, even_done=True) if home else self.order

    def _keep_time(self, by: str, card: Card, source: Pillar, target: Pillar) -> None:
        if target.stage in QUEUE:
            card.started = card.finished = None
            return
        card.started = card.started or self.step
        if target.stage != "done":
            card.finished = None
        elif source.stage != "done" or card.finished is None:
            card.finished = self.step
            self.release(card, None, by)
            need(not card.holds)

    def explain(self, by: str, number: int, version: int, kind: str, reason: str) -> None:
        self.must(by, "move")
        taken = [e for e in self.log if (e.version, e.item, e.kind) == (version, number, kind)]
        need(taken)
        need(taken[0].by == by, FORBIDDEN)
        given = [
            e.what["reason"]
            for e in self.log
            if e.kind == "reason_given" and e.item == number and (e.what["of"], e.what["about"]) == (version, kind)
        ]
        if reason != [taken[0].what["reason"], *given][-1]:
            self.record("reason_given", number, by, of=version, about=kind, reason=reason)

    # Text, people, parts, links, criteria, files

    def edit(self, by: str, number: int, revision: int, words: dict[str, Any]) -> None:
        self.must(by, "edit")
        card = self.cards[number]
        need(not card.discarded)
        need(revision == card.revision)
        self._word(by, card, words)

    def _word(self, by: str, card: Card, words: dict[str, Any]) -> None:
        changes = {name: (getattr(card, name), now) for name, now in words.items() if getattr(card, name) != now}
        if changes:
            for name, (_was, now) in changes.items():
                setattr(card, name, now)
            card.revision += 1
            self.record("edited", card.number, by, changes=changes)

    def assign(self, by: str, number: int, people: set[str]) -> None:
        self.must(by, "assign")
        need(people <= self.roles.keys() and not self.cards[number].discarded)
        self._assign(by, self.cards[number], people)

    def _assign(self, by: str, card: Card, people: set[str]) -> None:
        if people != card.people:
            self.record("assigned", card.number, by, was=set(card.people))
            card.people = set(people)

    def part_of(self, by: str, number: int, whole: int | None) -> None:
        self.must(by, "edit")
        self._join(by, self.cards[number], self.cards[whole] if whole else None)

    def _join(self, by: str, card: Card, whole: Card | None) -> None:
        need(not card.discarded)
        if whole is not None:
            has_parts = any(other.whole == card.number for other in self.cards.values())
            need(whole is not card and whole.whole is None and not has_parts and not whole.discarded)
        number = whole.number if whole else None
        if number != card.whole:
            self.record("made_part", card.number, by, was=card.whole)
            card.whole = number

    def link(self, by: str, number: int, other: int, way: str) -> None:
        self.must(by, "edit")
        self._link(by, *self._ends(number, other, way))

    def _link(self, by: str, first: Card, second: Card) -> None:
        need(first is not second and not first.discarded and not second.discarded)
        need(second.number not in first.needs and not self._leads(second.number, first.number))
        first.needs.add(second.number)
        self.record("linked", first.number, by, other=second.number)

    def unlink(self, by: str, number: int, other: int, way: str) -> None:
        self.must(by, "edit")
        self._unlink(by, *self._ends(number, other, way))

    def _unlink(self, by: str, first: Card, second: Card) -> None:
        need(not first.discarded and second.number in first.needs)
        first.needs.remove(second.number)
        self.record("unlinked", first.number, by, other=second.number)

    def _ends(self, number: int, other: int, way: str) -> tuple[Card, Card]:
        pair = self.cards[number], self.cards[other]
        return pair if way == "needs" else (pair[1], pair[0])

    def _leads(self, start: int, goal: int) -> bool:
        return start == goal or any(self._leads(n, goal) for n in self.cards[start].needs)

    def add_criterion(self, by: str, number: int, text: str) -> None:
        self.must(by, "criteria")
        self._add_criterion(by, self.cards[number], text)

    def _add_criterion(self, by: str, card: Card, text: str) -> None:
        need(not card.discarded)
        number = max(card.criteria, default=0) + 1
        card.criteria[number] = (text, False)
        self.record("criterion_added", card.number, by, criterion=number)

    def change_criterion(self, by: str, number: int, which: int, text: str | None) -> None:
        """Reword a criterion, which removes its tick; None removes the criterion."""
        self.must(by, "criteria")
        card = self.cards[number]
        need(not card.discarded and which in card.criteria)
        self._word_criterion(by, card, which, text)

    def _word_criterion(self, by: str, card: Card, which: int, text: str | None) -> None:
        was = card.criteria[which]
        if text is None:
            del card.criteria[which]
            self.record("criterion_removed", card.number, by, criterion=which, was=was)
        elif text != was[0]:
            card.criteria[which] = (text, False)
            self.record("criterion_changed", card.number, by, criterion=which, was=was)

    def tick(self, by: str, number: int, which: int, *, met: bool) -> None:
        self.must(by, "tick")
        card = self.cards[number]
        need(not card.discarded and which in card.criteria)
        self._tick(by, card, which, met=met)

    def _tick(self, by: str, card: Card, which: int, *, met: bool) -> None:
        if card.criteria[which][1] != met:
            card.criteria[which] = (card.criteria[which][0], met)
            self.record("criterion_met" if met else "criterion_unmet", card.number, by, criterion=which)

    def attach(self, by: str, number: int) -> None:
        self.must(by, "edit")
        card = self.cards[number]
        need(not card.discarded)
        if card.files:
            return  # it is always the same file, which is attached already
        added = max((e.what["file"] for e in self.log if e.kind == "attached" and e.item == number), default=0) + 1
        card.files[added] = by
        self.record("attached", number, by, file=added)

    def detach(self, by: str, number: int, which: int) -> None:
        self.must(by, "edit")
        card = self.cards[number]
        need(which in card.files, MISSING)
        need(not card.discarded)
        need(card.files[which] == by or self.may(by, "discard"), FORBIDDEN)
        self._detach(by, card, which)

    def _detach(self, by: str, card: Card, which: int) -> None:
        self.record("detached", card.number, by, file=which, was=card.files.pop(which))

    # Blocks, leaving, coming back

    def block(self, by: str, number: int) -> None:
        self.must(by, "block")
        card = self.cards[number]
        need(not card.discarded and card.finished is None and None not in card.holds)
        card.holds.add(None)
        self.record("blocked", number, by, question=None)

    def unblock(self, by: str, number: int) -> None:
        self.must(by, "block")
        card = self.cards[number]
        need(None in card.holds or not card.holds)
        self.release(card, None, by)

    def discard(self, by: str, number: int) -> None:
        self.must(by, "discard")
        self._discard(by, self.cards[number])

    def _discard(self, by: str, card: Card) -> None:
        need(not card.discarded and card.finished is None)
        self.record("discarded", card.number, by, after=self.before(card.number))
        self.order.remove(card.number)
        card.discarded = True
        for question in list(card.holds):
            self.release(card, question, by)

    def restore(self, by: str, number: int, reason: str) -> None:
        self.must(by, "discard")
        self._restore(by, self.cards[number], BOTTOM, reason)

    def _restore(self, by: str, card: Card, wish: Wish, reason: str) -> None:
        need(card.discarded)
        pillar = self.column(card.column)
        self.admit(pillar, 1, card.number, by, reason)
        self.order = self.put(card.number, pillar, wish, even_done=True)
        card.discarded = False
        self.record("restored", card.number, by)
        self.hold_up(card, by)

    # Questions

    def ask(self, by: str, number: int, to: str, *, blocking: bool) -> None:
        self.must(by, "ask")
        card = self.cards[number]
        need(self.may(to, "talk"), INVALID)
        need(not card.discarded and not (blocking and card.finished is not None) and to != by)
        talk = Talk(len(self.talks) + 1, number, by, to, blocking)
        self.talks[talk.number] = talk
        self.record("asked", number, by)
        self.hold_up(card, by)

    def talk(self, by: str, question: int, verb: str, becomes: str) -> None:
        self.must(by, "talk")
        talk = self.talks[question]
        match verb:
            case "answer":
                self._answer(by, talk, becomes)
            case "ask-back":
                self._must_answer(by, talk)
                need(talk.turn == "addressee")
                talk.turn = "asker"
            case "reply":
                need(talk.asker == by, FORBIDDEN)
                need(talk.state == "open" and talk.turn == "asker")
                talk.turn = "addressee"
            case "accept":
                need(talk.asker == by, FORBIDDEN)
                if talk.state == "accepted":
                    return
                need(talk.state == "answered")
                talk.state, talk.turn = "accepted", "nobody"
            case "return":
                need(talk.asker == by, FORBIDDEN)
                need(talk.state == "answered")
                talk.state, talk.turn = "open", "addressee"
                self.hold_up(self.cards[talk.item], by)
            case "withdraw":
                need(talk.asker == by, FORBIDDEN)
                need(talk.state in ("open", "answered"))
                talk.state, talk.turn = "withdrawn", "nobody"
                self.release(self.cards[talk.item], question, by)
        self.record(verb, talk.item, by)

    def _must_answer(self, by: str, talk: Talk) -> None:
        need(talk.state == "open")
        need(talk.addressee == by or self.may(by, "answer"), FORBIDDEN)

    def _answer(self, by: str, talk: Talk, becomes: str) -> None:
        self._must_answer(by, talk)
        if becomes == "criterion":
            need(self.may(by, "criteria"), FORBIDDEN)
            self._add_criterion(by, self.cards[talk.item], "So it is")
        elif becomes:
            need(self.may(by, "decide"), FORBIDDEN)
        talk.state, talk.turn = "answered", "asker"
        self.release(self.cards[talk.item], talk.number, by)

    # Settings

    def change_column(self, by: str, number: int, **settings: Any) -> None:
        self.must(by, "configure")
        column = self.column(number)
        self._check_name(settings["name"], column)
        need(not settings["accepts"] or column.stage == "review")
        before = vars(column).copy()
        vars(column).update(settings)
        if vars(column) != before:
            self.record("column_changed", None, by)

    def _check_name(self, name: str, column: Pillar | None) -> None:
        need(all(other is column or other.name != name for other in self.columns), INVALID)

    def add_column(self, by: str, name: str, stage: str) -> None:
        self.must(by, "configure")
        need(len(self.columns) < 30)
        self._check_name(name, None)
        place = sum(STAGES.index(other.stage) <= STAGES.index(stage) for other in self.columns)
        self.columns.insert(place, Pillar(self.next_column, name, stage))
        self.next_column += 1
        self.record("column_added", None, by)

    def move_column(self, by: str, number: int, way: str) -> None:
        self.must(by, "configure")
        here = self.columns.index(self.column(number))
        there = here + (1 if way == "down" else -1)
        if 0 <= there < len(self.columns):
            need(self.columns[here].stage == self.columns[there].stage)
            self.columns[here], self.columns[there] = self.columns[there], self.columns[here]
            self.record("columns_ordered", None, by)

    def remove_column(self, by: str, number: int) -> None:
        self.must(by, "configure")
        column = self.column(number)
        need(all(card.column != number for card in self.cards.values()))
        is_last = sum(other.stage == column.stage for other in self.columns) == 1
        need(not (is_last and column.stage in ("backlog", "doing", "done")))
        self.columns.remove(column)
        self.record("column_removed", None, by)

    def let_in(self, by: str, name: str, role: str) -> None:
        self.must(by, "configure")
        need(self.roles.get(name) != "owner")
        if self.roles.get(name) != role:
            self.roles[name] = role
            self.record("member_let_in", None, by)

    def let_go(self, by: str, name: str) -> None:
        self.must(by, "configure")
        need(name in self.roles, MISSING)
        need(self.roles[name] != "owner")
        del self.roles[name]
        self.record("member_let_go", None, by)

    def hand_over(self, by: str, name: str) -> None:
        self.must(by, "configure")
        need(name in self.roles and self.roles[name] != "owner")
        self.roles[by], self.roles[name] = "delegate", "owner"
        self.record("handed_over", None, by)
