"""How far the facts carry a claim."""

from kanban.status.health import Ground, suggest


def test_without_a_promise_nothing_can_be_said() -> None:
    suggestion = suggest(0)
    assert (suggestion.health, suggestion.ground) == ("unknown", Ground.NO_PROMISE)
    assert not suggestion.contradicts("on_track")


def test_a_promised_date_that_moved_is_off_track() -> None:
    suggestion = suggest(2)
    assert (suggestion.health, suggestion.count) == ("off_track", 2)
    assert suggestion.contradicts("on_track")
    assert not suggestion.contradicts("at_risk")
