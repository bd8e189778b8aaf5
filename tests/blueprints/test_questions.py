"""Questions over HTTP: asking, the queue by what silence costs, answering and what follows, for each side."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.models import Question, User
from tests.builders import World, sound
from tests.counting import counting
from tests.requesting import newest_mail

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def ref(world: World) -> str:
    """An item that is being worked on by Dev."""
    ref = world.item("Timetable import", "Ready", criteria=("Shown within five minutes",))
    world.move(ref, "In progress", by="dev")
    return ref


def shown(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'<article class="q[^"]*" id="q-(\d+)"', html)]


# Asking


def test_a_question_goes_to_the_owner_unless_somebody_else_is_named(both: World) -> None:
    ref = both.item("Refunds")
    both.browser("dev").post(f"/items/{ref}/questions", {"body": "How soon?"})
    both.browser("dev").post(f"/items/{ref}/questions", {"body": "Who knows?", "addressee": str(both.ids["deb"])})
    assert "How soon?" in both.browser("olga").get("/questions").text
    assert "<b>Dev</b>" in both.browser("olga").get("/questions").text
    assert "Who knows?" not in both.browser("olga").get("/questions").text
    assert "Who knows?" in both.browser("deb").get("/questions").text


def test_a_blocking_question_on_started_work_shows_as_a_block(world: World, ref: str) -> None:
    html = (
        world.browser("dev")
        .post(f"/items/{ref}/questions", {"body": "Which delays count?", "blocking": "1"}, hx=True)
        .text
    )
    hold = html.partition('<div class="stop">')[2].partition("</div></div>")[0]
    [question] = re.findall(r'data-question="(\d+)"', html)
    assert "Waiting on Olga since" in hold and f'href="#question-{question}"' in hold
    assert "Which delays count?" not in hold, "its words stand where it is answered"
    assert "stops started work" in world.browser("olga").get("/questions").text


def test_asking_mails_the_one_whose_turn_it_is(world: World, ref: str) -> None:
    world.browser("dev").post(f"/items/{ref}/questions", {"body": "Which delays count?"})
    assert world.mails() == [("question_asked", "olga@example.org")]


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"body": ""}, "1 to 10,000 characters"),
        ({"body": "x" * 10_001}, "1 to 10,000 characters"),
        ({"body": "When?", "needed_by": "tomorrow"}, "year-month-day"),
        ({"body": "When?", "addressee": "999999"}, "can’t answer here"),
    ],
)
def test_what_can_not_be_asked_is_said_beside_the_field(
    world: World, ref: str, form: dict[str, str], sentence: str
) -> None:
    answer = world.browser("dev").post(f"/items/{ref}/questions", form, hx=True)
    assert answer.status_code == 422
    assert re.search(sentence, answer.text)


def test_the_small_form_beside_a_board_asks_by_when_too(world: World, ref: str) -> None:
    dev = world.browser("dev")
    assert 'name="needed_by"' in dev.get(f"/items/{ref}/ask", hx=True).text
    asked = {"body": "When?", "view": "card"}
    refused = dev.post(f"/items/{ref}/questions", {**asked, "needed_by": "tomorrow"}, hx=True)
    assert refused.status_code == 422 and "year-month-day" in refused.text and 'value="tomorrow"' in refused.text
    assert dev.post(f"/items/{ref}/questions", {**asked, "needed_by": "2027-01-05"}, hx=True).status_code == 200
    assert "needed by" in world.browser("olga").get("/questions").text


@pytest.mark.parametrize("who", ["vic", "sam"])
def test_nobody_is_asked_who_could_not_answer(world: World, ref: str, who: str) -> None:
    form = {"body": "When?", "addressee": str(world.ids[who])}
    assert world.browser("dev").post(f"/items/{ref}/questions", form, hx=True).status_code == 422


def test_a_question_to_oneself_is_refused(world: World, ref: str) -> None:
    form = {"body": "When?", "addressee": str(world.ids["dev"])}
    assert world.browser("dev").post(f"/items/{ref}/questions", form, hx=True).status_code == 409


# The queue


def test_the_queue_is_ordered_by_what_the_silence_costs(both: World) -> None:
    with clock.at(NOON - dt.timedelta(days=9)) as moved:
        waiting, started = both.item("Loyalty points"), both.item("Timetable", "In progress")
        plain = both.ask(waiting, "Is a teacher a passenger?")
        moved.advance(days=1)
        late = both.ask(waiting, "Needed soon?", needed_by=dt.date(2026, 11, 26))
        moved.advance(days=1)
        blocks = both.ask(waiting, "Do points expire?", blocking=True)
        moved.advance(days=1)
        older = both.ask(started, "Which delays count?", blocking=True)
        moved.advance(days=1)
        newer = both.ask(started, "In which time zone?", blocking=True)
    html = both.browser("olga").get("/questions").text
    assert shown(html) == [older, newer, blocks, late, plain]


def test_the_first_question_is_open_and_the_others_are_a_link_away(world: World, ref: str) -> None:
    first, second = world.ask(ref, "One?", blocking=True), world.ask(ref, "Two?")
    olga = world.browser("olga")
    assert f'class="q open" id="q-{first}"' in olga.get("/questions").text
    assert f'class="q open" id="q-{second}"' in olga.get(f"/questions?open={second}").text
    assert f'class="q open" id="q-{first}"' in olga.get("/questions?open=99999").text


def test_each_person_sees_their_own_queue(world: World, ref: str) -> None:
    world.ask(ref, "One?")
    assert len(shown(world.browser("olga").get("/questions").text)) == 1
    for who in ("dora", "dev", "vic", "sam"):
        assert shown(world.browser(who).get("/questions").text) == []
    assert len(shown(world.browser("dev").get("/questions?tab=asked").text)) == 1


def test_an_answer_waits_on_the_asker_until_it_is_accepted(both: World) -> None:
    ref = both.item("Refunds")
    question = both.ask(ref, "How soon?")
    both.browser("olga").post(f"/questions/{question}/answer", {"body": "Within an hour"})
    dev = both.browser("dev")
    assert shown(dev.get("/questions").text) == [question]
    assert "Within an hour" in dev.get("/questions").text
    dev.post(f"/questions/{question}/accept", {"view": "queue"})
    assert shown(dev.get("/questions").text) == []
    assert shown(dev.get("/questions?tab=answered").text) == [question]
    assert shown(both.browser("olga").get("/questions?tab=answered").text) == [question]


def test_a_member_who_was_let_go_has_an_empty_queue(world: World, ref: str) -> None:
    world.ask(ref, "One?", by="olga", to="dev")
    dev = world.browser("dev")
    assert len(shown(dev.get("/questions").text)) == 1
    world.let_go("dev")
    assert shown(dev.get("/questions").text) == []


def test_questions_on_discarded_items_wait_on_nobody(world: World) -> None:
    ref = world.item("Refunds")
    world.ask(ref, "One?")
    assert '<span class="n hot"' in world.browser("olga").get("/questions").text
    world.change(ref, "discard", "Not wanted")
    html = world.browser("olga").get("/questions").text
    assert shown(html) == []
    assert '<span class="n hot"' not in html


def test_an_odd_tab_is_your_turn(world: World) -> None:
    html = world.browser("olga").get("/questions?tab=%27%3Cscript%3E").text
    assert "None is waiting on you" in html


def test_an_hour_gives_back_what_the_data_shows_and_no_more(world: World, ref: str) -> None:
    olga = world.browser("olga")
    assert "What answering unblocks" not in olga.get("/questions").text
    world.ask(ref, "Which delays count?", blocking=True)
    assert "Answering it frees Dev." in olga.get("/questions").text
    world.ask(ref, "And at night?")
    assert "Answering the first one frees Dev." in olga.get("/questions").text
    world.change(ref, "block", "And no contract")
    assert "frees Dev" not in olga.get("/questions").text


def test_answer_times_are_those_of_the_last_thirty_days(world: World, ref: str) -> None:
    with clock.at(NOON - dt.timedelta(days=40)) as moved:
        for asked_at, hours in ((-40, 90), (-14, 2), (-7, 4), (-4, 68), (-1, 120)):
            moved.advance(NOON + dt.timedelta(days=asked_at) - clock.now())
            question = world.ask(ref, "And now?")
            moved.advance(dt.timedelta(hours=hours))
            world.question(question, "answer", "Yes", by="olga")
        html = re.sub(r"<[^>]+>", " ", world.browser("olga").get("/questions").text)
    assert re.search(r"Half within\s+4 hours", html)
    assert re.search(r"85 % within\s+5 working days", html)
    assert re.search(r"0 of 4", html)


def test_the_number_of_queries_does_not_grow_with_the_questions(world: World, ref: str) -> None:
    def queries() -> int:
        olga = world.browser("olga")
        with counting() as asked:
            assert olga.get("/questions").status_code == 200
        return len(asked)

    world.ask(ref, "One?", blocking=True)
    few = queries()
    for number in range(15):
        world.ask(ref, f"And {number}?", blocking=number % 2 == 0)
    assert queries() <= few


# Answering and what follows


def test_an_answer_kept_as_a_criterion_stands_on_the_item(both: World) -> None:
    ref = both.item("Refunds", "In progress")
    question = both.ask(ref, "How soon?", blocking=True)
    form = {"body": "Within an hour", "becomes": "criterion"}
    answer = both.browser("olga").post(f"/questions/{question}/answer", form, hx=True)
    assert answer.status_code == 200
    item = both.found(ref)
    assert [criterion.text for criterion in item.criteria] == ["Within an hour"]
    assert not item.open_blocks
    assert both.mails()[-1] == ("question_answered", "dev@example.org")


def test_an_answer_kept_as_a_decision_is_a_decision(world: World, ref: str) -> None:
    question = world.ask(ref, "How soon?")
    html = (
        world.browser("dora")
        .post(f"/questions/{question}/answer", {"body": "An hour", "becomes": "decision"}, hx=True)
        .text
    )
    assert "kept as decision" in html
    assert "Dora decided about “How soon?”" in html


def test_an_answer_is_not_both(world: World, ref: str) -> None:
    question = world.ask(ref, "How soon?")
    olga = world.browser("olga")
    for becomes in (["criterion", "decision"], ["rumour"]):
        answer = olga.post(f"/questions/{question}/answer", {"body": "An hour", "becomes": becomes}, hx=True)
        assert answer.status_code == 422
        assert "An hour</textarea>" in answer.text


def test_asking_back_turns_the_question_and_a_reply_turns_it_again(both: World) -> None:
    ref = both.item("Refunds", "In progress")
    question = both.ask(ref, "How soon?", blocking=True)
    olga, dev = both.browser("olga"), both.browser("dev")
    olga.post(f"/questions/{question}/ask-back", {"body": "For whom?", "view": "queue"})
    assert shown(olga.get("/questions").text) == []
    assert shown(dev.get("/questions").text) == [question]
    assert "Waiting on Dev since" in dev.get(f"/items/{ref}").text
    dev.post(f"/questions/{question}/reply", {"body": "For travellers", "view": "queue"})
    assert shown(olga.get("/questions").text) == [question]
    assert "Waiting on Olga since" in dev.get(f"/items/{ref}").text


def test_an_answer_sent_back_opens_the_question_and_its_block_again(world: World, ref: str) -> None:
    question = world.ask(ref, "How soon?", blocking=True)
    world.browser("olga").post(f"/questions/{question}/answer", {"body": "Soon"})
    world.browser("dev").post(f"/questions/{question}/return", {"body": "How many hours?"})
    assert world.found(ref).open_blocks
    assert world.mails()[-1] == ("question_returned", "olga@example.org")
    assert shown(world.browser("olga").get("/questions").text) == [question]


def test_what_was_asked_and_taken_back_is_said_to_who_does_not_see_it(world: World, ref: str) -> None:
    def said(path: str, **fields: str) -> str:
        html = world.browser("dev").post(path, fields, hx=True).text
        return html.partition('hx-target="#announcer" hx-swap="innerHTML">')[2].partition("<")[0]

    assert said(f"/items/{ref}/questions", body="Which delays count?") == "Your question has been sent."
    [question] = shown(world.browser("olga").get("/questions").text)
    assert said(f"/questions/{question}/withdraw") == "The question is withdrawn."


def test_the_asker_withdraws_and_the_work_goes_on(world: World, ref: str) -> None:
    question = world.ask(ref, "How soon?", blocking=True)
    world.browser("dev").post(f"/questions/{question}/withdraw")
    assert not world.found(ref).open_blocks
    assert shown(world.browser("olga").get("/questions").text) == []


def test_the_answer_shows_what_the_form_stood_in(world: World, ref: str) -> None:
    first, second = world.ask(ref, "One?", blocking=True), world.ask(ref, "Two?")
    olga = world.browser("olga")
    queue = olga.post(f"/questions/{first}/answer", {"body": "Yes", "view": "queue"}, hx=True).text
    assert shown(queue) == [second]
    assert f'class="q open" id="q-{second}"' in queue
    item = olga.post(f"/questions/{second}/answer", {"body": "Yes", "view": "item"}, hx=True).text
    assert f'data-item-open="{ref}"' in item
    plain = world.browser("dev").post(f"/questions/{second}/accept", {"view": "queue"})
    assert (plain.status_code, plain.headers["Location"]) == (303, "/questions")


def test_an_empty_answer_keeps_its_question_open_in_the_queue(world: World, ref: str) -> None:
    world.ask(ref, "One?", blocking=True)
    second = world.ask(ref, "Two?")
    answer = world.browser("olga").post(f"/questions/{second}/answer", {"body": " ", "view": "queue"}, hx=True)
    assert answer.status_code == 422
    assert f'class="q open" id="q-{second}"' in answer.text


@pytest.mark.parametrize("tab", ["yours", "asked", "answered"])
def test_an_empty_page_offers_the_first_step(world: World, tab: str) -> None:
    assert 'href="/products/FE/board">Open the board' in world.browser("vic").get(f"/questions?tab={tab}").text
    page = world.browser("sam").get(f"/questions?tab={tab}").text
    assert 'href="/products/new"' in page
    assert "/board" not in page


def test_a_second_answer_is_refused_with_a_sentence(world: World, ref: str) -> None:
    question = world.ask(ref, "One?")
    world.browser("dora").post(f"/questions/{question}/answer", {"body": "Yes"})
    answer = world.browser("olga").post(f"/questions/{question}/answer", {"body": "No"}, hx=True)
    assert answer.status_code == 409
    assert "already been answered" in answer.text


# Who may

PEOPLE = ("olga", "dora", "lea", "dev", "deb", "vic")


@pytest.mark.parametrize(
    ("verb", "allowed"),
    [
        ("answer", {"olga", "dora"}),
        ("ask-back", {"olga", "dora"}),
        ("reply", set()),
        ("accept", set()),
        ("return", set()),
        ("withdraw", {"dev"}),
    ],
)
def test_an_open_question_is_for_its_sides(world: World, ref: str, verb: str, allowed: set[str]) -> None:
    for who in (*PEOPLE, "sam"):
        question = world.ask(ref, "One?")
        answer = world.browser(who).post(f"/questions/{question}/{verb}", {"body": "Because"})
        if who in allowed:
            assert answer.status_code == 303, who
        elif who == "sam":
            assert answer.status_code == 404
        else:
            assert answer.status_code in ((403, 409) if who == "dev" else (403,)), who


@pytest.mark.parametrize("verb", ["accept", "return", "withdraw"])
def test_an_answer_is_the_askers_to_take(world: World, ref: str, verb: str) -> None:
    for who in (*PEOPLE, "sam"):
        question = world.ask(ref, "One?")
        world.question(question, "answer", "Yes", by="olga")
        answer = world.browser(who).post(f"/questions/{question}/{verb}", {"body": "Because"})
        assert answer.status_code == {"dev": 303, "sam": 404}.get(who, 403), who


def test_the_person_asked_may_answer_whatever_their_role(world: World, ref: str) -> None:
    question = world.ask(ref, "One?", to="deb")
    html = world.browser("deb").get("/questions").text
    assert f"/questions/{question}/answer" in html
    assert 'name="becomes"' not in html
    assert world.browser("deb").post(f"/questions/{question}/answer", {"body": "Yes"}).status_code == 303


def test_a_developer_can_not_write_criteria_by_answering(world: World, ref: str) -> None:
    question = world.ask(ref, "One?", to="deb")
    form = {"body": "Yes", "becomes": "criterion"}
    assert world.browser("deb").post(f"/questions/{question}/answer", form).status_code == 403
    assert len(world.found(ref).criteria) == 1


def test_a_question_that_is_not_there_is_nothing(world: World) -> None:
    assert world.browser("olga").post("/questions/4711/answer", {"body": "Yes"}).status_code == 404


# Assumptions, answers anew, and answering for the owner


def test_an_assumption_lets_work_go_on_until_its_day_and_stands_from_then_on(world: World, ref: str) -> None:
    with clock.at(NOON) as moved:
        question = world.ask(ref, "Which delays count?", blocking=True)
        form = {"assumption": "Those over two hours", "assumed_until": "2026-11-26", "view": "item"}
        html = world.browser("dev").post(f"/questions/{question}/assume", form, hx=True).text
        assert "Assumed unless told otherwise by" in html
        assert "Waiting on Olga" not in html
        olga = world.browser("olga")
        assert "goes on with an assumption" in olga.get("/questions").text
        moved.advance(days=3)
        html = olga.get("/questions").text
        assert "an assumption stands" in html
        assert "as nobody said otherwise" in html
        assert "Has stood since" in olga.get(f"/items/{ref}").text
        olga.post(f"/questions/{question}/answer", {"body": "Over three"})
        html = world.browser("dev").get(f"/items/{ref}").text
    assert "Over three" in html
    assert "Assumed before" in html
    assert sound(world)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"assumption": "Two hours"}, "by which day"),
        ({"assumed_until": "2099-01-04"}, "1 to 1,000 characters"),
        ({"assumption": "Two hours", "assumed_until": "2020-01-04"}, "has passed"),
        ({"assumption": "Two hours", "assumed_until": "soon"}, "year-month-day"),
        (
            {"assumption": "Two hours", "assumed_until": "2099-01-04", "blocking": "1"},
            "With an assumption, work goes on",
        ),
    ],
)
def test_an_assumption_has_words_and_a_day_to_come_and_blocks_nothing(
    world: World, ref: str, form: dict[str, str], sentence: str
) -> None:
    for view in ("item", "card"):
        answer = world.browser("dev").post(f"/items/{ref}/questions", {"body": "How?", "view": view, **form}, hx=True)
        assert answer.status_code == 422
        assert sentence in answer.text


def test_only_the_asker_assumes_and_keeps_the_words_of_a_form_that_is_refused(world: World, ref: str) -> None:
    question = world.ask(ref, "How?")
    form = {"assumption": "Two hours", "assumed_until": "2020-01-04"}
    answer = world.browser("dev").post(f"/questions/{question}/assume", form, hx=True)
    assert answer.status_code == 422
    assert 'value="Two hours"' in answer.text
    for who, status in (("olga", 403), ("dora", 403), ("sam", 404)):
        assert world.browser(who).post(f"/questions/{question}/assume", form).status_code == status


def test_an_answer_is_superseded_and_stays_readable(both: World) -> None:
    ref = both.item("Refunds")
    question = both.ask(ref, "How soon?")
    olga, dev = both.browser("olga"), both.browser("dev")
    assert olga.post(f"/questions/{question}/answer-anew", {"body": "Too early"}, hx=True).status_code == 409
    olga.post(f"/questions/{question}/answer", {"body": "Within an hour"})
    dev.post(f"/questions/{question}/accept", {"view": "queue"})
    form = {"body": "Within a day", "becomes": "criterion", "view": "item"}
    html = olga.post(f"/questions/{question}/answer-anew", form, hx=True).text
    assert "Superseded" in html
    thread = html.partition('id="questions"')[2]
    assert thread.index("Within an hour") < thread.index("Within a day")
    assert shown(dev.get("/questions").text) == [question]
    for who, status in (("deb", 403), ("sam", 404)):
        assert both.browser(who).post(f"/questions/{question}/answer-anew", form).status_code == status
    assert sound(both)


def test_what_stops_work_is_ordered_by_the_nearest_promise(both: World) -> None:
    with clock.at(NOON) as moved:
        asked = []
        for title, due in (("None", None), ("Late", "2027-02-01"), ("Soon", "2026-12-15")):
            ref = both.item(title, "In progress")
            if due:
                form = {"item": ref, "due_on": due, "statement": title}
                assert both.browser("olga").post("/products/FE/promises", form).status_code == 303
            moved.advance(hours=1)
            asked.append(both.ask(ref, "Which?", blocking=True))
        html = both.browser("olga").get("/questions").text
    assert shown(html) == [asked[2], asked[1], asked[0]]
    assert "promised for" in html


def test_a_delegate_answers_for_the_owner_who_sees_it(world: World, ref: str) -> None:
    question = world.ask(ref, "How soon?", blocking=True)
    dora = world.browser("dora")
    assert shown(dora.get("/questions").text) == []
    assert "For the owner" in dora.get("/questions").text
    assert shown(dora.get("/questions?tab=owners").text) == [question]
    form = {"body": "Within an hour", "view": "queue", "tab": "owners"}
    html = dora.post(f"/questions/{question}/answer", form, hx=True).text
    assert shown(html) == []
    assert "Nothing is waiting on the owner" in html
    html = world.browser("olga").get("/questions?tab=answered").text
    assert shown(html) == [question]
    assert "Dora answered" in html
    for who in ("olga", "dev", "vic", "sam"):
        assert "For the owner" not in world.browser(who).get("/questions").text


def test_three_answers_unblock_so_many_people(world: World) -> None:
    for number, who in enumerate(("dev", "deb", "dora")):
        ref = world.item(f"Work {number}", "Ready")
        world.move(ref, "In progress", by="dev")
        form = {"people": str(world.ids[who])}
        assert world.browser("olga").post(f"/items/{ref}/assign", form).status_code == 303
        world.ask(ref, "Which?", blocking=True)
    assert "Answering the 3 that stop work unblocks 3 people." in world.browser("olga").get("/questions").text


@pytest.mark.parametrize("how", ["let go", "only reads now", "has no account any more"])
def test_what_waits_on_somebody_who_can_not_answer_any_more_waits_on_the_owner(both: World, how: str) -> None:
    ref = both.item("Refunds", "In progress")
    question = both.ask(ref, "How soon?", by="deb", to="dev", blocking=True)
    back = both.ask(ref, "Which port?", by="dev", blocking=True)
    both.question(back, "ask_back", "Of which country?", by="olga")
    olga, dora = both.browser("olga"), both.browser("dora")
    assert shown(olga.get("/questions").text) == []
    if how == "let go":
        both.let_go("dev")
    with both.writing() as session:
        if how == "only reads now":
            session.execute(sa.text("UPDATE member SET role = 'viewer' WHERE user_id = :id"), {"id": both.ids["dev"]})
        if how == "has no account any more":
            session.get_one(User, both.ids["dev"]).is_active = False
    html = olga.get("/questions").text
    assert sorted(shown(html)) == sorted([question, back])
    assert '<span class="n hot"' in html
    assert sorted(shown(dora.get("/questions?tab=owners").text)) == sorted([question, back])
    assert shown(both.browser("deb").get("/questions").text) == []
    dora.post(f"/questions/{question}/answer", {"body": "Within an hour", "view": "queue"})
    olga.post(f"/questions/{back}/answer", {"body": "Of all", "view": "queue"})
    assert shown(olga.get("/questions").text) == shown(dora.get("/questions?tab=owners").text) == []
    assert not both.found(ref).open_blocks


def test_the_mail_of_a_question_leads_to_that_question_on_its_item(world: World, ref: str) -> None:
    with world.changing() as (_session, product, _member):
        product.next_question = 40
    world.browser("dev").post(f"/items/{ref}/questions", {"body": "Which?"})
    question = open_of(world)
    world.browser("olga").post(f"/questions/{question}/answer", {"body": "The red one.", "becomes": "decision"})
    link = re.search(rf"/items/{ref}#(\S+)", newest_mail(world, "question_answered").text)
    page = world.browser("dev").get(f"/items/{ref}").text
    assert link is not None and f'id="{link.group(1)}"' in page
    assert f'href="/items/{ref}#{link.group(1)}"' in world.browser("dev").get("/products/FE/decisions").text


def open_of(world: World) -> int:
    """The id of the only question."""
    with world.reading() as session:
        return session.scalars(sa.select(Question.id)).one()
