"""The small form of an item's labels, and the other short answers that a board's quick actions get."""

import re
from urllib.parse import quote

import pytest

from tests.builders import World

LABELS = "/items/FE-1/labels"


def labels(world: World) -> list[str]:
    return [label.name for label in world.found("FE-1").labels]


def test_labels_are_ticked_unticked_and_made(both: World) -> None:
    both.item("Import", "Ready")
    browser = both.browser("dev")
    assert browser.post(LABELS, {"new": "law, Harbour"}).headers["Location"] == "/items/FE-1"
    assert labels(both) == ["Harbour", "law"]
    form = browser.get(LABELS, hx=True).text
    assert form.count(" checked") == 2
    answer = browser.post(LABELS, {"was": ["law", "Harbour"], "label": ["law"], "new": "app"}, hx=True)
    assert "The labels of FE-1 are changed." in answer.text
    assert labels(both) == ["app", "law"]


def test_what_others_put_on_meanwhile_stays(world: World) -> None:
    """The form was drawn with law on it; somebody adds app, and then it takes law off."""
    world.item("Import", "Ready")
    browser = world.browser("dev")
    browser.post(LABELS, {"new": "law"})
    world.browser("dora").post(LABELS, {"label": ["law"], "was": ["law"], "new": "app"})
    browser.post(LABELS, {"was": ["law"]})
    assert labels(world) == ["app"]


def test_nothing_ticked_otherwise_is_no_change(world: World) -> None:
    world.item("Import", "Ready")
    version = world.version()
    assert "Nothing changed." in world.browser("dev").post(LABELS, {}, hx=True).text
    assert world.version() == version


def test_the_form_begins_with_the_labels_there_are(world: World) -> None:
    ref = world.item("Import")
    browser = world.browser("dev")
    for address in (LABELS, f"/products/FE/labels?items={ref}"):
        assert "autofocus" in browser.get(address, hx=True).text.partition('id="label-new"')[2].partition(">")[0]
    browser.post(LABELS, {"new": "law"})
    world.item("Other")
    for address in (LABELS, "/products/FE/labels?items=FE-2"):
        form = browser.get(address, hx=True).text
        assert form.index('value="law"') < form.index("autofocus") < form.index('id="label-new"')
        assert form.count("autofocus") == 1


def test_the_labels_there_are_are_offered_while_one_types_several(world: World) -> None:
    world.item("Import", "Ready")
    dev = world.browser("dev")
    dev.post(LABELS, {"new": "law, Harbour, lawn"})

    def offered(typed: str) -> list[str]:
        html = dev.get(f"/products/FE/labels/suggest?labels={quote(typed)}", hx=True).text
        return re.findall(r'<option value="([^"]*)"', html)

    assert offered("") == ["Harbour", "law", "lawn"]
    assert offered("LA") == ["law", "lawn"]
    assert offered("Law, new,la") == ["Law, new, lawn"]
    assert offered("<b>") == []
    for form in ("/items/new?product=FE", "/items/FE-1/line"):
        assert 'hx-get="/products/FE/labels/suggest"' in dev.get(form, hx=True).text
    assert world.browser("vic").get("/products/FE/labels/suggest").status_code == 403
    assert world.browser("sam").get("/products/FE/labels/suggest").status_code == 404


def test_a_bad_label_keeps_the_form(world: World) -> None:
    world.item("Import", "Ready")
    browser = world.browser("dev")
    browser.post(LABELS, {"new": "law, app"})
    answer = browser.post(LABELS, {"was": ["law", "app"], "label": ["law"], "new": "x" * 41}, hx=True)
    assert answer.status_code == 422
    assert re.findall(r'value="(\w+)" checked', answer.text) == ["law"]
    assert re.findall(r'name="was" value="(\w+)"', answer.text) == ["law", "app"]
    assert "A label needs 1 to 40 characters, without a comma." in answer.text
    assert "x" * 41 in answer.text


@pytest.mark.parametrize(("who", "status"), [("lea", 403), ("vic", 403), ("sam", 404)])
def test_who_may_not_label(world: World, who: str, status: int) -> None:
    world.item("Import", "Ready")
    assert world.browser(who).get(LABELS).status_code == status
    assert world.browser(who).post(LABELS, {"new": "law"}).status_code == status
    assert labels(world) == []


def test_a_quick_question_is_asked_of_the_owner_and_answered_with_a_notice(world: World) -> None:
    world.item("Import", "Ready")
    browser = world.browser("dev")
    assert 'name="view" value="card"' in browser.get("/items/FE-1/ask", hx=True).text
    answer = browser.post("/items/FE-1/questions", {"view": "card", "body": ""}, hx=True)
    assert answer.status_code == 422
    assert 'id="ask-item"' in answer.text
    answer = browser.post("/items/FE-1/questions", {"view": "card", "body": "Which one?"}, hx=True)
    assert "Asked on FE-1." in answer.text
    assert 'id="item"' not in answer.text
    assert ("question_asked", "olga@example.org") in world.mails()


def test_a_quick_assignment_answers_with_a_notice_alone(world: World) -> None:
    world.item("Import", "Ready")
    answer = world.browser("dev").post("/items/FE-1/assign-me", {"view": "card"}, hx=True)
    assert "FE-1" in answer.text
    assert 'id="item"' not in answer.text
    answer = world.browser("dev").post("/items/FE-1/assign-me", {"view": "card"}, hx=True)
    assert "FE-1 is already yours." in answer.text
    assert [user.name for user in world.found("FE-1").assignees] == ["Dev"]
