"""What a draft says by itself: only what happened, each thing once, nothing invented."""

import datetime as dt
from dataclasses import replace

import pytest

from kanban.flow.history import ItemHistory, Move, Subject, build_histories
from kanban.flow.stage import Stage
from kanban.status.facts import Dropped, Facts, Since, Slipped, Stop, Waiting, gather
from kanban.status.lines import sections, unmentioned

TODAY = dt.date(2026, 11, 24)
LAST = dt.datetime(2026, 11, 9, 12, tzinfo=dt.UTC)


def day(number: int, hour: int = 12) -> dt.datetime:
    return dt.datetime(2026, 11, number, hour, tzinfo=dt.UTC)


def item(number: int, title: str, *steps: tuple[Stage | None, dt.datetime], undo: bool = False) -> ItemHistory:
    """An item that was created on 1 October and then went through these stages; `undo` takes the last step back."""
    moves = [Move(number, None, Stage.BACKLOG, dt.datetime(2026, 10, 1, tzinfo=dt.UTC), 1)]
    stage: Stage | None = Stage.BACKLOG
    for version, (target, at) in enumerate(steps, start=2):
        moves.append(Move(number, stage, target, at, version))
        stage = target
    if undo:
        moves.append(Move(number, stage, moves[-2].to_stage, steps[-1][1], len(moves) + 1, undoes=len(moves)))
    return build_histories([Subject(number, f"FE-{number}", title)], moves, [], "UTC")[0]


def told(facts: Facts, kind: str) -> list[tuple[str, str, str]]:
    lines = next(section["lines"] for section in sections(facts) if section["kind"] == kind)
    return [(line["ref"], line["text"], line["note"]) for line in lines]


def facts_of(*items: ItemHistory, since: Since | None = None, **present: object) -> Facts:
    columns = {history.ref: history.stage.value.title() for history in items}
    return gather(items, since=since or Since(LAST), today=TODAY, columns=columns, **present)  # type: ignore[arg-type]


def test_what_was_finished_since_the_last_update_is_shipped() -> None:
    before = item(1, "Old", (Stage.DOING, day(1)), (Stage.DONE, day(3)))
    since = item(2, "New", (Stage.DOING, day(5)), (Stage.DONE, day(12)))
    assert told(facts_of(before, since), "shipped") == [("FE-2", "New", "")]


def test_a_finish_that_was_undone_never_was() -> None:
    undone = item(1, "Undone", (Stage.DOING, day(10)), (Stage.DONE, day(12)), undo=True)
    facts = facts_of(undone)
    assert facts.shipped == ()
    assert [working.ref for working in facts.working] == ["FE-1"]


def test_what_was_finished_and_opened_again_is_not_shipped() -> None:
    assert (
        facts_of(item(1, "Back", (Stage.DOING, day(10)), (Stage.DONE, day(12)), (Stage.DOING, day(13)))).shipped == ()
    )


def test_what_was_told_as_done_and_is_open_again_is_a_problem() -> None:
    back = item(1, "Wallet", (Stage.DOING, day(1)), (Stage.DONE, day(3)), (Stage.DOING, day(20)))
    assert told(facts_of(back), "problems") == [("FE-1", "Wallet", "open again since 20 Nov")]


def test_what_was_opened_again_and_finished_again_is_told_as_shipped_again() -> None:
    again = item(
        1, "Wallet", (Stage.DOING, day(1)), (Stage.DONE, day(10)), (Stage.DOING, day(15)), (Stage.DONE, day(20))
    )
    assert facts_of(again, since=Since(LAST, frozenset({"FE-1"}))).shipped[0].on == dt.date(2026, 11, 20)


def test_nothing_is_told_twice_and_nothing_falls_between_two_updates() -> None:
    """The window begins when the last draft was gathered; what that update already told is left out."""
    mentioned = item(1, "Mentioned", (Stage.DOING, day(8)), (Stage.DONE, day(9, 13)))
    forgotten = item(2, "Forgotten", (Stage.DOING, day(8)), (Stage.DONE, day(9, 14)))
    facts = facts_of(mentioned, forgotten, since=Since(LAST, frozenset({"FE-1"})))
    assert [shipped.ref for shipped in facts.shipped] == ["FE-2"]


def test_the_first_update_tells_everything_that_is_finished() -> None:
    old = item(1, "Old", (Stage.DOING, day(1)), (Stage.DONE, day(3)))
    assert [shipped.ref for shipped in facts_of(old, since=Since()).shipped] == ["FE-1"]


def test_work_in_progress_is_told_with_its_column_and_age_the_furthest_first() -> None:
    doing = item(1, "Import", (Stage.DOING, day(11)))
    review = item(2, "Refunds", (Stage.DOING, day(20)), (Stage.REVIEW, day(23)))
    assert told(facts_of(doing, review), "in_progress") == [
        ("FE-2", "Refunds", "Review, 5 days"),
        ("FE-1", "Import", "Doing, 14 days"),
    ]


def test_a_block_is_told_with_its_reason_and_a_question_without_its_words() -> None:
    stops = [
        Stop("FE-1", "Import", "No test harbour.", "the harbour office", dt.date(2026, 11, 19)),
        Stop("FE-2", "Refunds", "", "", dt.date(2026, 11, 12)),
    ]
    assert told(facts_of(stops=stops), "problems") == [
        ("FE-2", "Refunds", "waiting for an answer since 12 Nov"),
        ("FE-1", "Import", "No test harbour (waiting for the harbour office since 19 Nov)"),
    ]


def test_delays_and_decisions_are_never_made_up() -> None:
    told = {section["kind"]: section["lines"] for section in sections(facts_of(item(1, "Late", (Stage.DOING, day(1)))))}
    assert told["delays"] == []
    assert "decisions" not in told


SLIP = Slipped("FE-1", "Refunds", dt.date(2026, 12, 15), dt.date(2027, 1, 18), "No water", "By hand until then")


def test_a_promise_that_moved_is_a_delay_with_both_dates_its_cause_and_what_helps() -> None:
    [line] = next(part["lines"] for part in sections(facts_of(slipped=[SLIP])) if part["kind"] == "delays")
    assert line == {
        "ref": "FE-1",
        "text": "Refunds",
        "old_date": "15 Dec 2026",
        "new_date": "18 Jan 2027",
        "cause": "No water",
        "note": "By hand until then",
    }


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (dt.date(2027, 1, 18), dt.date(2027, 2, 15), ("18 Jan 2027", "15 Feb 2027")),
        (dt.date(2026, 12, 1), dt.date(2026, 12, 20), ("1 Dec", "20 Dec")),
        (dt.date(2025, 12, 1), None, ("1 Dec 2025", "")),
    ],
)
def test_the_days_of_a_delay_say_their_year_unless_all_are_of_this_one(
    old: dt.date, new: dt.date | None, words: tuple[str, str]
) -> None:
    moved = replace(SLIP, old_on=old, new_on=new)
    [line] = next(part["lines"] for part in sections(facts_of(slipped=[moved])) if part["kind"] == "delays")
    assert (line["old_date"], line["new_date"]) == words


def test_the_longest_delay_comes_first() -> None:
    short = Slipped("FE-2", "Search", dt.date(2026, 12, 15), dt.date(2026, 12, 16), "Rain", "")
    assert [each.ref for each in facts_of(slipped=[short, SLIP]).slipped] == ["FE-1", "FE-2"]


def test_a_day_that_passed_without_a_new_one_is_a_delay_whose_new_date_is_still_to_be_said() -> None:
    past = Slipped("FE-1", "Refunds", dt.date(2026, 11, 2), None, "", "")
    facts = facts_of(slipped=[past])
    [line] = next(part["lines"] for part in sections(facts) if part["kind"] == "delays")
    assert (line["text"], line["new_date"], line["cause"]) == ("Refunds", "", "")
    assert unmentioned(facts, [])[0]["why"] == "its day has passed"


def test_a_delay_is_missing_until_it_stands_among_the_delays() -> None:
    summer = Slipped("", "Summer", dt.date(2026, 12, 15), dt.date(2026, 12, 16), "Rain", "")
    facts = facts_of(slipped=[SLIP, summer])
    elsewhere = [{"kind": "problems", "lines": [{"ref": "FE-1", "text": "Refunds"}, {"ref": "", "text": "Summer"}]}]
    assert [fact["line"]["text"] for fact in unmentioned(facts, elsewhere)] == ["Refunds", "Summer"]
    assert unmentioned(facts, sections(facts)) == []


def test_a_fact_that_the_draft_does_not_mention_is_offered() -> None:
    shipped = item(1, "Wallet", (Stage.DOING, day(10)), (Stage.DONE, day(12)))
    dropped = Dropped("FE-7", "Fax", "Nobody has one", dt.date(2026, 11, 20))
    facts = facts_of(shipped, dropped=[dropped], queue=[Waiting("FE-9", "Season card")])
    offered = unmentioned(facts, [{"kind": "shipped", "lines": [{"ref": "FE-1"}]}])
    assert offered == [
        {
            "key": "FE-7",
            "kind": "next",
            "line": {"ref": "FE-7", "text": "Fax", "note": "will not be done: Nobody has one"},
            "why": "was discarded",
        }
    ]
    assert unmentioned(facts, [])[0]["line"]["ref"] == "FE-1"


def test_a_very_long_list_is_cut_to_what_a_section_holds() -> None:
    many = [item(number, "Item", (Stage.DOING, day(10)), (Stage.DONE, day(12))) for number in range(1, 150)]
    assert len(told(facts_of(*many), "shipped")) == 100
