"""Each honesty check speaks on its case and is silent on the one beside it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kanban.flow.track import Record
from kanban.status.case import Blocked, Case, Grown, Lost, Moved, Problem, Promise
from kanban.status.honesty import check
from kanban.status.outdated import Outdated

TODAY = date(2026, 3, 2)
DUE = date(2026, 4, 15)
BEFORE, AFTER, LATER = date(2026, 4, 15), date(2026, 4, 16), date(2026, 5, 15)
HONEST = Case(today=TODAY, claim="on_track")
PROMISE = Promise(1, "Wallet", DUE, "FE-1", is_known=True, half=BEFORE, sure=BEFORE)
MOVED = Moved("Wallet", date(2026, 4, 1), date(2026, 4, 9), "FE-1")


def said(kind: str, **line: str) -> list[dict[str, Any]]:
    return [{"kind": kind, "lines": [line]}]


def case(**facts: Any) -> Case:
    return replace(HONEST, **facts)


def promised(**facts: Any) -> tuple[Promise, ...]:
    return (replace(PROMISE, **facts),)


def codes(of: Case) -> list[str]:
    return [finding.code for finding in check(of)]


CASES = {
    "H1": (case(promises=promised(sure=AFTER)), case(promises=promised())),
    "H1 claim": (case(promises=promised(sure=None)), case(claim="at_risk", promises=promised(sure=None))),
    "H2": (
        case(promises=promised(half=AFTER, sure=LATER)),
        case(promises=promised(half=AFTER, sure=LATER, is_known=False)),
    ),
    "H2 claim": (
        case(claim="done", promises=promised(half=None, sure=None)),
        case(claim="off_track", promises=promised(half=None, sure=None)),
    ),
    "H3": (
        case(moved=(MOVED,), sections=said("shipped", text="Wallet", cause="x")),
        case(moved=(MOVED,), sections=said("delays", ref="FE-1", text="Paying", cause="Bank")),
    ),
    "H3 by reference": (
        case(moved=(MOVED,), sections=said("delays", text="FE-11 is late", cause="Bank")),
        case(moved=(MOVED,), sections=said("delays", text="FE-1 is late", cause="Bank")),
    ),
    "H4": (
        case(lost=(Lost("FE-2", "Refunds", is_discarded=True),)),
        case(lost=(Lost("FE-2", "Refunds", is_discarded=True),), words="No refunds this year."),
    ),
    "H5": (
        case(claims=("on_track", "on_track"), promises=promised(said_sure=date(2026, 4, 7))),
        case(claims=("on_track", "on_track"), promises=promised(said_sure=date(2026, 4, 8))),
    ),
    "H5 claims": (
        case(claims=("on_track", "on_track"), promises=promised(said_sure=date(2026, 4, 1))),
        case(claims=("on_track", "at_risk"), promises=promised(said_sure=date(2026, 4, 1)), n_shipped=1),
    ),
    "H6": (
        case(moved=(MOVED,), sections=said("delays", ref="FE-1", text="Wallet")),
        case(moved=(replace(MOVED, new_on=date(2026, 4, 8)),), sections=said("delays", ref="FE-1", text="Wallet")),
    ),
    "H7": (case(problems=(Problem("Terminal", 15, "Nils"),)), case(problems=(Problem("Terminal", 14),))),
    "H7 owned": (
        case(problems=(Problem("Terminal", 40, "", "Buy one"),)),
        case(problems=(Problem("Terminal", 40, "Nils", "Buy one"),)),
    ),
    "H8": (case(last_on=date(2026, 2, 8)), case(last_on=date(2026, 2, 9))),
    "H9": (case(claims=("at_risk",)), case(claims=("at_risk",), n_shipped=1)),
    "H9 worse": (case(claims=("off_track",)), case(claim="off_track", claims=("on_track",))),
    "H10": (case(grown=(Grown("Summer", 2, 12),)), case(grown=(Grown("Summer", 1, 11),))),
    "H10 told": (
        case(grown=(Grown("Summer", 5, 12),)),
        case(grown=(Grown("Summer", 5, 12),), words="We took more into summer."),
    ),
    "H11": (
        case(has_work=True, last_finished_on=date(2026, 2, 2)),
        case(has_work=True, last_finished_on=date(2026, 2, 3)),
    ),
    "H12": (
        case(is_short=True, sections=said("delays", text="Wallet", new_date="1 May")),
        case(is_short=False, sections=said("delays", text="Wallet", new_date="1 May")),
    ),
    "H13": (case(promises=promised(is_closure=True)), case(promises=promised())),
    "H13 past": (
        case(promises=promised(due_on=date(2026, 3, 1), is_known=False)),
        case(promises=promised(due_on=TODAY, is_known=False)),
    ),
    "H14": (
        case(sle_days=12, blocked=(Blocked("FE-3", "Map", 13),)),
        case(sle_days=12, blocked=(Blocked("FE-3", "Map", 12),)),
    ),
    "H14 told": (
        case(sle_days=12, blocked=(Blocked("FE-3", "Map", 30),), sections=said("shipped", ref="FE-3", text="Map")),
        case(sle_days=12, blocked=(Blocked("FE-3", "Map", 30),), sections=said("problems", ref="FE-3", text="Map")),
    ),
    "H15": (
        case(sections=said("decisions", text="Which bank", note="Ingrid")),
        case(sections=said("decisions", text="Which bank", note="Ingrid", new_date="2026-03-09")),
    ),
    "H17": (
        case(outdated=(Outdated("in_progress", "FE-1", "Wallet", "FE-1", why="is finished"),)),
        case(
            outdated=(Outdated("in_progress", "FE-1", "Wallet", "FE-1", old="4 days", new="5 days", is_days_only=True),)
        ),
    ),
    "H16": (case(track=Record(85, 13, 20)), case(track=Record(85, 14, 20))),
    "H16 early": (case(track=Record(85, 5, 20)), case(track=Record(85, 5, 19))),
}


@pytest.mark.parametrize("name", CASES)
def test_each_check_speaks_on_its_case_and_is_silent_on_the_neighbour(name: str) -> None:
    speaks, silent = CASES[name]
    assert codes(speaks) == [name.split()[0]]
    assert codes(silent) == []


def test_every_check_has_a_case() -> None:
    assert {name.split()[0] for name in CASES} == {f"H{number}" for number in range(1, 18)}


def test_an_honest_update_hears_nothing() -> None:
    assert codes(HONEST) == []


def test_a_finding_keeps_its_key_while_its_words_change() -> None:
    [one], [other] = check(case(promises=promised(sure=AFTER))), check(case(promises=promised(sure=LATER)))
    assert one.key == other.key
    assert one.message != other.message
    assert (one.ref, one.promise) == ("FE-1", 1)
