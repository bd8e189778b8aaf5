"""How far the facts carry a claim."""

import datetime as dt

import pytest

from kanban.status.health import Ground, PromiseHealth, suggest


def test_without_a_promise_nothing_can_be_said() -> None:
    suggestion = suggest(0)
    assert (suggestion.health, suggestion.ground) == ("unknown", Ground.NOTHING)
    assert not suggestion.contradicts("on_track")


def test_a_promised_date_that_moved_is_off_track() -> None:
    suggestion = suggest(2)
    assert (suggestion.health, suggestion.count) == ("off_track", 2)
    assert suggestion.contradicts("on_track")
    assert not suggestion.contradicts("at_risk")


DUE = dt.date(2026, 12, 18)


@pytest.mark.parametrize("is_known", [True, False])
def test_a_slip_that_the_forecast_would_carry_is_at_risk_and_only_green_owes_a_reason(is_known: bool) -> None:
    stand = PromiseHealth(1, "Cards", DUE, DUE, DUE, slipped_from=dt.date(2026, 12, 11), is_known=is_known)
    suggestion = suggest(1, [stand])
    assert (suggestion.health, suggestion.ground) == ("at_risk", Ground.SLIPPED)
    assert [claim for claim in ("on_track", "done", "at_risk", "off_track") if suggestion.differs(claim)] == [
        "on_track",
        "done",
    ]


def test_a_slip_that_the_forecast_does_not_carry_either_is_what_the_forecast_says() -> None:
    stand = PromiseHealth(1, "Cards", DUE, None, None, slipped_from=dt.date(2026, 12, 11))
    suggestion = suggest(1, [stand])
    assert (suggestion.health, suggestion.ground) == ("off_track", Ground.FORECAST)
