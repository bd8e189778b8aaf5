"""What a draft that is scheduled may become, who says so, and what the log tells of it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from kanban.errors import Forbidden, Invalid, Refused
from kanban.models import Health, StatusUpdate, UpdateState
from kanban.policy import Role
from kanban.reads.logged.updates import ReplayedUpdate, ReplayedUpdates
from kanban.status.health import Ground, Judged, Suggestion
from tests.models.conftest import NOON, Team

TOMORROW = NOON + dt.timedelta(days=1)
KNOWN: dict[str, Any] = {"health": "unknown", "findings": [], "last": None}


@pytest.fixture
def update(team: Team) -> StatusUpdate:
    draft = StatusUpdate.draft(
        team.product, by=team.owner, sections=[], since_version=1, since_at=None, health=Health.UNKNOWN
    )
    draft.edit({"headline": "Six weeks late"}, by=team.owner)
    draft.schedule(TOMORROW, known=KNOWN, by=team.owner)
    return draft


def test_the_log_tells_where_it_stands(team: Team, update: StatusUpdate) -> None:
    told = ReplayedUpdates()

    def standing() -> ReplayedUpdate:
        for event in team.product.recorded:
            told.take(event)
        team.product.recorded.clear()
        return told.updates[1]

    assert standing() == ReplayedUpdate(goes_out_at=TOMORROW, scheduled_by=1)
    update.take_back(by=team.members[Role.DELEGATE])
    assert standing() == ReplayedUpdate()
    update.schedule(TOMORROW, known=KNOWN, by=team.owner)
    update.hold(["It is late."])
    assert standing() == ReplayedUpdate(is_held=True)
    assert update.held == {"was_due": TOMORROW.isoformat(), "by": 1, "why": ["It is late."]}
    update.schedule(TOMORROW, known=KNOWN, by=team.owner)
    update.publish([], before=None, by=team.owner, is_due=True)
    assert standing() == ReplayedUpdate(state="published")
    assert not any((update.goes_out_at, update.scheduled_by_id, update.known, update.held))


@pytest.mark.parametrize(
    "change",
    [
        lambda update, team: update.edit({"headline": "Other"}, by=team.owner),
        lambda update, team: update.edit({}, by=team.owner),
        lambda update, team: update.hand_over(by=team.members[Role.DELEGATE]),
    ],
)
def test_until_then_nothing_changes_it(
    team: Team, update: StatusUpdate, change: Callable[[StatusUpdate, Team], None]
) -> None:
    with pytest.raises(Refused, match="Take it back"):
        change(update, team)
    assert (update.headline, update.handed_at) == ("Six weeks late", None)


@pytest.mark.parametrize("at", [NOON, NOON - dt.timedelta(1), NOON + dt.timedelta(days=60, seconds=1)])
def test_a_time_lies_ahead_but_not_too_far(team: Team, update: StatusUpdate, at: dt.datetime) -> None:
    with pytest.raises(Invalid):
        update.schedule(at, known=KNOWN, by=team.owner)
    update.schedule(NOON + dt.timedelta(days=60), known=KNOWN, by=team.owner)


def test_what_lacks_something_is_not_scheduled(team: Team, update: StatusUpdate) -> None:
    worse = Judged(Suggestion("off_track", Ground.FORECAST, 1))
    with pytest.raises(Invalid, match="a different health"):
        update.schedule(TOMORROW, known=KNOWN, by=team.owner, judged=worse)
    update.take_back(by=team.owner)
    update.edit({"headline": ""}, by=team.owner)
    with pytest.raises(Invalid, match="headline"):
        update.schedule(TOMORROW, known=KNOWN, by=team.owner)


@pytest.mark.parametrize("role", [Role.DELEGATE, Role.LEAD, Role.DEVELOPER, Role.VIEWER])
def test_only_who_publishes_schedules_and_who_drafts_takes_back(team: Team, update: StatusUpdate, role: Role) -> None:
    member = team.members[role]
    with pytest.raises(Forbidden):
        update.schedule(TOMORROW, known=KNOWN, by=member)
    if role is Role.DELEGATE:
        update.take_back(by=member)
        team.product.delegates_publish = True
        update.schedule(TOMORROW, known=KNOWN, by=member)
        assert update.scheduled_by_id == member.user_id
    else:
        with pytest.raises(Forbidden):
            update.take_back(by=member)


def test_what_is_published_is_neither_scheduled_nor_taken_back(team: Team, update: StatusUpdate) -> None:
    update.publish([], before=None, by=team.owner)
    assert update.state is UpdateState.PUBLISHED
    for late in (
        lambda: update.schedule(TOMORROW, known=KNOWN, by=team.owner),
        lambda: update.take_back(by=team.owner),
    ):
        with pytest.raises(Refused, match="published"):
            late()
