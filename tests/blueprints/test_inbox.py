"""The inbox, its mails and the daily one: who hears of which act, what stays silent, and what each person chose."""

import contextlib
import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.background import notifying
from kanban.background.duties import Duties
from kanban.mail import prepare
from kanban.mail.compose import renderer
from kanban.mail.office import PostOffice
from kanban.models import Delivery, DeliveryState, Digest, Notification, NotificationKind, User, Way
from kanban.reads.inbox import inbox
from kanban.reads.inbox import made as inbox_made
from tests.builders import World

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


def heard(world: World, name: str, *, unread: bool = False) -> list[tuple[str, str]]:
    """(kind, event) of what this person has in the inbox, oldest first, once the log is read."""
    world.tell_members()
    with world.reading() as session:
        lines = inbox.read_inbox(session, world.ids[name], unread=unread)
        return [(line.kind, line.what) for line in reversed(lines)]


def choose(world: World, name: str, kind: NotificationKind, way: Way) -> None:
    with world.writing() as session:
        inbox.choose_way(session, world.ids[name], kind, way)


def hold(world: World, ref: str, *names: str, by: str = "olga") -> None:
    with world.changing(by) as (session, product, member):
        people = [session.get_one(User, world.ids[name]) for name in names]
        world._item(session, product, ref).assign(people, by=member)


def everything(world: World, ref: str) -> None:
    """What others do about Dev's item and with Dev's question."""
    hold(world, ref, "dev")
    question = world.ask(ref, "How soon?", by="dev")
    world.question(question, "ask_back", "Which part?", by="olga")
    world.question(question, "reply", "All of it.", by="dev")
    world.question(question, "answer", "By Friday.", by="olga")
    world.question(question, "send_back", "Which one?", by="dev")
    world.change(ref, "comment", "Hello @Dev and @Sam", by="deb")
    world.change(ref, "comment", "Quite so.", by="deb")
    world.change(ref, "block", "No test data", by="deb")
    world.change(ref, "unblock", by="deb")


def test_each_kind_speaks_to_whom_it_concerns_and_to_nobody_else(both: World) -> None:
    everything(both, both.item("Timetable import"))
    assert heard(both, "dev") == [
        ("assigned", "assigned"),
        ("question", "asked_back"),
        ("question", "answered"),
        ("mention", "commented"),
        ("comment", "commented"),
        ("block", "blocked"),
        ("block", "unblocked"),
    ]
    assert heard(both, "olga") == [("question", "asked"), ("question", "replied"), ("question", "sent_back")]
    for silent in ("deb", "dora", "lea", "vic", "sam"):
        assert heard(both, silent) == []


def test_one_never_hears_of_ones_own_acts(world: World) -> None:
    ref = world.item("Timetable import")
    hold(world, ref, "dev", by="dev")
    world.change(ref, "comment", "Note to @Dev", by="dev")
    world.change(ref, "block", "No test data", by="dev")
    assert heard(world, "dev") == []


def test_a_mention_in_a_question_counts_and_one_in_code_or_of_a_stranger_does_not(world: World) -> None:
    ref = world.item("Timetable import")
    world.ask(ref, "May I, @Deb?", by="dev")
    world.change(ref, "comment", "`@Lea` and me@Vic and @Sam", by="dev")
    assert heard(world, "deb") == [("mention", "asked")]
    assert [heard(world, name) for name in ("lea", "vic", "sam")] == [[], [], []]


def test_one_act_on_many_items_is_one_notification_and_one_mail(world: World) -> None:
    refs = [world.item(f"Part {number}") for number in range(4)]
    choose(world, "dev", NotificationKind.ASSIGNED, Way.AT_ONCE)
    with world.changing() as (session, product, member):
        dev = session.get_one(User, world.ids["dev"])
        for ref in refs:
            world._item(session, product, ref).assign([dev], by=member)
    assert heard(world, "dev") == [("assigned", "assigned")]
    assert "Olga assigned 4 items to you" in world.browser("dev").get("/inbox").text
    assert world.mails() == [("notification", "dev@example.org")]
    assert heard(world, "dev") == [("assigned", "assigned")]
    assert len(world.mails()) == 1


def test_a_planning_session_of_sixty_changes_is_one_mail_now_and_one_later(
    both: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(both, "dev", NotificationKind.ASSIGNED, Way.AT_ONCE)
    for number in range(60):
        hold(both, both.item(f"Part {number}"), "dev")
        if number == 30:
            both.tell_members()
    assert len(heard(both, "dev")) == 60
    assert both.mails() == [("notification", "dev@example.org")]
    mail = written(both, "notification")
    assert mail.subject == "60 things concern you"
    assert "Part 59" in mail.text and "Part 59" in mail.html
    for told in (mail.text, mail.html):
        assert told.count("Part ") == 12, "one screen"
        assert "And 48 more in the inbox" in told
    with both.writing() as session:
        session.execute(sa.update(Delivery).values(state=DeliveryState.SENT))
    for number in range(60, 63):
        hold(both, both.item(f"Part {number}"), "dev")
    heard(both, "dev")
    with both.reading() as session:
        first, second = session.scalars(sa.select(Delivery).order_by(Delivery.id))
        assert second.due_at - first.due_at >= notifying.QUIET
        assert len(second.context["notifications"]) == 3


def test_what_is_about_one_item_stands_together_in_a_mail(world: World) -> None:
    for kind in (NotificationKind.ASSIGNED, NotificationKind.MENTION):
        choose(world, "dev", kind, Way.AT_ONCE)
    ref = world.item("Timetable import")
    hold(world, ref, "dev")
    for words in ("@Dev have a look", "@Dev and at this"):
        world.change(ref, "comment", words, by="olga")
    world.tell_members()
    mail = written(world, "notification")
    for told in (mail.text, mail.html):
        assert "Olga mentioned you; Olga assigned it to you" in told, "and each of it once"
        assert told.count("Timetable import") == 1


def test_a_choice_sends_at_once_gathers_or_keeps_silent(world: World) -> None:
    ref = world.item("Timetable import")
    choose(world, "dev", NotificationKind.ASSIGNED, Way.OFF)
    choose(world, "dev", NotificationKind.MENTION, Way.AT_ONCE)
    hold(world, ref, "dev")
    world.change(ref, "comment", "Hello @Dev", by="deb")
    assert heard(world, "dev") == [("mention", "commented")]
    assert world.mails() == [("notification", "dev@example.org")]
    mail = written(world, "notification")
    assert mail.subject == "Deb mentioned you: Timetable import (FE-1)"
    assert "/items/FE-1" in mail.text


def test_a_question_that_is_not_wanted_at_once_is_not_mailed_at_once(world: World) -> None:
    choose(world, "olga", NotificationKind.QUESTION, Way.DIGEST)
    world.ask(world.item("Timetable import"), "How soon?")
    assert objection(world, "question_asked") == "They chose to hear of it another way."
    choose(world, "olga", NotificationKind.QUESTION, Way.AT_ONCE)
    assert objection(world, "question_asked") == ""


def test_the_inbox_marks_one_or_all_as_read_and_opens_what_it_is_about(world: World) -> None:
    ref = world.item("Timetable import")
    everything(world, ref)
    heard(world, "dev")
    dev = world.browser("dev")
    page = dev.get("/inbox")
    assert "5 are unread" in page.text and "Deb mentioned you" in page.text
    with world.reading() as session:
        first, second = [line.id for line in inbox.read_inbox(session, world.ids["dev"])][:2]
    answer = dev.post(f"/inbox/{first}/open")
    assert answer.status_code == 303 and answer.headers["Location"].endswith(f"/items/{ref}")
    dev.post(f"/inbox/{second}/read")
    assert len(heard(world, "dev", unread=True)) == 3
    assert world.browser("deb").post(f"/inbox/{second}/open").status_code == 404
    dev.post("/inbox/read")
    assert heard(world, "dev", unread=True) == []
    assert "Everything has been read" in dev.get("/inbox").text


def test_a_question_one_acted_on_is_no_news_any_more(both: World) -> None:
    ref = both.item("Timetable import")
    first = both.ask(ref, "How soon?", by="dev")
    assert heard(both, "olga", unread=True) == [("question", "asked")]
    second = both.ask(ref, "And where?", by="deb")
    both.question(first, "answer", "By Friday.", by="olga")
    both.tell_members()
    with both.reading() as session:
        (left,) = inbox.read_inbox(session, both.ids["olga"], unread=True)
    assert left.question == "And where?", "the other one on the item still waits"
    both.question(second, "ask_back", "Where what?", by="olga")
    assert heard(both, "olga", unread=True) == []
    assert heard(both, "dev", unread=True) == [("question", "answered")]
    both.question(first, "accept", by="dev")
    assert heard(both, "dev", unread=True) == []
    assert heard(both, "deb", unread=True) == [("question", "asked_back")]
    both.question(second, "reply", "The quay.", by="deb")
    assert heard(both, "deb", unread=True) == []
    assert heard(both, "olga", unread=True) == [("question", "replied")]
    both.question(second, "answer", "Gate two.", by="dora")
    assert heard(both, "olga", unread=True) == [("question", "replied")], "she did not see it: a delegate answered"


def test_questions_on_one_item_are_told_by_their_first_words(world: World) -> None:
    """In the inbox and in the daily mail, on one line, as text."""
    choose(world, "olga", NotificationKind.QUESTION, Way.DIGEST)
    with clock.at(NOON) as now:
        ref = world.item("Timetable import")
        for body in ("How **soon**?\n\nIt is urgent.", "<b>And</b> where?", "Why? " * 40):
            world.ask(ref, body)
        world.tell_members()
        now.advance(days=1)
        assert notifying.send_digests(world.app) == 1
    page = world.browser("olga").get("/inbox").text
    told = [unescape(words) for words in re.findall(r'<span dir="auto">“([^<]*)”</span>', page)]
    assert told == [("Why? " * 16)[:79].rstrip() + "…", "<b>And</b> where?", "How soon? It is urgent."]
    mail = written(world, "digest")
    assert "Dev asks you: “How soon? It is urgent.”" in mail.text
    for told_by_mail in (mail.text, unescape(mail.html)):
        assert told_by_mail.count("Timetable import") == 1
        for words in told:
            assert words in told_by_mail


def test_a_mention_in_an_answer_tells_of_which_question(world: World) -> None:
    question = world.ask(world.item("Timetable import"), "How soon?")
    world.question(question, "answer", "Ask @Deb.", by="olga")
    world.tell_members()
    page = world.browser("deb").get("/inbox").text
    assert re.search(r'Olga mentioned you: <span dir="auto">“How soon\?”</span>', page)


def test_the_rail_counts_what_is_unread(world: World) -> None:
    everything(world, world.item("Timetable import"))
    heard(world, "dev")
    with world.reading() as session:
        from kanban.reads import shell

        for name, numbers in {"dev": (0, 5), "olga": (1, 3)}.items():
            counts = shell.counts_of(session, world.ids[name], None)
            assert (counts.waiting, counts.unread) == numbers and counts.backlog == counts.board == 0


def test_an_open_inbox_fetches_its_list_and_the_counts_of_the_rail(world: World) -> None:
    olga = world.browser("olga")
    whole = olga.get("/inbox").text
    assert 'data-refresh="/inbox" data-product="FE" data-version="' in whole and "Nothing new" in whole
    world.ask(world.item("Timetable import"), "Which?")
    heard(world, "olga")
    part = olga.get("/inbox", hx=True).text
    assert part.count("data-notification") == 1 and "One is unread" in part and "<nav" not in part
    assert f'data-version="{world.version()}"' in part
    counts = olga.get("/products/FE/counts", hx=True).text
    assert re.search(r'href="/inbox".*?<span class="n">1</span>', counts, re.DOTALL)
    assert 'href="/my/work"' not in world.browser("vic").get("/products/FE/counts", hx=True).text
    assert 'data-product=""' in world.browser("sam").get("/inbox").text


def test_who_lost_access_sees_and_gets_nothing_of_it(world: World) -> None:
    ref = world.item("Timetable import")
    choose(world, "deb", NotificationKind.ASSIGNED, Way.AT_ONCE)
    hold(world, ref, "deb")
    assert heard(world, "deb") == [("assigned", "assigned")]
    world.let_go("deb")
    assert heard(world, "deb") == []
    assert objection(world, "notification") == "There is nothing new in it any more."


def test_the_choices_stand_on_ones_own_page(world: World) -> None:
    dev = world.browser("dev")
    dev.post("/me/notifications", {"mention": "off", "comment": "whatever"})
    with world.reading() as session:
        ways = inbox.read_ways(session, world.ids["dev"])
    assert (ways["mention"], ways["comment"], ways["question"]) == ("off", "digest", "at_once")
    assert '<option value="off" selected>' in dev.get("/me").text


# The daily mail


@pytest.mark.parametrize(
    ("zone", "morning"),
    [
        ("Europe/Oslo", dt.datetime(2026, 11, 25, 6, 0, tzinfo=dt.UTC)),
        ("Pacific/Auckland", dt.datetime(2026, 11, 24, 18, 0, tzinfo=dt.UTC)),
        ("America/Los_Angeles", dt.datetime(2026, 11, 24, 15, 0, tzinfo=dt.UTC)),
        ("Asia/Kolkata", dt.datetime(2026, 11, 25, 1, 30, tzinfo=dt.UTC)),
    ],
)
def test_the_daily_mail_comes_once_at_seven_in_ones_own_morning(world: World, zone: str, morning: dt.datetime) -> None:
    with clock.at(NOON) as now:
        set_zone(world, "dev", zone)
        hold(world, world.item("Timetable import"), "dev")
        heard(world, "dev")
        now.move_to(morning - dt.timedelta(minutes=1))
        assert notifying.send_digests(world.app) == 0
        now.move_to(morning)
        assert notifying.send_digests(world.app) == 1
        now.advance(hours=3)
        assert notifying.send_digests(world.app) == 0
    assert world.mails() == [("digest", "dev@example.org")]
    assert "Olga assigned it to you · FE-1 Timetable import" in written(world, "digest").text


@pytest.mark.parametrize(
    ("day", "utc_hour"), [(dt.date(2026, 3, 28), 6), (dt.date(2026, 3, 29), 5), (dt.date(2026, 10, 25), 6)]
)
def test_seven_stays_seven_when_the_clocks_change(world: World, day: dt.date, utc_hour: int) -> None:
    morning = dt.datetime(day.year, day.month, day.day, utc_hour, tzinfo=dt.UTC)
    with clock.at(morning - dt.timedelta(hours=10)) as now:
        set_zone(world, "dev", "Europe/Oslo")
        hold(world, world.item("Timetable import"), "dev")
        heard(world, "dev")
        now.move_to(morning - dt.timedelta(minutes=1))
        assert notifying.send_digests(world.app) == 0
        now.move_to(morning)
        assert notifying.send_digests(world.app) == 1


def test_a_day_without_anything_has_no_mail_and_what_is_read_is_not_told(both: World) -> None:
    with clock.at(NOON) as now:
        hold(both, both.item("Timetable import"), "dev")
        heard(both, "dev")
        both.browser("dev").post("/inbox/read")
        now.advance(days=1)
        assert notifying.send_digests(both.app) == 0
        both.change("FE-1", "comment", "Look", by="deb")
        heard(both, "dev")
        assert notifying.send_digests(both.app) == 0, "what comes after seven waits for the next morning"
        now.advance(days=1)
        assert notifying.send_digests(both.app) == 1
        now.advance(days=1)
        assert notifying.send_digests(both.app) == 0
    with both.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Digest)) == 1


def test_a_daily_mail_that_became_empty_on_its_way_does_not_go_out(world: World) -> None:
    with clock.at(NOON) as now:
        hold(world, world.item("Timetable import"), "dev")
        heard(world, "dev")
        now.advance(days=1)
        assert notifying.send_digests(world.app) == 1
        world.browser("dev").post("/inbox/read")
        assert objection(world, "digest") == "There is nothing new in it any more."


def test_old_acts_are_nobodys_news(world: World) -> None:
    with clock.at(NOON) as now:
        hold(world, world.item("Timetable import"), "dev")
        now.advance(days=15)
        assert heard(world, "dev") == []
    with world.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Notification)) == 0


def set_zone(world: World, name: str, zone: str) -> None:
    with world.writing() as session:
        session.get_one(User, world.ids[name]).time_zone = zone


def newest(world: World, kind: str) -> int:
    with world.reading() as session:
        return session.scalars(sa.select(sa.func.max(Delivery.id)).where(Delivery.kind == kind)).one()


def objection(world: World, kind: str) -> str:
    with world.app.app_context():
        from kanban.extensions import db

        delivery = prepare.load(db.session(), newest(world, kind))
        assert delivery is not None
        return prepare.objection(db.session(), delivery)


def written(world: World, kind: str):  # type: ignore[no-untyped-def]
    number = newest(world, kind)
    with world.app.app_context():
        from kanban.extensions import db

        delivery = prepare.load(db.session(), number)
        assert delivery is not None
        office = PostOffice.from_config(world.app.config["KANBAN"])
        return prepare.kept_copy(db.session(), delivery, office, renderer(world.app.jinja_env), show_links=True)


def test_a_product_whose_log_cannot_be_read_keeps_nobody_elses_news_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.browser("olga").post("/products/new", {"key": "ZOO", "name": "Zoo", "time_zone": "UTC", "cadence_days": "14"})
    hold(world, world.item("Sail"), "dev")
    behind, read = notifying.products_behind(world.app), inbox_made.note_next

    def fail_for_the_last(session: orm.Session, product_id: int) -> Any:
        if product_id == behind[-1]:
            raise ValueError("no such kind")
        return read(session, product_id)

    monkeypatch.setattr(inbox_made, "note_next", fail_for_the_last)
    assert len(behind) == 2
    duties = Duties(world.app)
    for duty in duties.each * 2:
        with contextlib.suppress(ValueError):
            duty()
    assert notifying.products_behind(world.app) == behind[-1:]
