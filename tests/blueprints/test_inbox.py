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
from kanban.reads import shell
from kanban.reads.inbox import from_log as inbox_from_log
from kanban.reads.inbox import inbox
from tests.builders import World

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


def heard(world: World, name: str, *, unread: bool = False) -> list[tuple[str, str]]:
    """(kind, event) of what this person has in the inbox, oldest first, once the log is read."""
    world.tell_members()
    with world.reading() as session:
        lines = inbox.read_inbox(session, world.ids[name])
        return [(line.kind, line.what) for line in reversed(lines) if not (unread and line.is_read)]


def noted(world: World, name: str) -> list[tuple[str, str]]:
    """The same of all that this person was told of, also what waits in their queue of questions."""
    world.tell_members()
    with world.reading() as session:
        mine = sa.select(Notification).where(Notification.user_id == world.ids[name]).order_by(Notification.id)
        return [(told.kind.value, told.what) for told in session.scalars(mine)]


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
    assert noted(both, "olga") == [("question", "asked"), ("question", "replied"), ("question", "sent_back")]
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
    assert mail.subject == "60 things that concern you"
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
    for words in ("@Dev have a look", "@Dev have a look", "@Dev and at this"):
        world.change(ref, "comment", words, by="olga")
    world.tell_members()
    mail = written(world, "notification")
    for told in (mail.text, mail.html):
        line = "Olga mentioned you: “@Dev and at this”; Olga mentioned you: “@Dev have a look”; Olga assigned it to you"
        assert line in unescape(re.sub(r"</?span[^>]*>", "", told)), "and each of it once"
        assert told.count("Timetable import") == 1


def test_who_is_called_by_name_hears_at_once_unless_they_chose_otherwise(world: World) -> None:
    choose(world, "lea", NotificationKind.MENTION, Way.DIGEST)
    world.change(world.item("Timetable import"), "comment", "@Dev and @Lea, may I?", by="deb")
    world.tell_members()
    assert world.mails() == [("notification", "dev@example.org")]
    mail = written(world, "notification")
    assert mail.subject == "Deb mentioned you: Timetable import (FE-1)" and "“@Dev and @Lea, may I?”" in mail.text


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
    assert objection(world, "question_asked") == "They chose to hear about it another way."
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


def test_a_question_waits_in_the_queue_and_is_told_in_one_line_at_the_head_of_the_inbox(both: World) -> None:
    olga = both.browser("olga")
    assert "waiting on you" not in olga.get("/inbox").text
    with clock.at(NOON) as now:
        ref = both.item("Timetable import")
        first = both.ask(ref, "How soon?")
        assert heard(both, "olga") == []
        now.advance(days=2)
        head = '<a href="/questions">'
        part = olga.get("/inbox").text.partition('id="inbox"')[2]
        assert head in part and re.search(r"One question is waiting on you, for 2\sdays", part)
        second = both.ask(ref, "And where?")
        part = olga.get("/inbox", hx=True).text
        assert head in part and re.search(r"2 questions are waiting on you, the oldest for 2\sdays", part)
        assert "data-notification" not in part and "Nothing new" in part
        assert counts(both, "olga") == (2, 0)
        olga.post("/inbox/read")
        assert (heard(both, "olga"), counts(both, "olga")) == ([], (2, 0)), "what waits is not done by looking at it"
        both.question(first, "answer", "By Friday.", by="olga")
        both.question(second, "answer", "At the quay.", by="dora")
        assert heard(both, "olga", unread=True) == []
        assert heard(both, "olga") == [("question", "asked")] * 2, "both are past now, whoever answered"
        assert counts(both, "olga") == (0, 0)
        assert head not in olga.get("/inbox", hx=True).text


def test_what_is_left_to_the_owner_no_longer_waits_on_who_may_only_read_now(both: World) -> None:
    both.ask(both.item("Timetable import"), "How soon?", by="dora", to="dev")
    assert (counts(both, "dev"), counts(both, "olga")) == ((1, 0), (0, 0))
    both.browser("olga").post(f"/products/FE/settings/members/{both.ids['dev']}", {"role": "viewer"})
    assert (counts(both, "dev"), counts(both, "olga")) == ((0, 0), (1, 0))
    assert "waiting on you" not in both.browser("dev").get("/inbox").text
    assert "How soon?" not in both.browser("dev").get("/questions").text
    assert "How soon?" in both.browser("olga").get("/questions").text


def test_an_answer_comes_to_the_inbox_of_who_asked_and_is_counted_there_alone(both: World) -> None:
    question = both.ask(both.item("Timetable import"), "How soon?", by="dev")
    both.question(question, "ask_back", "Which part?", by="olga")
    assert (heard(both, "dev"), counts(both, "dev")) == ([], (1, 0)), "asked back, they are to answer"
    both.question(question, "answer", "By Friday.", by="olga")
    assert heard(both, "dev", unread=True) == [("question", "answered")]
    assert counts(both, "dev") == (0, 1)
    page = both.browser("dev").get("/inbox").text
    assert "Olga answered your question" in page and "waiting on you" not in page
    queue = both.browser("dev").get("/questions").text
    assert "Your turn 1" in queue and "One answer to read" in queue and "n hot" not in queue
    both.question(question, "accept", by="dev")
    both.tell_members()
    assert counts(both, "dev") == (0, 0)


def counts(world: World, name: str) -> tuple[int, int]:
    """What the rail counts beside the questions and beside the inbox."""
    with world.reading() as session:
        found = shell.counts_of(session, world.ids[name], None)
        return found.waiting, found.unread


def test_a_question_that_is_settled_is_no_news_any_more_whoever_acted(both: World) -> None:
    ref = both.item("Timetable import")
    first, second = both.ask(ref, "How soon?", by="dev"), both.ask(ref, "And where?", by="deb")
    third = both.ask(ref, "Why?", by="deb")
    noted(both, "olga")
    both.question(first, "answer", "By Friday.", by="olga")
    assert unread(both, "olga") == ["And where?", "Why?"], "the other ones on the item still wait"
    both.question(second, "ask_back", "Where what?", by="olga")
    both.question(third, "withdraw", by="deb")
    assert unread(both, "olga") == []
    both.question(first, "accept", by="dev")
    assert unread(both, "dev") == []
    assert unread(both, "deb") == ["And where?"]
    both.question(second, "reply", "The quay.", by="deb")
    assert (unread(both, "deb"), unread(both, "olga")) == ([], ["And where?"])
    both.question(second, "answer", "Gate two.", by="dora")
    assert (unread(both, "deb"), unread(both, "olga")) == (["And where?"], []), "a delegate answered"
    both.question(second, "send_back", "Which gate?", by="deb")
    assert (unread(both, "deb"), unread(both, "olga")) == ([], ["And where?"])


def unread(world: World, name: str) -> list[str]:
    """The questions of which something is unread, also of those that wait in the queue."""
    world.tell_members()
    with world.reading() as session:
        mine = sa.select(Notification.id).where(Notification.user_id == world.ids[name], Notification.read_at.is_(None))
        lines = inbox.find_lines(session, world.ids[name], list(session.scalars(mine)))
        return [line.question for line in reversed(lines)]


def test_what_waits_over_night_is_in_the_daily_mail_although_the_inbox_was_read(world: World) -> None:
    choose(world, "olga", NotificationKind.QUESTION, Way.DIGEST)
    with clock.at(NOON) as now:
        ref = world.item("Timetable import")
        world.ask(ref, "How soon?")
        answered = world.ask(ref, "And where?")
        world.tell_members()
        world.browser("olga").post("/inbox/read")
        world.question(answered, "answer", "At the quay.", by="dora")
        world.tell_members()
        now.advance(days=1)
        assert notifying.send_digests(world.app) == 1
        mail = written(world, "digest").text
    assert "How soon?" in mail and "And where?" not in mail


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
    mail = written(world, "digest")
    for number in (1, 2, 3):
        world.question(number, "withdraw", by="dev")
    world.tell_members()
    page = world.browser("olga").get("/inbox").text
    told = [unescape(words) for words in re.findall(r'<span dir="auto">“([^<]*)”</span>', page)]
    assert told == [("Why? " * 16)[:79].rstrip() + "…", "<b>And</b> where?", "How soon? It is urgent."]
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


def test_who_is_mentioned_or_hears_of_a_comment_reads_its_first_words(world: World) -> None:
    """Those that were written then, whatever the same person wrote later."""
    with clock.at(NOON) as now:
        ref = world.item("Timetable import")
        hold(world, ref, "dora")
        for body in ("@Dev, is **this** the\n\nfeed?", "Thanks & bye, @Dev"):
            now.advance(minutes=1)
            world.change(ref, "comment", body, by="deb")
        world.tell_members()
        for name, did in (("dev", "Deb mentioned you"), ("dora", "Deb commented")):
            page = unescape(re.sub(r"</?span[^>]*>", "", world.browser(name).get("/inbox").text))
            first, second = f"{did}: “@Dev, is this the feed?”", f"{did}: “Thanks & bye, @Dev”"
            assert 0 < page.index(second) < page.index(first)


def test_the_rail_counts_what_is_unread(world: World) -> None:
    everything(world, world.item("Timetable import"))
    heard(world, "dev")
    assert (counts(world, "dev"), counts(world, "olga")) == ((0, 5), (1, 0))
    with world.reading() as session:
        around = shell.counts_of(session, world.ids["dev"], None)
        assert around.backlog == around.board == 0


def test_an_open_inbox_fetches_its_list_and_the_counts_of_the_rail(world: World) -> None:
    olga = world.browser("olga")
    whole = olga.get("/inbox").text
    assert 'data-refresh="/inbox" data-product="FE" data-version="' in whole and "Nothing new" in whole
    world.change(world.item("Timetable import"), "comment", "Which, @Olga?", by="dev")
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
    assert objection(world, "notification") == "There is nothing new in it now."


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


def test_a_reader_whose_morning_cannot_be_told_keeps_nobody_elses_mail_back(world: World) -> None:
    with clock.at(NOON) as now:
        first, other = sorted(("deb", "dev"), key=world.ids.__getitem__)
        hold(world, world.item("Timetable import"), first, other)
        world.tell_members()
        set_zone(world, first, "Europe/Atlantis")
        now.advance(days=1)
        assert notifying.send_digests(world.app) == 1
        set_zone(world, first, "UTC")
        assert notifying.send_digests(world.app) == 1


def test_a_daily_mail_that_became_empty_on_its_way_does_not_go_out(world: World) -> None:
    with clock.at(NOON) as now:
        hold(world, world.item("Timetable import"), "dev")
        heard(world, "dev")
        now.advance(days=1)
        assert notifying.send_digests(world.app) == 1
        world.browser("dev").post("/inbox/read")
        assert objection(world, "digest") == "There is nothing new in it now."


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
    behind, read = notifying.products_behind(world.app), inbox_from_log.make_notifications

    def fail_for_the_last(session: orm.Session, product_id: int) -> Any:
        if product_id == behind[-1]:
            raise ValueError("no such kind")
        return read(session, product_id)

    monkeypatch.setattr(inbox_from_log, "make_notifications", fail_for_the_last)
    assert len(behind) == 2
    duties = Duties(world.app)
    for duty in duties.each * 2:
        with contextlib.suppress(ValueError):
            duty()
    assert notifying.products_behind(world.app) == behind[-1:]
