"""A draft that writes its own facts: written, left, corrected, thrown away."""

import datetime as dt
import json
import re

import pytest

from kanban import clock
from kanban.mail.links import Purpose
from kanban.models import Health, User
from kanban.transfer.importing import import_items
from kanban.transfer.mapping import suggest_mapping
from kanban.transfer.reading import read_table
from kanban.transfer.staging import read_items
from tests.builders import World
from tests.reporting import UPDATES, add_stakeholders, begin, deliveries, form_of, found, link_of, publish


def texts(world: World, number: int, kind: str) -> list[str]:
    section = next(part for part in found(world, number).sections if part["kind"] == kind)
    return [line["text"] for line in section["lines"]]


def test_a_new_draft_says_what_was_finished_what_is_under_way_and_what_comes_next(both: World) -> None:
    done, doing = both.item("Wallet", "Ready"), both.item("Refunds", "Ready")
    both.item("Season card", "Backlog")
    both.move(done, "In progress")
    both.move(done, "Done")
    both.move(doing, "In progress")
    both.change(doing, "block", "No test harbour")
    response = both.browser("olga").post(UPDATES)
    assert response.headers["Location"] == f"{UPDATES}/1"
    assert texts(both, 1, "shipped") == ["Wallet"]
    assert texts(both, 1, "in_progress") == ["Refunds"]
    assert texts(both, 1, "problems") == ["Refunds"]
    assert texts(both, 1, "next") == ["Season card"]
    page = both.browser("olga").get(f"{UPDATES}/1").text
    assert "No test harbour (since" in page
    assert both.kinds() == ["update_drafted"]


def test_the_first_draft_leaves_out_what_a_list_brought_from_long_ago(world: World) -> None:
    """Two weeks before the product came here count: that is how often its owner reports."""
    now = clock.now()
    brought = f"Title,Status,Finished\nOld,Done,{now - dt.timedelta(days=90):%Y-%m-%d}\nNew,Done,{now - dt.timedelta(days=3):%Y-%m-%d}"
    with world.changing() as (session, product, owner):
        table = read_table(brought)
        import_items(session, product, read_items(table, suggest_mapping(table), "UTC").items, by=owner, source="csv")
    begin(world)
    assert texts(world, 1, "shipped") == ["New"]


def test_the_next_draft_tells_only_what_is_new(world: World) -> None:
    first = world.item("Wallet", "Done")
    publish(world, begin(world))
    second = world.item("Refunds", "Done")
    begin(world)
    refs = [line["ref"] for line in found(world, 2).sections[1]["lines"]]
    assert refs == [second]
    assert first not in refs


def test_what_was_finished_between_draft_and_publishing_is_told_next_time(world: World) -> None:
    begin(world)
    late = world.item("Late", "Done")
    publish(world, 1)
    begin(world)
    assert [line["ref"] for line in found(world, 2).sections[1]["lines"]] == [late]


def test_beginning_twice_leads_to_the_same_draft(both: World) -> None:
    """Also for the second of two clicks, and for somebody who had an old page open."""
    for name in ("olga", "olga", "dora"):
        answer = both.browser(name).post(UPDATES)
        assert (answer.status_code, answer.location) == (303, f"{UPDATES}/1")
    version = both.version()
    both.browser("olga").post(UPDATES)
    assert both.version() == version
    publish(both, 1, "All is well")
    for _ in range(2):
        assert both.browser("olga").post(f"{UPDATES}/1/correct").location == f"{UPDATES}/2"
    assert both.browser("olga").post(UPDATES).location == f"{UPDATES}/3"
    assert both.browser("olga").post(f"{UPDATES}/1/correct").location == f"{UPDATES}/2"


def test_questions_stay_internal(world: World) -> None:
    ref = world.item("Refunds", "In progress")
    world.ask(ref, "Is the harbour master really that slow?", blocking=True)
    begin(world)
    assert "harbour master" not in json.dumps(found(world, 1).sections)
    assert "waiting for an answer since" in json.dumps(found(world, 1).sections)


@pytest.mark.parametrize(("name", "status"), [("olga", 303), ("dora", 303), ("lea", 403), ("dev", 403), ("vic", 403)])
def test_drafts_are_written_by_the_owners_side(world: World, name: str, status: int) -> None:
    begin(world)
    assert world.browser(name).post(UPDATES).status_code == status
    assert world.browser(name).post(f"{UPDATES}/1", form_of(world, 1, headline="Mine")).status_code == status
    assert (found(world, 1).headline == "Mine") == (status == 303)


def test_the_lead_reads_a_draft_without_fields(world: World) -> None:
    begin(world)
    page = world.browser("lea").get(f"{UPDATES}/1").text
    assert "Draft, not published yet" in page
    assert 'id="draft"' not in page


def test_saving_keeps_the_words_and_takes_a_version_only_when_something_changed(world: World) -> None:
    begin(world)
    browser = world.browser("olga")
    added = {
        "kind": "delays",
        "text": "Invoices",
        "old_date": "2026-12-01",
        "new_date": "early January",
        "cause": "Late",
    }
    browser.post(f"{UPDATES}/1", form_of(world, 1, headline=" Six  weeks late ", health="off_track", lines=[added]))
    update, version = found(world, 1), world.version()
    assert (update.headline, update.health, update.revision) == ("Six weeks late", Health.OFF_TRACK, 2)
    assert update.sections[0]["lines"][0]["new_date"] == "early January"
    browser.post(f"{UPDATES}/1", form_of(world, 1))
    assert (world.version(), found(world, 1).revision) == (version, 2)


def test_the_autosave_answers_only_the_new_state(world: World) -> None:
    begin(world)
    answer = world.browser("olga").post(f"{UPDATES}/1", form_of(world, 1, headline="Late"), hx=True)
    assert answer.status_code == 200
    assert 'name="revision" form="draft" value="2"' in answer.text
    assert "<textarea" not in answer.text


def test_the_autosave_says_anew_how_far_the_facts_carry_the_health(world: World) -> None:
    begin(world)
    olga = world.browser("olga")
    told = "this update reports no delay"
    assert told in olga.get(f"{UPDATES}/1").text
    late = {"kind": "delays", "text": "The wallet", "old_date": "2026-12-01", "new_date": "2027-01-15"}
    answer = olga.post(f"{UPDATES}/1", form_of(world, 1, lines=[late]), hx=True)
    assert 'hx-target="#suggestion"' in answer.text
    assert "a promised date moved" in answer.text


def test_lines_are_moved_dropped_and_added_by_buttons_of_the_form(world: World) -> None:
    for title in ("One", "Two", "Three"):
        world.item(title, "Done")
    begin(world)
    browser = world.browser("olga")
    browser.post(f"{UPDATES}/1", form_of(world, 1, act="down 0"))
    assert texts(world, 1, "shipped") == ["Two", "One", "Three"]
    browser.post(f"{UPDATES}/1", form_of(world, 1, act="up 2"))
    assert texts(world, 1, "shipped") == ["Two", "Three", "One"]
    browser.post(f"{UPDATES}/1", form_of(world, 1, act="drop 1"))
    assert texts(world, 1, "shipped") == ["Two", "One"]
    answer = browser.post(f"{UPDATES}/1", form_of(world, 1, act="mention FE-3"), hx=True)
    assert texts(world, 1, "shipped") == ["Two", "One", "Three"]
    assert 'id="draft"' in answer.text


def test_a_long_section_is_left_out_at_once_but_for_what_somebody_wrote_there(world: World) -> None:
    for number in range(6):
        world.item(f"Item {number}", "In progress")
    world.item("Finished", "Done")
    begin(world)
    browser = world.browser("olga")
    page = browser.get(f"{UPDATES}/1").text
    assert "Leave out all 6 items" in page
    assert 'value="clear shipped"' not in page  # one line is left out by itself
    form = form_of(world, 1, act="clear in_progress")
    form["line_text"][form["line_place"].index("new-in_progress")] = "The office moves"
    browser.post(f"{UPDATES}/1", form)
    assert texts(world, 1, "in_progress") == ["The office moves"]
    assert texts(world, 1, "shipped") == ["Finished"]


def test_a_line_that_asks_for_a_decision_shows_where_to_say_from_whom_and_by_when(world: World) -> None:
    number = begin(world)
    form = form_of(world, number, lines=[{"kind": "decisions", "text": "May we wait?"}], act="save")
    world.browser("olga").post(f"{UPDATES}/{number}", form)
    page = world.browser("olga").get(f"{UPDATES}/{number}").text
    written = page[page.index("May we wait?</textarea>") : page.index('value="new-decisions"')]
    assert 'placeholder="from whom"' in written and 'placeholder="by when"' in written


def test_a_button_means_its_line_even_when_another_was_emptied_meanwhile(world: World) -> None:
    begin(world)
    browser = world.browser("olga")
    problems = [{"kind": "problems", "text": text} for text in ("One", "Two", "Three")]
    browser.post(f"{UPDATES}/1", form_of(world, 1, lines=problems))
    form = form_of(world, 1, act="up 2")
    form["line_text"][form["line_text"].index("One")] = ""
    browser.post(f"{UPDATES}/1", form)
    assert texts(world, 1, "problems") == ["Three", "Two"]


def test_a_line_never_leaves_its_section(world: World) -> None:
    world.item("Done one", "Done")
    world.item("Next one", "Backlog")
    begin(world)
    world.browser("olga").post(f"{UPDATES}/1", form_of(world, 1, act="down 0"))
    assert (texts(world, 1, "shipped"), texts(world, 1, "next")) == (["Done one"], ["Next one"])


def test_what_is_left_out_is_offered(world: World) -> None:
    world.item("Wallet", "Done")
    begin(world)
    browser = world.browser("olga")
    browser.post(f"{UPDATES}/1", form_of(world, 1, act="drop 0"))
    page = browser.get(f"{UPDATES}/1").text
    assert "Not mentioned" in page
    assert 'value="mention FE-1"' in page


def test_a_stale_draft_keeps_both_texts(world: World) -> None:
    begin(world)
    old = form_of(world, 1, headline="Mine")
    world.browser("dora").post(f"{UPDATES}/1", form_of(world, 1, headline="Theirs"))
    browser = world.browser("olga")
    page = browser.post(f"{UPDATES}/1", old)
    assert page.status_code == 409
    assert "Mine" in page.text
    assert "Theirs" in page.text
    assert "Dora has changed this in the meantime." in page.text
    partial = browser.post(f"{UPDATES}/1", old, hx=True)
    assert partial.status_code == 409
    assert 'hx-target="#conflict"' in partial.text
    assert "Dora has changed this in the meantime." in partial.text
    assert found(world, 1).headline == "Theirs"
    over = re.search(r'name="over" value="(\d+)"', partial.text)
    assert over is not None
    browser.post(f"{UPDATES}/1", {**old, "over": over.group(1)})
    assert found(world, 1).headline == "Mine"


def test_whoever_comes_second_is_told_whose_words_stand_there_of_two_of_one_name_by_address(world: World) -> None:
    begin(world)
    old = form_of(world, 1, headline="Mine")
    with world.writing() as session:
        session.get_one(User, world.ids["dora"]).name = "Olga"
    world.browser("olga").post(f"{UPDATES}/1", form_of(world, 1, headline="First"))
    world.browser("dora").post(f"{UPDATES}/1", form_of(world, 1, headline="Theirs"))
    assert (
        "Olga (dora@example.org) has changed this in the meantime."
        in world.browser("olga").post(f"{UPDATES}/1", old).text
    )


def test_two_windows_of_one_writer_are_told_apart_from_two_writers(world: World) -> None:
    begin(world)
    old = form_of(world, 1, headline="Mine")
    browser = world.browser("olga")
    browser.post(f"{UPDATES}/1", form_of(world, 1, headline="Mine as well"))
    page = browser.post(f"{UPDATES}/1", old)
    assert (page.status_code, "You have changed this in another window in the meantime." in page.text) == (409, True)


def test_a_headline_that_is_too_long_comes_back_with_the_words(world: World) -> None:
    begin(world)
    answer = world.browser("olga").post(f"{UPDATES}/1", form_of(world, 1, headline="x" * 201, summary="Kept"))
    assert answer.status_code == 422
    assert "Kept" in answer.text
    assert "At most 200 characters" in answer.text


@pytest.mark.parametrize(("name", "limit"), [("headline", 200), ("summary", 5000), ("health_reason", 1000)])
def test_a_field_of_a_draft_that_is_refused_is_described_by_its_sentence(world: World, name: str, limit: int) -> None:
    begin(world)
    page = world.browser("olga").post(f"{UPDATES}/1", form_of(world, 1, **{name: "x" * (limit + 1)})).text
    field = re.search(rf'<textarea[^>]* name="{name}"[^>]*>', page)
    assert field and f'aria-invalid="true" aria-describedby="draft-{name}-error"' in field[0]
    assert re.search(rf'<li id="draft-{name}-error">At most', page)


@pytest.mark.parametrize(
    "broken",
    [
        {"revision": "none"},
        {"health": "splendid"},
        {"line_kind": ["shipped"]},
        {
            "line_kind": ["gossip"],
            **{f"line_{n}": ["x"] for n in ("ref", "text", "note", "old_date", "new_date", "cause")},
        },
    ],
)
def test_a_form_that_is_not_whole_changes_nothing(world: World, broken: dict[str, object]) -> None:
    begin(world)
    assert world.browser("olga").post(f"{UPDATES}/1", {**form_of(world, 1), **broken}).status_code == 422
    assert found(world, 1).revision == 1


def test_the_draft_says_how_far_the_facts_carry_its_health(world: World) -> None:
    begin(world)
    browser = world.browser("olga")
    assert "no promise is open" in browser.get(f"{UPDATES}/1").text
    delay = {"kind": "delays", "text": "Invoices"}
    browser.post(f"{UPDATES}/1", form_of(world, 1, health="on_track", headline="Fine", lines=[delay]))
    draft = browser.get(f"{UPDATES}/1").text
    assert "The facts suggest off track" in draft and "Say why you see it differently" in draft
    confirm = browser.get(f"{UPDATES}/1/publish").text
    assert "claims to be on track" in confirm
    assert "has neither a new date nor a cause" in confirm


@pytest.mark.parametrize(
    ("of", "warns"),
    [("The mayor", True), ("Sunniva", False), ("sunniva, please", False), ("Finance", False), ("", False)],
)
def test_the_last_look_warns_of_who_could_decide_nothing(world: World, of: str, warns: bool) -> None:
    add_stakeholders(world, "Sunniva")
    begin(world)
    ask = {"kind": "decisions", "text": "May we wait?", "note": of, "new_date": "2026-11-27"}
    world.browser("olga").post(f"{UPDATES}/1", form_of(world, 1, headline="Fine", lines=[ask]))
    assert ("is not among those who get it" in world.browser("olga").get(f"{UPDATES}/1/publish").text) == warns


def test_the_draft_offers_whom_a_decision_can_be_asked_of(world: World) -> None:
    add_stakeholders(world, "Sunniva", "Tor")
    begin(world)
    page = world.browser("olga").get(f"{UPDATES}/1").text
    offered = re.findall(r'<datalist id="deciders">(.*?)</datalist>', page)[0]
    assert re.findall('value="([^"]*)"', offered) == ["Sunniva", "Tor", "Finance"]


def test_whatever_is_typed_stays_text(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    probe = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    ref = world.item(probe, "Done")
    begin(world)
    browser = world.browser("olga")
    line = {"kind": "delays", "text": probe, "note": probe, "old_date": probe, "new_date": probe, "cause": probe}
    words = {"headline": probe, "summary": probe, "health_reason": probe, "lines": [line]}
    browser.post(f"{UPDATES}/1", form_of(world, 1, **words))
    paths = [UPDATES, f"{UPDATES}/1", f"{UPDATES}/1/publish", f"{UPDATES}/1/preview", f"{UPDATES}/1/preview/mail"]
    for path in paths:
        assert "<script>alert" not in browser.get(path).text
        assert "<img src=x" not in browser.get(path).text
    browser.post(f"{UPDATES}/1/publish", {"revision": str(found(world, 1).revision)})
    for path in (UPDATES, f"{UPDATES}/1"):
        assert "<script>alert" not in browser.get(path).text
    assert ref in browser.get(f"{UPDATES}/1").text


def test_lines_and_paragraphs_of_the_summary_stay_apart_for_every_reader(world: World) -> None:
    """A browser ends each line of a form with two characters."""
    add_stakeholders(world, "Finn")
    begin(world)
    olga = world.browser("olga")
    told = form_of(world, 1, headline="Late", summary="We wait.\r\nFor one answer.\r\n\r\nThe rest goes on.")
    assert olga.post(f"{UPDATES}/1", told).status_code == 303
    assert found(world, 1).summary == "We wait.\nFor one answer.\n\nThe rest goes on."
    assert olga.post(f"{UPDATES}/1/publish", {"revision": str(found(world, 1).revision)}).status_code == 303
    for page in (f"{UPDATES}/1", link_of(world, "Finn", Purpose.READ)):
        text = olga.get(page).text
        for paragraph in ("We wait.\nFor one answer.", "The rest goes on."):
            assert re.search(rf'<p class="[^"]*\bsaid\b[^>]*>{paragraph}</p>', text)
    mail = olga.get(f"{UPDATES}/1/preview/mail").text
    assert re.search(r"<p[^>]*>We wait\.<br>For one answer\.</p>\s*<p[^>]*>The rest goes on\.</p>", mail)


def test_a_published_update_can_be_neither_edited_nor_thrown_away(world: World) -> None:
    publish(world, begin(world))
    browser = world.browser("olga")
    version = world.version()
    assert browser.post(f"{UPDATES}/1", form_of(world, 1, headline="No")).status_code == 409
    assert browser.post(f"{UPDATES}/1/throw-away").status_code == 409
    assert browser.get(f"{UPDATES}/1/publish").status_code == 409
    assert (found(world, 1).headline, world.version()) == ("All is well", version)


def test_a_correction_begins_with_the_published_words_and_both_point_at_each_other(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    world.item("Wallet", "Done")
    publish(world, begin(world), "Six weeks late")
    browser = world.browser("olga")
    answer = browser.post(f"{UPDATES}/1/correct")
    assert answer.headers["Location"] == f"{UPDATES}/2"
    assert found(world, 2).headline == "Six weeks late"
    assert texts(world, 2, "shipped") == ["Wallet"]
    browser.post(f"{UPDATES}/2", form_of(world, 2, headline="Four weeks late"))
    browser.post(f"{UPDATES}/2/publish", {"revision": "2"})
    assert (found(world, 2).snapshot or {})["corrects"] == 1
    assert "This was corrected on" in browser.get(f"{UPDATES}/1").text
    assert "This corrects update 1." in browser.get(f"{UPDATES}/2").text
    assert deliveries(world) == [("Sunniva", "waiting")] * 2


def test_a_draft_is_not_corrected(world: World) -> None:
    begin(world)
    assert world.browser("olga").post(f"{UPDATES}/1/correct").status_code == 409


def test_a_draft_is_thrown_away_after_one_question_and_its_number_is_not_used_again(world: World) -> None:
    begin(world)
    browser = world.browser("dora")
    assert "will be gone" in browser.get(f"{UPDATES}/1/throw-away").text
    assert browser.post(f"{UPDATES}/1/throw-away").headers["Location"] == UPDATES
    assert world.kinds() == ["update_thrown_away"]
    assert browser.get(f"{UPDATES}/1").status_code == 404
    assert begin(world) == 2
