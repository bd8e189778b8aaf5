"""More of what the inbox tells: requests as their owner wants to hear of them, mentions in a description, promises."""

import pytest
import sqlalchemy as sa

from kanban.models import Member, NotificationKind, Way
from kanban.policy import Role
from kanban.reads.inbox import inbox
from tests.blueprints.test_inbox import choose, heard, objection
from tests.blueprints.test_request_pages import settle
from tests.builders import World
from tests.reporting import add_stakeholders
from tests.requesting import ask, decide, mine

# Requests


@pytest.mark.parametrize(
    ("way", "trouble"),
    [
        (Way.AT_ONCE, ""),
        (Way.DIGEST, "They chose to hear about it another way."),
        (Way.OFF, "They chose to hear about it another way."),
    ],
)
def test_a_request_reaches_its_owner_the_way_they_chose(both: World, way: Way, trouble: str) -> None:
    add_stakeholders(both, "Sunniva")
    choose(both, "olga", NotificationKind.STAKEHOLDER, way)
    ask(both, "Sunniva")
    assert objection(both, "request_heard") == trouble
    assert both.mails() == [("request_heard", "olga@example.org")], "one mail, whether it goes out or not"
    told = [] if way is Way.OFF else [("stakeholder", "request_asked")]
    assert heard(both, "olga") == told
    assert heard(both, "dora") == []


def test_the_judgement_of_a_requester_stands_in_the_inbox_too(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    ask(world, "Sunniva")
    ref = world.item("Refunds")
    decide(world, 1, "accept", ref)
    world.move(ref, "In progress")
    world.move(ref, "Done")
    settle(world)
    assert heard(world, "olga") == [("stakeholder", "request_asked")]
    form = {"act": "solved", "request": "1", "solved": "no", "words": "Only for two."}
    world.browser().post(mine(world, "Sunniva"), form)
    assert heard(world, "olga") == [("stakeholder", "request_asked"), ("stakeholder", "request_judged")]
    page = world.browser("olga").get("/inbox").text
    assert "A requester has said whether it helps" in page and "Only for two." not in page


def test_a_row_says_which_request_and_leads_to_it_while_one_may_see_requests(both: World) -> None:
    add_stakeholders(both, "Sunniva")
    ask(both, "Sunniva", title="Takings by harbour")
    heard(both, "olga")
    page = both.browser("olga").get("/inbox").text
    assert "Takings by harbour" in page
    with both.reading() as session:
        (line,) = inbox.read_inbox(session, both.ids["olga"])
    answer = both.browser("olga").post(f"/inbox/{line.id}/open")
    assert answer.headers["Location"].endswith("/requests/1")
    with both.writing() as session:
        session.execute(sa.update(Member).where(Member.user_id == both.ids["olga"]).values(role=Role.DEVELOPER))
    page = both.browser("olga").get("/inbox").text
    assert "A new request came in" not in page, "who sees no requests any more reads nothing of them"
    assert "Takings by harbour" not in page
    with both.reading() as session:
        assert list(inbox.read_inbox(session, both.ids["olga"])) == []


# Mentions in a description


def describe(world: World, ref: str, words: str, by: str = "deb") -> None:
    world.change(ref, "edit", {"description": words}, revision=world.found(ref).revision, by=by)


def test_a_description_speaks_to_those_it_newly_mentions(both: World) -> None:
    ref = both.item("Timetable import")
    describe(both, ref, "Ask @Dev about it; `@Lea` is code, me@Vic an address.")
    assert heard(both, "dev") == [("mention", "edited")]
    describe(both, ref, "Ask @Dev about it, and @Lea.", by="dora")
    assert heard(both, "dev") == [("mention", "edited")], "who stood there already hears nothing again"
    assert heard(both, "lea") == [("mention", "edited")]
    page = both.browser("lea").get("/inbox").text
    assert "Dora mentioned you" in page and "Timetable import" in page
    assert [heard(both, name) for name in ("vic", "sam", "deb", "dora", "olga")] == [[]] * 5


def test_mentioning_oneself_or_somebody_who_may_not_see_it_does_nothing(world: World) -> None:
    ref = world.item("Timetable import")
    world.let_go("lea")
    describe(world, ref, "@Deb and @Lea and @Sam")
    assert [heard(world, name) for name in ("deb", "lea", "sam")] == [[], [], []]


def test_another_change_of_the_text_mentions_nobody(world: World) -> None:
    ref = world.item("Timetable import")
    describe(world, ref, "Ask @Dev", by="dev")
    world.change(ref, "edit", {"title": "Import of @Dev"}, revision=world.found(ref).revision, by="olga")
    assert heard(world, "dev") == []
