"""A delegate who may not publish hands the draft to the owner, who hears of it at once, until it is published or gone."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from kanban import clock
from kanban.models import Member, NotificationKind, User, Way
from kanban.policy import Role
from kanban.reads.inbox import inbox
from kanban.reads.inbox.inbox import Line
from tests.blueprints.test_inbox import choose, heard, objection, written
from tests.blueprints.test_my_work import words
from tests.blueprints.test_worsened import promised
from tests.builders import World, sound
from tests.counting import counting
from tests.reporting import UPDATES, add_stakeholders, begin, form_of, found, publish

TOLD = ("draft", "update_handed_over")


def save(world: World, by: str, number: int = 1, **changes: Any) -> TestResponse:
    return world.browser(by).post(f"{UPDATES}/{number}", form_of(world, number, **changes))


def hand(world: World, by: str = "dora", number: int = 1, **changes: Any) -> TestResponse:
    return save(world, by, number, act="hand-over", **changes)


def line(world: World, name: str = "olga") -> Line:
    with world.reading() as session:
        return inbox.read_inbox(session, world.ids[name])[0]


def let_publish(world: World, allowed: bool = True) -> None:
    with world.changing() as (_session, product, member):
        product.configure(by=member, delegates_publish=allowed)


def become(world: World, name: str, role: Role) -> None:
    with world.writing() as session:
        session.execute(sa.update(Member).where(Member.user_id == world.ids[name]).values(role=role))


# Handing over


def test_a_delegate_hands_the_words_just_typed_to_the_owner_in_one_version(both: World) -> None:
    begin(both, by="dora")
    page = both.browser("dora").get(f"{UPDATES}/1").text
    assert 'value="hand-over"' in page and "Hand to Olga" in page and 'value="publish"' not in page
    version, dora = both.version(), both.browser("dora")
    answer = dora.post(f"{UPDATES}/1", form_of(both, 1, act="hand-over", headline="Six weeks late"))
    assert (answer.status_code, answer.location) == (303, f"{UPDATES}/1")
    assert "Olga has it now." in dora.get(f"{UPDATES}/1").text
    assert both.version() == version + 1
    assert both.kinds() == ["update_edited", "update_handed_over"]
    update = found(both, 1)
    assert (update.headline, update.handed_by_id, update.handed_revision) == (
        "Six weeks late",
        both.ids["dora"],
        update.revision,
    )
    assert sound(both)


def test_the_owner_publishes_what_was_handed_over(both: World) -> None:
    add_stakeholders(both, "Sunniva")
    begin(both, by="dora")
    hand(both, headline="Six weeks late")
    olga = both.browser("olga")
    page = olga.get(f"{UPDATES}/1").text
    assert 'value="publish"' in page and 'value="hand-over"' not in page
    assert olga.post(f"{UPDATES}/1/publish", {"revision": str(found(both, 1).revision)}).status_code == 303
    for who in ("olga", "dora"):
        for path in (UPDATES, f"{UPDATES}/1"):
            page = both.browser(who).get(path).text
            assert "Six weeks late" in page and "handed to you" not in page and "with Olga since" not in page
    assert "Published by Olga" in olga.get(f"{UPDATES}/1").text
    assert sound(both)


def test_what_can_not_be_published_is_saved_and_not_handed_over(both: World) -> None:
    promised(both, spare_days=60)
    begin(both, by="dora")
    answer = hand(both, summary="Half a thought", health="on_track")
    assert answer.status_code == 422
    assert "An update needs a headline" in answer.text and 'aria-invalid="true"' in answer.text
    assert "Half a thought" in answer.text
    assert (found(both, 1).summary, found(both, 1).handed_at) == ("Half a thought", None)
    answer = hand(both, headline="All is lost", health="off_track")
    assert answer.status_code == 422
    assert "Say why you see it differently" in answer.text
    revision = found(both, 1).revision
    assert f'name="revision" form="draft" value="{revision}"' in answer.text, "the page goes on from what was saved"
    assert hand(both, health_reason="The quay is closed").status_code == 303
    assert heard(both, "olga") == [TOLD]


def test_handing_over_twice_is_handing_over_once(both: World) -> None:
    begin(both, by="dora")
    hand(both, headline="Late")
    version, first = both.version(), found(both, 1).handed_at
    assert hand(both).status_code == 303
    assert (both.version(), found(both, 1).handed_at) == (version, first)
    assert heard(both, "olga") == [TOLD]


def test_a_page_opened_before_a_change_hands_nothing_over(world: World) -> None:
    begin(world, by="dora")
    form = form_of(world, 1, act="hand-over", headline="Mine")
    save(world, "olga", headline="Theirs")
    assert world.browser("dora").post(f"{UPDATES}/1", form).status_code == 409
    assert found(world, 1).handed_at is None


def test_a_published_update_is_handed_to_nobody(world: World) -> None:
    form = form_of(world, begin(world, by="dora"), act="hand-over")
    publish(world, 1)
    answer = world.browser("dora").post(f"{UPDATES}/1", form)
    assert answer.status_code == 409
    assert "A published update can" in answer.text
    assert heard(world, "olga") == []


def test_a_draft_that_was_thrown_away_is_handed_to_nobody(world: World) -> None:
    form = form_of(world, begin(world, by="dora"), act="hand-over", headline="Late")
    world.browser("olga").post(f"{UPDATES}/1/throw-away")
    assert world.browser("dora").post(f"{UPDATES}/1", form).status_code == 404
    assert heard(world, "olga") == []


@pytest.mark.parametrize(("name", "status"), [("lea", 403), ("dev", 403), ("vic", 403), ("sam", 404), ("olga", 409)])
def test_only_those_who_write_and_do_not_own_hand_over(world: World, name: str, status: int) -> None:
    begin(world)
    save(world, "dora", headline="Late")
    version = world.version()
    assert hand(world, name).status_code == status
    assert (world.version(), found(world, 1).handed_at) == (version, None)


def test_who_is_a_delegate_no_longer_hands_nothing_over(world: World) -> None:
    begin(world, by="dora")
    form = form_of(world, 1, act="hand-over", headline="Late")
    dora = world.browser("dora")
    become(world, "dora", Role.DEVELOPER)
    assert dora.post(f"{UPDATES}/1", form).status_code == 403
    world.let_go("dora")
    assert dora.post(f"{UPDATES}/1", form).status_code == 404
    assert (found(world, 1).headline, found(world, 1).handed_at) == ("", None)


def test_a_delegate_who_may_publish_does_so(world: World) -> None:
    begin(world, by="dora")
    let_publish(world)
    page = world.browser("dora").get(f"{UPDATES}/1").text
    assert 'value="publish"' in page and 'value="hand-over"' not in page


# What pages say


def test_list_and_draft_say_with_whom_it_is(both: World) -> None:
    with clock.at(dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)):
        begin(both, by="dora")
        for who in ("olga", "dora"):
            assert "handed" not in words(both.browser(who).get(UPDATES).text)
        hand(both, headline="Late")
        told = {
            who: [words(both.browser(who).get(path).text) for path in (UPDATES, f"{UPDATES}/1")]
            for who in ("olga", "dora", "lea")
        }
        assert all("handed to you by Dora on 24 Nov" in each for each in told["olga"])
        assert all("with Olga since 24 Nov" in each for who in ("dora", "lea") for each in told[who])
        assert not any("changed since" in each for pages in told.values() for each in pages)
        assert "Hand over again" in told["dora"][1]


def test_an_edit_leaves_it_with_the_owner_and_is_told(both: World) -> None:
    with clock.at(dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)):
        begin(both, by="dora")
        hand(both, headline="Late")
        form = form_of(both, 1, headline="Five weeks late")
        saved = both.browser("dora").post(f"{UPDATES}/1", form, hx=True).text
        assert "with Olga since 24 Nov, changed since" in words(saved), "the open page is told as it saves by itself"
        assert "handed to you by Dora on 24 Nov, changed since" in words(both.browser("olga").get(UPDATES).text)
        hand(both)
        assert "changed since" not in both.browser("olga").get(UPDATES).text
    assert sound(both)


def test_the_portfolio_says_that_a_draft_waits_to_whom_drafts_are_shown(both: World) -> None:
    begin(both, by="dora")
    waits = "a draft is waiting to be published"
    assert waits not in both.browser("lea").get("/portfolio").text
    hand(both, headline="Late")
    for name in ("olga", "lea", "dora"):
        page = both.browser(name).get("/portfolio").text
        assert waits in page and f'href="{UPDATES}/1"' in page and "one product needs a look" in page
    for name in ("dev", "vic"):
        assert waits not in both.browser(name).get("/portfolio").text
    publish(both, 1)
    assert waits not in both.browser("lea").get("/portfolio").text


def test_a_draft_that_nobody_handed_over_costs_its_page_nothing(world: World) -> None:
    begin(world, by="dora")
    save(world, "dora", headline="Late")
    pages = {}
    for handed in (False, True):
        for path in (UPDATES, f"{UPDATES}/1"):
            olga = world.browser("olga")
            olga.get(path)
            with counting() as asked:
                olga.get(path)
            pages[path, handed] = len(asked)
        hand(world)
    for path in (UPDATES, f"{UPDATES}/1"):
        assert pages[path, True] == pages[path, False] + 2


# The inbox and its mail


def test_the_owner_hears_of_it_at_once_and_nobody_else(both: World) -> None:
    begin(both, by="dora")
    hand(both, headline="Six weeks late")
    assert heard(both, "olga") == [TOLD]
    assert [heard(both, name) for name in ("dora", "lea", "dev", "deb", "vic", "sam")] == [[]] * 6
    olga = both.browser("olga")
    page = words(olga.get("/inbox").text)
    assert "Dora handed you update 1" in page and "Six weeks late" in page
    assert olga.post(f"/inbox/{line(both).id}/open").location == f"{UPDATES}/1"
    assert both.mails() == [("notification", "olga@example.org")]


def test_the_mail_says_who_handed_what(world: World) -> None:
    begin(world, by="dora")
    hand(world, headline="Six weeks late")
    world.tell_members()
    mail = written(world, "notification")
    assert mail.subject == "Dora handed you update 1: Six weeks late"
    assert "Dora handed you update 1: Six weeks late" in mail.text
    assert f"{UPDATES}/1" in mail.text and f"{UPDATES}/1" in mail.html and "Six weeks late" in mail.html


def test_several_at_once_name_their_headlines_in_one_mail(world: World) -> None:
    for number, headline in ((1, "Six weeks late"), (2, "Seven weeks late")):
        begin(world, by="dora")
        hand(world, number=number, headline=headline)
    world.tell_members()
    mail = written(world, "notification")
    for number, headline in ((1, "Six weeks late"), (2, "Seven weeks late")):
        assert f"Dora handed you update {number} · {headline}" in mail.text
        assert headline in mail.html


@pytest.mark.parametrize("way", [Way.DIGEST, Way.OFF])
def test_the_owner_chooses_how_to_hear_of_it(world: World, way: Way) -> None:
    choose(world, "olga", NotificationKind.DRAFT, way)
    begin(world, by="dora")
    hand(world, headline="Late")
    assert heard(world, "olga") == ([TOLD] if way is Way.DIGEST else [])
    assert world.mails() == []
    assert "A draft of an update is handed to me" in world.browser("olga").get("/me").text


@pytest.mark.parametrize("end", ["published", "thrown away", "handed over anew"])
def test_what_is_done_with_the_draft_settles_it(both: World, end: str) -> None:
    begin(both, by="dora")
    begin(both, by="dora")
    for number in (1, 2):
        hand(both, number=number, headline=f"Late {number}")
    assert heard(both, "olga", unread=True) == [TOLD, TOLD]
    if end == "published":
        publish(both, 1)
    elif end == "thrown away":
        both.browser("dora").post(f"{UPDATES}/1/throw-away")
    else:
        hand(both, headline="Later")
    told = heard(both, "olga", unread=True)
    assert told == [TOLD] * (2 if end == "handed over anew" else 1), "the other draft still waits, and what came anew"
    with both.reading() as session:
        unread = [each.title for each in inbox.read_inbox(session, both.ids["olga"]) if not each.is_read]
    assert unread == (["Later", "Late 2"] if end == "handed over anew" else ["Late 2"])


def test_what_was_published_before_the_mail_went_out_is_not_mailed(world: World) -> None:
    begin(world, by="dora")
    hand(world, headline="Late")
    world.tell_members()
    assert objection(world, "notification") == ""
    publish(world, 1)
    world.tell_members()
    assert objection(world, "notification") == "There is nothing new in it now."


def test_a_draft_that_is_gone_leads_to_the_list(world: World) -> None:
    begin(world, by="dora")
    hand(world, headline="Late")
    world.tell_members()
    world.browser("dora").post(f"{UPDATES}/1/throw-away")
    world.tell_members()
    olga = world.browser("olga")
    assert "Dora handed you a draft that is gone" in olga.get("/inbox").text
    assert olga.post(f"/inbox/{line(world).id}/open").location == UPDATES


def test_a_former_owner_who_sees_no_drafts_any_more_is_not_told_of_them(world: World) -> None:
    begin(world, by="dora")
    hand(world, headline="Late")
    assert heard(world, "olga") == [TOLD]
    become(world, "olga", Role.DEVELOPER)
    assert heard(world, "olga") == []
    assert "handed you" not in world.browser("olga").get("/inbox").text


def test_whoever_owns_it_by_now_is_not_told_that_they_handed_it_to_themselves(world: World) -> None:
    begin(world, by="dora")
    hand(world, headline="Late")
    become(world, "olga", Role.DELEGATE)
    become(world, "dora", Role.OWNER)
    page = world.browser("dora").get(f"{UPDATES}/1").text
    assert "handed to you" not in page and 'value="publish"' in page
    assert heard(world, "dora") == []


def test_whoever_becomes_the_owner_has_a_draft_once_it_is_handed_to_them(both: World) -> None:
    begin(both, by="dora")
    hand(both, headline="Late")
    assert heard(both, "olga") == [TOLD]
    olga, dora = both.browser("olga"), both.browser("dora")
    assert olga.post("/products/FE/settings/hand-over", {"person": both.ids["lea"]}).status_code == 303
    page = dora.get(f"{UPDATES}/1").text
    assert "Hand to Lea" in page and "with Lea since" not in page
    assert "handed to you" not in both.browser("lea").get(UPDATES).text
    assert "a draft is waiting" not in dora.get("/portfolio").text
    assert heard(both, "lea") == []
    assert hand(both).status_code == 303
    assert heard(both, "lea") == [TOLD]
    assert "with Lea since" in dora.get(f"{UPDATES}/1").text
    assert "a draft is waiting" in dora.get("/portfolio").text
    version = both.version()
    assert hand(both).status_code == 303
    assert both.version() == version
    assert sound(both)


def test_people_of_one_name_are_told_apart(world: World) -> None:
    with world.writing() as session:
        session.get_one(User, world.ids["lea"]).name = "Olga"
    begin(world, by="dora")
    assert "Hand to Olga (olga@example.org)" in world.browser("dora").get(f"{UPDATES}/1").text
