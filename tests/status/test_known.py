"""What was known when a draft was scheduled is no news; what somebody did since is, and time alone is not."""

import json
from dataclasses import replace
from datetime import date

import pytest

from kanban.status.case import Blocked, Case, Moved, Problem
from kanban.status.health import Ground, Suggestion
from kanban.status.honesty import check
from kanban.status.known import changed_since_scheduled, known_of
from kanban.status.outdated import Outdated
from tests.status.test_honesty import HONEST, MOVED, PROMISE, TODAY, case, said

FINE = Suggestion("on_track", Ground.FORECAST, 1)
WORSE = Suggestion("off_track", Ground.FORECAST, 1)
NOTHING = Suggestion("unknown", Ground.NOTHING)
OPEN = Problem("The quay is closed", days=20)
LATER = date(2026, 5, 15)
SUNDAY = replace(PROMISE, due_on=date(2026, 4, 19), is_closure=True)
LATE = case(promises=(PROMISE,), sections=said("delays", text="The wallet is late", cause="Bank"))
SEEN = Outdated("delays", "The wallet is late", "The wallet is late", old="15 Apr", new="15 May")
AGED = Outdated("in_progress", "FE-1", "Wallet", "FE-1", old="Doing, 4 days", new="Review, 5 days")


def told(then: Case, now: Case) -> list[str]:
    known = known_of(FINE, check(then), 3, then)
    return changed_since_scheduled(known, FINE, check(now), 3, now, claim="on_track", reason="")


@pytest.mark.parametrize(
    ("then", "now", "count"),
    [
        (HONEST, HONEST, 0),
        (HONEST, case(moved=(MOVED,)), 1),
        (case(moved=(MOVED,)), case(moved=(MOVED,)), 0),
        (case(moved=(MOVED,)), case(moved=(replace(MOVED, new_on=LATER),)), 1),
        (case(moved=(MOVED,)), HONEST, 0),
        (case(problems=(OPEN,)), case(problems=(replace(OPEN, days=21),)), 0),
        (case(problems=(replace(OPEN, days=14),)), case(problems=(OPEN,)), 1),
        (case(blocked=(Blocked("FE-1", "Wallet", 9),), sle_days=8), case(blocked=(Blocked("FE-1", "Wallet", 12),), sle_days=8), 0),
        (
            case(promises=(replace(PROMISE, sure=date(2026, 4, 20)),)),
            case(promises=(replace(PROMISE, sure=date(2026, 4, 22)),)),
            0,
        ),
        (
            case(promises=(replace(PROMISE, sure=date(2026, 4, 20)),)),
            case(promises=(replace(PROMISE, due_on=date(2026, 4, 17), sure=date(2026, 4, 20)),)),
            1,
        ),
        (HONEST, case(last_on=date(2026, 1, 1)), 0),
        (case(promises=(SUNDAY,)), case(promises=(SUNDAY,), today=date(2026, 4, 20)), 1),
        (LATE, replace(LATE, promises=(replace(PROMISE, due_on=LATER),)), 1),
        (LATE, replace(LATE, promises=()), 1),
        (LATE, replace(LATE, promises=(replace(PROMISE, due_on=LATER),), outdated=(SEEN,)), 1),
        (case(promises=(PROMISE,)), case(promises=(replace(PROMISE, due_on=LATER),)), 0),
        (case(outdated=(AGED,)), case(outdated=(replace(AGED, new="Review, 6 days"),)), 0),
        (case(outdated=(AGED,)), case(outdated=(replace(AGED, new="Trial, 6 days"),)), 1),
    ],
    ids=[
        "nothing",
        "a promise moved",
        "it had moved",
        "it moved again",
        "it is told by now",
        "a problem is older",
        "a problem grew old",
        "a block is longer",
        "the forecast drifts",
        "the promise is another",
        "silence",
        "its day has passed",
        "a delay is for another day",
        "a delay is none any more",
        "a check told that it is for another day",
        "what is told as no delay is for another day",
        "it is older in its other column",
        "it is in a third column",
    ],
)  # fmt: skip
def test_only_what_is_otherwise_is_news(then: Case, now: Case, count: int) -> None:
    assert len(told(then, now)) == count


@pytest.mark.parametrize(
    ("then", "now", "claim", "reason", "is_news"),
    [
        (FINE, WORSE, "on_track", "", True),
        (WORSE, WORSE, "on_track", "We will see", False),
        (WORSE, FINE, "at_risk", "The quay is closed", True),
        (WORSE, FINE, "on_track", "", False),
        (WORSE, NOTHING, "at_risk", "", False),
        (NOTHING, WORSE, "off_track", "", False),
    ],
)
def test_another_suggested_health_is_news_where_claim_or_reason_did_not_know_it(
    then: Suggestion, now: Suggestion, claim: str, reason: str, is_news: bool
) -> None:
    found = changed_since_scheduled(known_of(then, [], None, HONEST), now, [], None, HONEST, claim=claim, reason=reason)
    assert [each for each in found if each.startswith("The facts suggested")] == found
    assert bool(found) is is_news


def test_an_update_published_meanwhile_is_news() -> None:
    assert changed_since_scheduled(known_of(FINE, [], 3, HONEST), FINE, [], 4, HONEST, claim="on_track", reason="") == [
        "Update 4 has been published in the meantime."
    ]


def test_what_is_known_survives_being_kept() -> None:
    known = known_of(FINE, check(case(moved=(Moved("Wallet", TODAY, LATER),))), None, LATE)
    assert json.loads(json.dumps(known)) == {
        "health": "on_track",
        "findings": ["H3:Wallet=2026-05-15"],
        "last": None,
        "days": {"1": {"title": "Wallet", "due_on": "2026-04-15", "lines": ["The wallet is late"]}},
    }
