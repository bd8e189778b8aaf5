"""Asking and answering in a real browser: two people, one item, one queue; by mouse, by key and without script."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visits, becomes, serious_axe_findings
from tests.server import Server


def hold_the_stream(page: Page) -> list[Route]:
    """From the next page on its stream of changes waits until it is let go."""
    held: list[Route] = []
    page.add_init_script("delete window.SharedWorker")  # whose requests can't be held
    page.route("**/live?*", lambda route: held.append(route))
    return held


def test_a_question_is_asked_answered_and_accepted_while_both_look_on(demo: Server, visit: Visits) -> None:
    anders = visit(demo, "/items/FERRY-49", who="anders")
    ingrid = visit(demo, "/questions", who="ingrid")
    expect(ingrid.locator("[data-question]")).to_have_count(3)
    late = visit(demo, "/inbox", who="ingrid")
    held = hold_the_stream(late)
    late.goto("/questions")
    anders.get_by_text("Ask a question").click()
    expect(anders.locator("#ask-body")).to_be_focused()
    anders.locator("#ask-body").fill("In which time zone?")
    anders.locator("#ask-blocking").check()
    anders.get_by_role("button", name="Ask", exact=True).click()
    expect(anders.locator(".thread", has_text="In which time zone?")).to_be_visible()
    expect(ingrid.locator("[data-question]")).to_have_count(4)
    becomes(late, lambda _: len(held) > 0, True)
    held[0].continue_()
    expect(late.locator("[data-question]"), "what changed before the stream was there").to_have_count(4)
    question = ingrid.locator("[data-question]", has_text="In which time zone?")
    expect(question).to_contain_text("stops started work")
    question.locator(".ask-text").click()
    field = question.locator("textarea")
    expect(field).to_be_focused()
    field.fill("In the **harbour's** time zone")
    question.get_by_label("Keep as acceptance criterion").check()
    field.press("Control+Enter")
    expect(ingrid.locator("[data-question]")).to_have_count(3)
    expect(ingrid.locator("#questions-sub")).to_contain_text("3 are waiting on you")
    expect(anders.locator(".thread strong", has_text="harbour's")).to_be_visible()
    expect(anders.locator(".crit", has_text="time zone")).to_be_visible()
    anders.get_by_role("button", name="Accept").click()
    expect(anders.locator("#item .thread", has_text="accepted").first).to_be_visible()


def test_what_was_just_asked_is_in_sight_in_the_panel(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/products/FERRY/board?item=FERRY-47", who="anders", viewport={"width": 1440, "height": 360})
    page.locator("#edit-ask > summary").click()
    page.locator("#ask-body").fill("And when two sailings fail?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#panel .ask-words", has_text="And when two sailings fail?")).to_be_in_viewport()


def test_a_field_that_a_script_made_higher_is_sent_without_complaints(demo: Server, visit: Visits) -> None:
    """Where a browser does not let fields grow by itself; a style set from a string is refused, and the fixture hears of it."""
    page = visit(demo, who="anders")
    page.add_init_script("CSS.supports = () => false")
    page.goto("/items/FERRY-47")
    field = page.locator("#new-comment")
    field.press_sequentially("One line")
    assert field.get_attribute("style"), "the script sees to its height"
    field.press("Control+Enter")
    expect(page.locator(".thread", has_text="One line")).to_be_visible()


def test_an_answer_opens_the_next_question_with_the_cursor_in_it(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/questions", who="ingrid")
    page.keyboard.press("a")
    first = page.locator("[data-question].open")
    number = first.get_attribute("data-question")
    expect(first.locator("textarea")).to_be_focused()
    page.keyboard.type("More than two hours")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-question]")).to_have_count(2)
    following = page.locator("[data-question].open")
    expect(following.locator("textarea")).to_be_focused()
    assert following.get_attribute("data-question") != number


def test_words_for_a_question_that_somebody_else_answers_meanwhile_are_not_lost(demo: Server, visit: Visits) -> None:
    page, nils = visit(demo, "/questions", who="ingrid"), visit(demo, "/items/FERRY-62", who="nils")
    second = page.locator("[data-question]", has_text="Do points expire?")
    second.click()
    second.locator("textarea").fill("They <b>never</b> expire,\nsays Marketing.")
    nils.get_by_placeholder("Write the answer").fill("After a year.")
    nils.get_by_role("button", name="Answer", exact=True).click()
    expect(nils.locator("#item .thread", has_text="After a year.").first).to_be_visible()
    first = page.locator("[data-question]", has_text="Which delays count")
    first.click()
    first.locator("textarea").fill("More than two hours")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-question]")).to_have_count(1)
    told = page.locator(".toast.bad")
    expect(told).to_contain_text("Somebody else has answered a question in the meantime")
    expect(told).to_contain_text("They <b>never</b> expire,")


def test_j_and_k_walk_and_b_asks_back(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/questions", who="ingrid")
    ids = page.locator("[data-question]").evaluate_all("all => all.map(one => one.dataset.question)")
    for key, place in (("j", 1), ("j", 2), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(page.locator("[data-question].open")).to_have_attribute("data-question", ids[place])
    page.keyboard.press("b")
    expect(page.locator("[data-question].open textarea")).to_be_focused()
    page.keyboard.type("Whose points?")
    page.locator("[data-question].open").get_by_role("button", name="Ask back").click()
    expect(page.locator("[data-question]")).to_have_count(2)
    page.goto("/questions?tab=answered")
    page.goto("/items/FERRY-62")
    expect(page.locator(".thread", has_text="Whose points?")).to_be_visible()


def test_only_one_of_both_ways_to_keep_an_answer_can_be_ticked(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/questions", who="ingrid")
    question = page.locator("[data-question].open")
    question.get_by_label("Keep as acceptance criterion").check()
    question.get_by_label("Keep as decision").check()
    expect(question.get_by_label("Keep as acceptance criterion")).not_to_be_checked()


def test_an_answer_is_sent_back(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/questions", who="ingrid")
    first = page.locator("[data-question].open")
    number = first.get_attribute("data-question")
    first.locator("textarea").fill("Some")
    first.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator(f"#q-{number}")).to_have_count(0)
    anders = visit(demo, "/questions", who="anders")
    mine = anders.locator(f"#q-{number}")
    mine.get_by_text("Send back…").click()
    mine.locator("textarea").fill("How many hours?")
    mine.get_by_role("button", name="Send back", exact=True).click()
    expect(anders.locator(f"#q-{number}")).to_have_count(0)
    expect(page.locator(f"#q-{number}")).to_be_visible()


def test_without_script_a_question_is_asked_and_answered(demo: Server, visit: Visits) -> None:
    anders = visit(demo, "/items/FERRY-49", who="anders", java_script_enabled=False)
    anders.get_by_text("Ask a question").click()
    anders.locator("#ask-body").fill("And at night?")
    anders.get_by_role("button", name="Ask", exact=True).click()
    ingrid = visit(demo, "/questions", who="ingrid", java_script_enabled=False)
    question = ingrid.locator("[data-question]", has_text="And at night?")
    question.get_by_role("link", name=re.compile("^Open")).click()
    question.locator("textarea").fill("At night too")
    question.get_by_role("button", name="Answer", exact=True).click()
    expect(ingrid.locator("[data-question]", has_text="And at night?")).to_have_count(0)
    anders.goto("/questions")
    answered = anders.locator("[data-question]", has_text="And at night?")
    answered.get_by_role("button", name="Accept").click()
    expect(anders.locator("[data-question]", has_text="And at night?")).to_have_count(0)


@pytest.mark.parametrize("path", ["/questions", "/questions?tab=asked", "/questions?tab=answered"])
def test_axe_finds_nothing_serious(shared_demo: Server, visit: Visits, path: str) -> None:
    page = visit(shared_demo, path, who="ingrid")
    assert serious_axe_findings(page) == []
