"""The backlog page: what each person sees there, adding one or many, and what a script asks for."""

import datetime as dt
import html as html_module
import re

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.models import Item
from tests.builders import Browser, World
from tests.counting import counting

PAGE = "/products/FE/backlog"


def refs_in(html: str) -> list[str]:
    return re.findall(r'data-item="([^"]+)"', html)


def test_the_backlog_lists_what_is_not_started_in_the_one_order(both: World) -> None:
    both.item("Refunds", "Ready")
    both.item("Discounts", "Backlog")
    both.item("Seat map", "In progress")
    both.item("Sold out", "Done")
    html = both.browser("olga").get(PAGE).text
    assert refs_in(html) == ["FE-1", "FE-2"]
    assert re.search(r'<span class="k">1</span><span class="ref">FE-1</span>', html)
    assert "2 items" in html


def test_a_ready_item_is_marked(world: World) -> None:
    world.item("Refunds", "Ready")
    assert '<span class="chip plain">Ready</span>' in world.browser("olga").get(PAGE).text


def test_the_order_is_the_same_for_everybody(world: World) -> None:
    for title in ("One", "Two", "Three"):
        world.item(title)
    seen = {name: refs_in(world.browser(name).get(PAGE).text) for name in ("olga", "dora", "lea", "dev", "vic")}
    assert set(map(tuple, seen.values())) == {("FE-1", "FE-2", "FE-3")}


def test_a_stranger_finds_nothing(world: World) -> None:
    world.item("Refunds")
    answer = world.browser("sam").get(PAGE)
    assert answer.status_code == 404
    assert "Ferry" not in answer.text


def test_somebody_not_signed_in_is_led_to_the_sign_in(world: World) -> None:
    answer = world.browser().get(PAGE)
    assert answer.status_code == 303
    assert "/sign-in" in answer.headers["Location"]


@pytest.mark.parametrize("who", ["olga", "dora"])
def test_the_owners_side_may_drag_and_add_at_both_ends(world: World, who: str) -> None:
    world.item("Refunds")
    html = world.browser(who).get(PAGE).text
    assert "data-sortable" in html
    assert 'id="add-top"' in html
    assert 'id="add-bottom"' in html
    assert "data-rank-form" in html


def test_a_developer_adds_at_the_bottom_and_ranks_nothing(world: World) -> None:
    world.item("Refunds")
    html = world.browser("dev").get(PAGE).text
    assert "data-sortable" not in html
    assert 'id="add-top"' not in html
    assert 'id="add-bottom"' in html
    assert "data-rank-form" not in html
    assert "data-discard-link" not in html


@pytest.mark.parametrize("who", ["lea", "vic"])
def test_who_only_reads_is_offered_nothing_to_change(world: World, who: str) -> None:
    world.item("Refunds")
    html = world.browser(who).get(PAGE).text
    assert "data-sortable" not in html
    assert "quick-add" not in html
    assert 'class="move"' not in html
    assert "row-menu" not in html


def test_an_empty_backlog_says_what_belongs_there(world: World) -> None:
    assert "Write the first item" in world.browser("olga").get(PAGE).text
    assert "Write the first item" not in world.browser("vic").get(PAGE).text


def test_the_field_above_the_list_says_where_its_item_comes_in(world: World) -> None:
    at_the_top, below = "Add at the top", "Add below what is ready"
    page = world.browser("olga").get(PAGE).text
    assert at_the_top in page and below not in page
    world.item("Refunds", "Ready")
    world.item("Later")
    page = world.browser("olga").get(PAGE).text
    assert below in page and at_the_top not in page


def test_an_empty_backlog_leads_its_owner_to_where_people_are_invited(world: World) -> None:
    way = '<a href="/products/FE/settings/members/several">Invite your team</a>'
    assert [way in world.browser(who).get(PAGE).text for who in ("olga", "dora", "dev")] == [True, False, False]
    world.item("Refunds")
    assert way not in world.browser("olga").get(PAGE).text


def test_a_script_gets_the_list_alone(world: World) -> None:
    world.item("Refunds")
    html = world.browser("olga").get(PAGE, hx=True).text
    assert "<html" not in html
    assert 'id="backlog-list"' in html
    assert 'hx-target="#backlog-sub"' in html


def test_marks_tell_criteria_questions_labels_type_size_and_blocks(world: World) -> None:
    ref = world.item("Refunds", criteria=("Within an hour", "In full"), size="M")
    world.ask(ref, "How soon?")
    world.change(ref, "block", "No contract yet")
    world.browser("olga").post(
        f"/items/{ref}/edit", {"revision": 1, "section": "facts", "labels": "money", "type": "bug"}
    )
    row = world.browser("olga").get(PAGE).text
    row = row[row.index('id="row-FE-1"') :]
    row = row[: row.index("</li>")]
    for mark in (">2<span", ">1<span", "money", "Bug", ">M<", "blocked", "No contract yet"):
        assert mark in row


# Adding one


def test_a_row_says_what_it_is_a_part_of_and_goes_with_its_wording(both: World) -> None:
    whole = both.item("Refunds <b>", "In progress")
    olga = both.browser("olga")
    olga.post(f"/items/{whole}/parts", {"title": "By card"})
    told = f'title="Part of {whole} Refunds &lt;b&gt;"'
    html = olga.get(PAGE).text
    assert told in html and f"part of {whole} </span>Refunds &lt;b&gt;</span>" in html
    both.change(whole, "edit", {"title": "Money back"}, revision=both.found(whole).revision)
    assert f'title="Part of {whole} Money back"' in olga.get(PAGE).text
    olga.post("/items/FE-2/part-of", {"whole": ""})
    assert "Part of" not in olga.get(PAGE).text


def test_a_line_at_the_top_comes_first(both: World) -> None:
    both.item("Refunds")
    answer = both.browser("olga").post(
        "/products/FE/items", {"title": "Discounts", "place": "top", "view": "backlog"}, hx=True
    )
    assert answer.status_code == 200
    assert refs_in(answer.text) == ["FE-2", "FE-1"]
    assert both.order() == ["Discounts", "Refunds"]


def test_a_line_at_the_bottom_comes_last(world: World) -> None:
    world.item("Refunds")
    world.browser("olga").post("/products/FE/items", {"title": "Discounts", "place": "bottom", "view": "backlog"})
    assert world.order() == ["Refunds", "Discounts"]


def test_without_script_adding_leads_back_to_the_backlog(world: World) -> None:
    answer = world.browser("olga").post("/products/FE/items", {"title": "Discounts", "view": "backlog"})
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)


def test_a_developers_line_goes_to_the_bottom_whatever_the_form_says(world: World) -> None:
    world.item("Refunds")
    world.browser("dev").post("/products/FE/items", {"title": "Discounts", "place": "top", "view": "backlog"})
    assert world.order() == ["Refunds", "Discounts"]


@pytest.mark.parametrize(("who", "status"), [("lea", 403), ("vic", 403), ("sam", 404)])
def test_who_may_not_create_adds_nothing(world: World, who: str, status: int) -> None:
    assert world.browser(who).post("/products/FE/items", {"title": "Discounts"}).status_code == status
    assert world.browser(who).post("/products/FE/items/many", {"titles": "One\nTwo"}).status_code == status
    assert world.order() == []


@pytest.mark.parametrize("title", ["", "   ", "x" * 301])
def test_a_line_that_is_no_title_is_refused_with_a_notice(world: World, title: str) -> None:
    answer = world.browser("olga").post("/products/FE/items", {"title": title, "view": "backlog"}, hx=True)
    assert answer.status_code == 422
    assert "hx-partial" in answer.text
    assert world.order() == []


# Several lines where one is added


def add_lines(browser: Browser, title: str, place: str = "top", *, hx: bool = True) -> tuple[int, str]:
    form = {"title": title, "place": place, "view": "backlog"}
    answer = browser.post("/products/FE/items", form, hx=hx)
    return answer.status_code, html_module.unescape(answer.text)


@pytest.mark.parametrize(("place", "wanted"), [("top", [2, 3, 4, 1]), ("bottom", [1, 2, 3, 4])])
def test_several_lines_become_an_item_each_where_they_were_pasted(both: World, place: str, wanted: list[int]) -> None:
    both.item("Refunds")
    before = both.version()
    status, text = add_lines(both.browser("olga"), "- [ ] One\r\n\r\n\t2. Two\n* Three\tislands\n", place)
    assert status == 200
    assert refs_in(text) == [f"FE-{number}" for number in wanted]
    assert "3 items have been added to the backlog." in text
    assert [both.found(f"FE-{number}").title for number in (2, 3, 4)] == ["One", "Two", "Three islands"]
    assert both.version() == before + 1


@pytest.mark.parametrize("title", ["- One", " - One \r\n", "\n- One\n\n"])
def test_one_line_is_a_title_as_it_is_written(world: World, title: str) -> None:
    status, text = add_lines(world.browser("olga"), title)
    assert status == 200
    assert world.order() == ["- One"]
    assert "in the backlog." not in text


def test_a_developers_lines_go_to_the_bottom_in_their_order(world: World) -> None:
    world.item("Refunds")
    add_lines(world.browser("dev"), "One\nTwo")
    assert world.order() == ["Refunds", "One", "Two"]


UNFIT = [
    (f"One\n{'x' * 301}", "Line 2: A title can have at most 300 characters"),
    ("One\n" * 501, "Write 1 to 500 lines, one item each."),
]


@pytest.mark.parametrize(("title", "sentence"), UNFIT)
def test_of_lines_that_can_not_all_be_taken_none_is(world: World, title: str, sentence: str) -> None:
    before = world.version()
    status, text = add_lines(world.browser("olga"), title)
    assert status == 422
    assert sentence in text
    assert (world.order(), world.version()) == ([], before)


@pytest.mark.parametrize(("title", "sentence"), UNFIT)
def test_without_script_such_lines_stand_in_the_form_for_many_at_the_same_place(
    world: World, title: str, sentence: str
) -> None:
    status, text = add_lines(world.browser("olga"), title, hx=False)
    assert status == 422
    assert sentence in text
    assert f">{title}</textarea>" in text
    assert '<option value="top" selected>' in text


def test_without_script_several_lines_lead_back_to_the_backlog_and_are_told(world: World) -> None:
    olga = world.browser("olga")
    status, _ = add_lines(olga, "One\nTwo", hx=False)
    assert status == 303
    assert "2 items have been added to the backlog." in olga.get(PAGE).text
    assert world.order() == ["One", "Two"]


def test_lines_that_were_not_meant_are_discarded_together(both: World) -> None:
    both.item("Refunds")
    olga = both.browser("olga")
    for status, text in (add_lines(olga, "One\nTwo"), add_many(olga, "Three\nFour")):
        assert status == 200
        found = re.search(r'href="([^"]+)" data-dialog>.*?Discard them…', html_module.unescape(text))
        assert found is not None
        form = olga.get(found[1]).text
        refs = re.findall(r'name="items" value="([^"]+)"', form)
        assert len(refs) == 1 and len(refs[0].split()) == 2 and "FE-1" not in refs[0]
        answer = olga.post("/products/FE/discard", {"items": refs[0], "reason": "Not this list"}, hx=True)
        assert answer.status_code == 200
    assert both.order() == ["Refunds"]


@pytest.mark.parametrize(("who", "lines"), [("dev", "One\nTwo"), ("olga", "One")])
def test_who_may_not_discard_and_who_added_one_is_not_offered_that(world: World, who: str, lines: str) -> None:
    assert "Discard them…" not in add_lines(world.browser(who), lines)[1]


# Adding many


def add_many(browser: Browser, titles: str, **more: str) -> tuple[int, str]:
    answer = browser.post("/products/FE/items/many", {"titles": titles, **more}, hx=True)
    return answer.status_code, answer.text


def test_each_line_becomes_an_item_in_the_same_order(both: World) -> None:
    both.item("Refunds")
    status, text = add_many(both.browser("olga"), "One\n\n  Two  \r\nThree\n")
    assert status == 200
    assert "3 items have been added to the backlog" in text
    assert both.order() == ["Refunds", "One", "Two", "Three"]
    assert both.kinds() == ["created"] * 3


def test_the_signs_of_a_pasted_list_are_left_out(world: World) -> None:
    lines = ["- One", "  * Two", "• Three", "1. Four", "12) Five", "[ ] Six", "- [x] Seven", "*", "- "]
    plain = ["3D map of the pier", "-5 degrees", "2.5 times faster", "2026. What then?", "*bold* words"]
    add_many(world.browser("olga"), "\n".join(lines + plain))
    assert world.order() == ["One", "Two", "Three", "Four", "Five", "Six", "Seven", *plain]


def test_many_at_the_top_keep_their_order_too(world: World) -> None:
    world.item("Refunds")
    add_many(world.browser("olga"), "One\nTwo", place="top")
    assert world.order() == ["One", "Two", "Refunds"]


def test_five_hundred_lines_are_taken_and_five_hundred_and_one_are_not(world: World) -> None:
    olga = world.browser("olga")
    assert add_many(olga, "\n".join(f"Item {number}" for number in range(501)))[0] == 422
    assert world.order() == []
    assert add_many(olga, "\n".join(f"Item {number}" for number in range(500)))[0] == 200
    assert world.order() == [f"Item {number}" for number in range(500)]


def test_one_bad_line_leaves_all_of_them_out_and_is_named(world: World) -> None:
    before = world.version()
    status, text = add_many(world.browser("olga"), f"One\n{'x' * 301}\nThree")
    assert status == 422
    assert "Line 2:" in text
    assert "One\n" in text  # what was typed stays in the field
    assert world.order() == []
    assert world.version() == before


def test_no_line_at_all_is_refused(world: World) -> None:
    assert add_many(world.browser("olga"), " \n \n")[0] == 422


def test_a_full_backlog_that_refuses_takes_none_of_the_many(world: World) -> None:
    with world.changing() as (_session, product, member):
        from kanban.models import WipMode

        product.columns[0].change(by=member, wip_limit=2, wip_mode=WipMode.REFUSE)
    status, text = add_many(world.browser("olga"), "One\nTwo\nThree")
    assert status == 422
    assert "Backlog is full" in text
    assert world.order() == []


def test_a_repeated_command_adds_the_many_once(world: World) -> None:
    olga = world.browser("olga")
    for _ in range(2):
        add_many(olga, "One\nTwo", command="c-1")
    assert world.order() == ["One", "Two"]


# Many rows


def test_the_number_of_queries_does_not_grow_with_the_number_of_items(world: World) -> None:
    def queries() -> int:
        olga = world.browser("olga")
        with counting() as asked:
            assert olga.get(PAGE).status_code == 200
        return len(asked)

    world.item("First", criteria=("A",))
    few = queries()
    add_many(world.browser("olga"), "\n".join(f"Item {number}" for number in range(60)))
    ref = world.item("Last", criteria=("B",))
    world.ask(ref, "Why?")
    assert queries() <= few


def test_places_are_numbered_after_every_change(world: World) -> None:
    olga = world.browser("olga")
    add_many(olga, "One\nTwo\nThree")
    html = olga.post("/products/FE/items", {"title": "Zero", "place": "top", "view": "backlog"}, hx=True).text
    assert re.findall(r'<span class="k">(\d+)</span><span class="ref">([^<]+)', html) == [
        ("1", "FE-4"),
        ("2", "FE-1"),
        ("3", "FE-2"),
        ("4", "FE-3"),
    ]


def test_a_changed_row_is_drawn_anew_for_everybody(world: World) -> None:
    ref = world.item("Refunds")
    olga, dev = world.browser("olga"), world.browser("dev")
    assert "Refunds" in olga.get(PAGE).text
    world.change(ref, "edit", {"title": "Refund a ticket"}, revision=1)
    for browser in (olga, dev):
        assert "Refund a ticket" in browser.get(PAGE).text


# The menu without script


def test_a_step_without_script_moves_through_backlog_and_ready(both: World) -> None:
    both.item("One", "Ready")
    both.item("Two")
    ref = both.item("Three")
    olga = both.browser("olga")
    for way, wanted in (
        ("up", ["One", "Three", "Two"]),
        ("up", ["Three", "One", "Two"]),
        ("down", ["One", "Three", "Two"]),
        ("bottom", ["One", "Two", "Three"]),
    ):
        answer = olga.post(f"/items/{ref}/move", {"way": way})
        assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
        assert both.order() == wanted


def test_the_page_of_a_move_offers_steps_to_those_who_rank(world: World) -> None:
    ref, started = world.item("Refunds"), world.item("Seats", "In progress")
    assert 'value="up"' in world.browser("olga").get(f"/items/{ref}/move").text
    assert 'value="up"' not in world.browser("dev").get(f"/items/{ref}/move").text
    assert 'value="up"' in world.browser("dev").get(f"/items/{started}/move").text
    assert f"/items/{ref}/discard" in world.browser("dora").get(f"/items/{ref}/move").text
    assert f"/items/{ref}/discard" not in world.browser("dev").get(f"/items/{ref}/move").text


def test_a_developer_can_not_rank_the_backlog_whatever_is_sent(world: World) -> None:
    world.item("One")
    ref = world.item("Two")
    for form in ({"way": "up"}, {"place": "top"}, {"place": "before:FE-1"}):
        assert world.browser("dev").post(f"/items/{ref}/move", form).status_code == 403
    assert world.order() == ["One", "Two"]


# Dates


NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)  # a Tuesday
DAY = dt.timedelta(days=1)


def finished(world: World, days_ago: list[int]) -> None:
    """Items that were finished so many days ago, each within four days; the product began thirteen weeks ago."""
    refs = [world.item(f"Done {n}", "Done") for n in range(len(days_ago))]
    with world.writing() as session:
        for ref, ago in zip(refs, days_ago, strict=True):
            end = NOON - ago * DAY
            dates = {"created_at": NOON - 91 * DAY, "started_at": end - 3 * DAY, "finished_at": end}
            session.execute(sa.update(Item).where(Item.number == int(ref.partition("-")[2])).values(**dates))


def shown_dates(html: str) -> list[str]:
    return re.findall(r'class="sure">([^<]*)<', html)


def test_each_place_shows_its_dates_and_a_move_leaves_them_in_place(world: World) -> None:
    with clock.at(NOON):
        finished(world, [1 + 3 * n for n in range(30)])
        refs = [world.item(f"Next {n}") for n in range(6)]
        olga = world.browser("olga")
        before = olga.get(PAGE).get_data(as_text=True)
        assert "from 13 weeks with 30 finished" in before
        assert len(shown_dates(before)) == 6
        olga.post(f"/items/{refs[5]}/move", {"place": "top"}, hx=True)
        after = olga.get(PAGE).get_data(as_text=True)
        assert after.index(refs[5]) < after.index(refs[0])
        assert shown_dates(after) == shown_dates(before)
        assert shown_dates(world.browser("vic").get(PAGE).get_data(as_text=True)) == shown_dates(before)
        assert world.browser("sam").get(PAGE).status_code == 404


def test_little_history_says_what_is_missing_instead_of_dates(world: World) -> None:
    with clock.at(NOON):
        finished(world, [1, 9, 15])
        world.item("Next")
        page = world.browser("olga").get(PAGE).get_data(as_text=True)
    assert "Not enough history for dates yet: 3 of 5 days with a finish." in page
    assert shown_dates(page) == []


def test_the_answer_to_a_move_names_the_promise_that_it_breaks_and_offers_to_note_the_delay(world: World) -> None:
    with clock.at(NOON):
        finished(world, [1 + 7 * n for n in range(13)])
        ref = world.item("Refunds")
        others = [world.item(f"Next {n}") for n in range(12)]
        olga = world.browser("olga")
        told = {"item": ref, "due_on": "2026-12-31", "statement": "Money back"}
        assert olga.post("/products/FE/promises", told).status_code == 303
        page = olga.get(PAGE).get_data(as_text=True)
        assert "chip due good" in page
        quiet = olga.post(f"/items/{others[3]}/move", {"place": "bottom"}, hx=True).get_data(as_text=True)
        assert "Money back" not in quiet and "Note the delay" not in quiet
        answer = olga.post(f"/items/{ref}/move", {"place": "bottom"}, hx=True).get_data(as_text=True)
        assert "Money back, promised for 31 Dec, is off track now." in answer
        assert "/products/FE/promises/1/change" in answer and "Note the delay" in answer
        assert "chip due bad" in olga.get(PAGE).get_data(as_text=True)
        saved = olga.post(f"/items/{ref}/move", {"place": "top"}, hx=True).get_data(as_text=True)
        assert "Money back, promised for 31 Dec, is on track now." in saved and "Note the delay" not in saved
        plain = olga.client.post(
            f"/items/{ref}/move", data={"place": "bottom", "csrf_token": olga.token}, follow_redirects=True
        ).get_data(as_text=True)
        assert "Money back, promised for 31 Dec, is off track now." in plain


def test_a_promised_milestone_lies_as_a_line_in_the_list(world: World) -> None:
    with clock.at(NOON):
        finished(world, [1 + 3 * n for n in range(30)])
        refs = [world.item(f"Next {n}") for n in range(30)]
        olga = world.browser("olga")
        olga.post("/products/FE/milestones", {"name": "Winter", "kind": "set", "items": refs[2]})
        olga.post("/products/FE/promises", {"milestone": "1", "due_on": "2027-01-15", "statement": ""})
        page = olga.get(PAGE).get_data(as_text=True)
    line = re.search(r'data-due-line="(\d+)".*?</li>', page)
    assert line and "85 % by 15 Jan" in line.group() and "Winter" in line.group() and "On track" in line.group()
    assert 2 < int(line.group(1)) < 30
    told = re.sub(r"<[^>]+>", "", line.group())
    assert (
        "It is promised for 15 Jan. In 85 of 100 futures everything in progress and everything above this line" in told
    )
    assert "a row below the line may well show an earlier day" in told and "title=" not in line.group()
