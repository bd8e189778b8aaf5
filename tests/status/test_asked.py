"""Which lines ask the same, what a decision closes, and what still waits."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanban.status.asked import Answer, Ask, Asked, Settled, not_asked_again
from kanban.status.draft_text import LINE_FIELDS

TODAY = dt.date(2026, 11, 20)


def at(day: int) -> dt.datetime:
    return dt.datetime(2026, 11, day, 9, tzinfo=dt.UTC)


def ask(update: int, day: int, text: str = "May we?", of: str = "Sunniva", **more: Any) -> Ask:
    line = {**dict.fromkeys(LINE_FIELDS, ""), "text": text, "note": of}
    return Ask(update, update, at=at(day), on=at(day).date(), line=line, **{"place": 0, **more})


def waiting(*asks: Ask, made: tuple[Answer, ...] = ()) -> list[tuple[str, int, int, int]]:
    """(words, first update, newest update, days) of what waits."""
    found = Asked(asks, made).unanswered(TODAY)
    return [(each.last.text, each.first.update, each.last.update, each.days) for each in found]


def test_what_is_asked_again_waits_once_since_it_was_first_asked() -> None:
    assert waiting(ask(1, 8), ask(2, 15, "may  WE?", "sunniva")) == [("may  WE?", 1, 2, 12)]


@pytest.mark.parametrize("other", [{"of": "Tor"}, {"text": "May they?"}])
def test_other_words_or_other_people_are_another_question(other: dict[str, Any]) -> None:
    one, two = ask(1, 8), ask(2, 15, **other)
    assert len(waiting(one, two)) == 2
    assert [each[1] for each in waiting(one, two, made=(Answer(1, 2, 0, at(16)),))] == [1]


@pytest.mark.parametrize("answered", [1, 2])
def test_one_answer_closes_every_line_that_asked_the_same_by_then(answered: int) -> None:
    assert waiting(ask(1, 8), ask(2, 15), made=(Answer(7, answered, 0, at(16)),)) == []


def test_the_same_asked_after_the_answer_is_asked_anew() -> None:
    assert waiting(ask(1, 8), ask(2, 15), made=(Answer(7, 1, 0, at(10)),)) == [("May we?", 2, 2, 5)]


def test_a_line_knows_its_own_decision_before_any_other() -> None:
    one, two = ask(1, 8), ask(2, 15)
    asked = Asked([one, two], [Answer(7, 1, 0, at(16)), Answer(8, 2, 0, at(17))])
    assert (asked.decision_on(one), asked.decision_on(two)) == (7, 8)


@given(
    lines=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.booleans()), max_size=8),
    made=st.lists(st.tuples(st.integers(0, 9), st.integers(9, 20)), max_size=8),
)
def test_a_decision_closes_its_own_line_then_the_same_asked_by_then_then_the_same_words_corrected(
    lines: list[tuple[str, str, bool]], made: list[tuple[int, int]]
) -> None:
    """Held against every answer looked at for every line, as the definition says it."""
    asks = [
        ask(number, 1 + number, text, of, corrects_id=number - 1 if number and corrects else None)
        for number, (text, of, corrects) in enumerate(lines)
    ]
    answers = [Answer(number, on, 0, at(day)) for number, (on, day) in enumerate(made) if on < len(asks)]
    asked = Asked(asks, answers)
    for one in asks:
        corrected, wrong = set(), one.corrects_id
        while wrong is not None:
            corrected.add(wrong)
            wrong = asks[wrong].corrects_id
        own, other = [], []
        for answer in answers:
            on = asks[answer.update_id]
            if on == one:
                own.append(answer.decision)
            elif (on.subject == one.subject and answer.at >= one.at) or (
                on.update_id in corrected and on.text == one.text
            ):
                other.append(answer.decision)
        assert asked.decision_on(one) == min(own or other, default=None)


def test_what_is_decided_is_settled_until_it_is_asked_anew() -> None:
    one, two = ask(1, 8), ask(2, 15)
    assert Asked([one, two], [Answer(7, 2, 0, at(16))]).settled() == {one.subject: Settled(7, at(16))}
    assert Asked([one, two], [Answer(7, 1, 0, at(10))]).settled() == {}
    assert Asked([one], []).settled() == {}


def test_a_correction_asks_instead_of_what_it_corrects() -> None:
    wrong = ask(1, 8, is_corrected=True)
    assert waiting(wrong, ask(2, 15, corrects_id=1)) == [("May we?", 1, 2, 12)]
    assert waiting(wrong) == [], "what the correction left out is not asked any more"


def test_a_correction_of_a_correction_knows_what_was_decided_before_both() -> None:
    asks = ask(1, 8, is_corrected=True), ask(2, 12, is_corrected=True, corrects_id=1), ask(3, 15, corrects_id=2)
    assert waiting(*asks, made=(Answer(7, 1, 0, at(9)),)) == []


def test_what_only_a_notice_asked_is_private() -> None:
    found = Asked([ask(1, 8, is_notice=True), ask(2, 9, "Else?", is_notice=True), ask(3, 10)], []).unanswered(TODAY)
    assert [(each.last.text, each.is_private) for each in found] == [("May we?", False), ("Else?", True)]


@pytest.mark.parametrize(
    ("lines", "offered"),
    [
        ([], ["Sunniva", "Tor"]),
        ([("May we?", "Sunniva")], ["Tor"]),
        ([("May we?", "Sunniva"), ("may we?", "TOR")], []),
        ([("May we?", "Sunniva and Tor")], []),
        ([("Something else?", "Sunniva")], ["Sunniva", "Tor"]),
    ],
)
def test_only_what_the_draft_does_not_ask_is_offered(lines: list[tuple[str, str]], offered: list[str]) -> None:
    found = Asked([ask(1, 8), ask(1, 8, of="Tor", place=1)], []).unanswered(TODAY)
    written = [{"kind": "decisions", "lines": [{"text": text, "note": of} for text, of in lines]}]
    assert [each.last.of for each in not_asked_again(found, written)] == offered


def test_words_in_another_section_ask_nothing() -> None:
    found = Asked([ask(1, 8)], []).unanswered(TODAY)
    assert len(not_asked_again(found, [{"kind": "next", "lines": [{"text": "May we?", "note": "Sunniva"}]}])) == 1
