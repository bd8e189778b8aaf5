"""A draft says where its lines no longer hold, and renewing them keeps every word of the owner's."""

import datetime as dt
from typing import Any

import pytest

from kanban.flow.history import ItemHistory
from kanban.flow.stage import Stage
from kanban.status.draft_text import LINE_FIELDS, DraftText
from kanban.status.facts import Decided, Dropped, Facts, OpenProblem, Slipped, Stop, Waiting
from kanban.status.lines import sections
from kanban.status.outdated import Outdated, outdated
from tests.status.test_facts import day, facts_of, item

DOING = (Stage.DOING, day(20))
REVIEW = (Stage.REVIEW, day(22))
DONE = (Stage.DONE, day(23))
BACK = (Stage.BACKLOG, day(23))
GONE = (None, day(23))
STOP = Stop("FE-1", "Wallet", "No contract", "the bank", dt.date(2026, 11, 21))
DELAY = Slipped("FE-1", "Wallet works", dt.date(2026, 11, 20), dt.date(2026, 12, 1), "Bank", "Cash")
REGISTER = OpenProblem("No test ship", "Kari", "ask the yard", None, 3)


def wallet(*steps: tuple[Stage | None, dt.datetime]) -> ItemHistory:
    return item(1, "Wallet", *steps)


def drafted(before: Facts, **own: str) -> tuple[DraftText, list[dict[str, str]]]:
    """A draft with the facts of `before`, in whose lines the owner wrote these words; and what it was filled with."""
    filled = [{"kind": part["kind"], **line} for part in sections(before) for line in part["lines"]]
    lines = [{**dict.fromkeys(LINE_FIELDS, ""), **line, **own} for line in filled]
    return DraftText(1, {}, lines), filled


def look(written: DraftText, filled: list[dict[str, str]], now: Facts, *items: ItemHistory) -> tuple[Outdated, ...]:
    return outdated(now, items, written.sections, filled)


def renewed(before: Facts, now: Facts, *items: ItemHistory, **own: str) -> list[tuple[str, str, str]]:
    """The lines of a draft from `before` once all are brought up to date; nothing is outdated then."""
    written, filled = drafted(before, **own)
    given = written.renew(look(written, filled, now, *items), "all")
    assert not [each for each in look(written, filled + given, now, *items) if each.can_renew]
    return [(line["kind"], line["text"], line["note"]) for line in written.lines]


def said(before: Facts, now: Facts, *items: ItemHistory, **own: str) -> list[str]:
    return [each.why or f"{each.old} → {each.new}" for each in look(*drafted(before, **own), now, *items)]


def test_a_draft_that_holds_is_not_flagged() -> None:
    for steps in ((), (DOING,), (DOING, DONE)):
        facts = facts_of(wallet(*steps), stops=(STOP,), slipped=(DELAY,), problems=(REGISTER,))
        assert said(facts, facts, wallet(*steps)) == []


@pytest.mark.parametrize(
    ("before", "after", "why", "line"),
    [
        ((DOING,), (DOING, DONE), "is finished", ("shipped", "Wallet", "")),
        ((DOING,), (DOING, BACK), "is back in the queue", ("next", "Wallet", "back in the queue")),
        (
            (DOING, DONE),
            (DOING, DONE, (Stage.DOING, day(24))),
            "is in progress",
            ("in_progress", "Wallet", "Doing, 5 days"),
        ),
    ],
)
def test_a_line_goes_where_its_item_went(before: Any, after: Any, why: str, line: Any) -> None:
    then, now = facts_of(wallet(*before)), facts_of(wallet(*after))
    assert said(then, now, wallet(*after)) == [why]
    assert renewed(then, now, wallet(*after)) == [line]


def test_what_was_next_and_is_being_worked_on_is_in_progress() -> None:
    line = {**dict.fromkeys(LINE_FIELDS, ""), "kind": "next", "ref": "FE-1", "text": "Wallet"}
    [each] = look(DraftText(1, {}, [line]), [], facts_of(wallet(DOING)), wallet(DOING))
    assert (each.why, each.line and each.line["kind"]) == ("is in progress", "in_progress")


def test_what_is_back_in_the_queue_may_be_what_is_next() -> None:
    then, now = facts_of(wallet(DOING)), facts_of(wallet(DOING, BACK), queue=(Waiting("FE-1", "Wallet"),))
    assert renewed(then, now, wallet(DOING, BACK)) == [("next", "Wallet", "back in the queue")]


def test_what_was_discarded_is_told_with_its_reason() -> None:
    then = facts_of(wallet(DOING))
    now = facts_of(dropped=(Dropped("FE-1", "Wallet", "No bank", dt.date(2026, 11, 23)),))
    gone = wallet(DOING, GONE)
    assert said(then, now, gone) == ["was discarded"]
    assert renewed(then, now, gone) == [("next", "Wallet", "will not be done: No bank")]
    assert renewed(then, now, gone, note="With Oslo") == [("next", "Wallet", "With Oslo; will not be done: No bank")]


def test_own_words_go_along_with_the_line() -> None:
    then, now = facts_of(wallet(DOING)), facts_of(wallet(DOING, DONE))
    own = {"text": "Paying by phone", "note": "for Oslo"}
    assert renewed(then, now, wallet(DOING, DONE), **own) == [("shipped", "Paying by phone", "for Oslo")]


def test_a_column_that_changed_is_told_and_own_words_beside_it_are_left_alone() -> None:
    then, now = facts_of(wallet(DOING)), facts_of(wallet(DOING, REVIEW))
    steps = wallet(DOING, REVIEW)
    assert said(then, now, steps) == ["Doing, 5 days → Review, 5 days"]
    assert renewed(then, now, steps) == [("in_progress", "Wallet", "Review, 5 days")]
    assert said(then, now, steps, note="nearly there") == []


def test_days_that_went_on_are_told_apart() -> None:
    then, now = facts_of(wallet(DOING)), facts_of(wallet((Stage.DOING, day(19))))
    [each] = look(*drafted(then), now, wallet(DOING))
    assert each.is_days_only
    written, filled = drafted(then)
    written.renew(look(written, filled, now, wallet(DOING)), "days")
    assert written.lines[0]["note"] == "Doing, 6 days"


def test_what_can_proceed_again_leaves_the_problems() -> None:
    then, now = facts_of(wallet(DOING), stops=(STOP,)), facts_of(wallet(DOING))
    assert said(then, now, wallet(DOING)) == ["can proceed again"]
    assert renewed(then, now, wallet(DOING)) == [("in_progress", "Wallet", "Doing, 5 days")]
    lines = renewed(then, now, wallet(DOING), text="Paying by phone")
    assert lines == [("in_progress", "Paying by phone", "Doing, 5 days")] * 2


def test_of_two_lines_that_would_say_the_same_one_is_left_out() -> None:
    then, now = facts_of(wallet(DOING), stops=(STOP,)), facts_of(wallet(DOING, DONE))
    assert renewed(then, now, wallet(DOING, DONE)) == [("shipped", "Wallet", "")]


def test_another_reason_for_a_stop_is_told() -> None:
    other = Stop("FE-1", "Wallet", "No key", "the bank", dt.date(2026, 11, 21))
    then, now = facts_of(stops=(STOP,)), facts_of(stops=(other,))
    assert renewed(then, now) == [("problems", "Wallet", "No key (waiting for the bank since 21 Nov)")]


def test_a_problem_that_was_settled_is_left_out_unless_it_has_own_words() -> None:
    then, now = facts_of(problems=(REGISTER,)), facts_of()
    assert said(then, now) == ["is settled"]
    assert renewed(then, now) == []
    assert renewed(then, now, note="Kari found one") == [("problems", "No test ship", "Kari found one")]


def test_a_delay_takes_the_days_that_its_promise_has_now() -> None:
    then = facts_of(slipped=(DELAY,))
    now = facts_of(slipped=(Slipped("FE-1", "Wallet works", DELAY.old_on, dt.date(2026, 12, 20), "Strike", "Cash"),))
    assert said(then, now) == ["1 Dec → 20 Dec"]
    written, filled = drafted(then, cause="The bank closed")
    written.renew(look(written, filled, now), "all")
    [line] = written.lines
    assert (line["new_date"], line["cause"], line["note"]) == ("20 Dec", "The bank closed", "Cash")
    assert said(then, now, new_date="before Christmas") == []


def test_a_delay_that_is_none_any_more_is_left_out_unless_it_has_own_words() -> None:
    then, now = facts_of(slipped=(DELAY,)), facts_of()
    assert said(then, now) == ["is no longer a delay"]
    assert renewed(then, now) == []
    assert [kind for kind, *_ in renewed(then, now, note="Boats until then")] == ["delays"]


def test_lines_of_the_owners_own_are_held_against_nothing() -> None:
    own = {"shipped": "", "in_progress": "", "next": "", "problems": "FE-1", "delays": "FE-1", "decisions": "FE-1"}
    lines = [{**dict.fromkeys(LINE_FIELDS, ""), "kind": kind, "ref": ref, "text": "Mine"} for kind, ref in own.items()]
    assert look(DraftText(1, {}, lines), [], facts_of(wallet(DOING)), wallet(DOING)) == ()


@pytest.mark.parametrize("which", ["all", "H17"])
@pytest.mark.parametrize("own_first", [True, False])
@pytest.mark.parametrize("after", [(DOING,), (DOING, DONE)], ids=["where it stands", "elsewhere"])
def test_of_two_lines_of_the_same_words_each_keeps_its_own_note(which: str, own_first: bool, after: Any) -> None:
    written, filled = drafted(facts_of(wallet(DOING)))
    own = {**written.lines[0], "note": "Thank you, Berit"}
    written.lines.insert(0 if own_first else 1, own)
    now = facts_of(wallet((Stage.REVIEW, day(20)), *after[1:]))
    found = look(written, filled, now, wallet((Stage.REVIEW, day(20)), *after[1:]))
    written.renew(found, "all" if which == "all" else found[0].key)
    assert "Thank you, Berit" in [line["note"] for line in written.lines]
    assert len(written.lines) == (2 if len(after) == 1 or not own_first else 1)


def asking(text: str, of: str = "Kari") -> DraftText:
    return DraftText(1, {}, [{**dict.fromkeys(LINE_FIELDS, ""), "kind": "decisions", "text": text, "note": of}])


DECIDED = Facts(decided=(Decided(("may we?", "kari"), 4, dt.date(2026, 11, 12)),), today=dt.date(2026, 11, 24))


def test_a_decision_that_was_made_meanwhile_needs_not_be_asked() -> None:
    [each] = look(asking("May  WE?"), [], DECIDED)
    assert (each.why, each.can_renew) == ("was decided on 12 Nov (decision 4)", False)


@pytest.mark.parametrize("other", [("May they?", "Kari"), ("May we?", "Tor")])
def test_other_words_or_other_people_are_still_to_be_asked(other: tuple[str, str]) -> None:
    assert look(asking(*other), [], DECIDED) == ()


def test_what_the_facts_asked_again_is_left_out_with_one_press() -> None:
    written = asking("May we?")
    [each] = found = look(written, [dict(written.lines[0])], DECIDED)
    assert each.can_renew
    written.renew(found, "all")
    assert written.lines == []
