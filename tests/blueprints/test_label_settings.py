"""All labels of a product in its settings: renamed, merged and removed, for all items at once."""

import re
from html import unescape

import pytest
import sqlalchemy as sa

from kanban.models import Event, Label, item_label
from tests.blueprints.undoing import undo
from tests.builders import World, sound
from tests.counting import counting

LABELS = "/products/FE/settings/labels"


def put(world: World, ref: str, *names: str) -> None:
    world.browser("dev").post(f"/items/{ref}/labels", {"new": ", ".join(names)})


def known(world: World) -> dict[str, int]:
    with world.reading() as session:
        rows = session.execute(sa.select(Label.name, Label.id).order_by(Label.folded))
        return {name: label_id for name, label_id in rows}


def labels(world: World, ref: str) -> list[str]:
    return [label.name for label in world.found(ref).labels]


def rename(world: World, was: str, name: str, *, by: str = "dora", hx: bool = True, **more: str) -> tuple[int, str]:
    form = {"name": name, "was_name": was, **more}
    answer = world.browser(by).post(f"{LABELS}/{known(world)[was]}", form, hx=hx)
    return answer.status_code, unescape(answer.text)


def last(world: World) -> tuple[str, dict[str, object]]:
    with world.reading() as session:
        event = session.scalars(sa.select(Event).order_by(Event.version.desc(), Event.seq.desc()).limit(1)).one()
        return event.kind, event.data


def rows(text: str) -> list[str]:
    found = re.findall(r'<div class="words">(.*?)</div>', text)
    return [unescape(re.sub("<[^>]+>", " ", row)).split(maxsplit=1)[0] for row in found]


def test_the_page_lists_all_labels_with_what_carries_them(both: World) -> None:
    refs = [both.item("One", "Ready"), both.item("Two"), both.item("Three"), both.item("Four")]
    for ref in refs:
        put(both, ref, "law")
    put(both, refs[0], "Harbour")
    put(both, refs[1], "app")
    both.browser("dev").post(f"/items/{refs[1]}/labels", {"was": ["app"], "label": []})
    both.move(refs[2], "In progress")
    both.move(refs[2], "Done")
    both.change(refs[3], "discard", "No wind")
    page = both.browser("dora").get(LABELS).text
    assert rows(page) == ["app", "Harbour", "law"]
    assert "2 open items · one finished · one discarded" in page
    assert "one open item" in page and "unused" in page
    found = unescape(re.findall(r'<a href="([^"]+)" dir="auto">law<', page)[0])
    assert [ref for ref in refs if ref in both.browser("dora").get(found).text] == refs[:3]


def test_a_product_without_labels_says_so(world: World) -> None:
    assert "No item has had a label so far." in world.browser("olga").get(LABELS).text


@pytest.mark.parametrize("name", ["lea", "dev", "vic"])
def test_others_read_the_page_and_change_nothing(world: World, name: str) -> None:
    put(world, world.item("One"), "law")
    browser, label = world.browser(name), known(world)["law"]
    page = browser.get(LABELS).text
    assert rows(page) == ["law"] and "Rename" not in page and "Remove" not in page
    assert "Only the product owner and delegates change these." in page
    assert browser.post(f"{LABELS}/{label}", {"name": "app"}).status_code == 403
    assert browser.get(f"{LABELS}/{label}/remove").status_code == 403
    assert browser.post(f"{LABELS}/{label}/remove", {"seen": "1"}).status_code == 403
    assert world.browser("sam").get(LABELS).status_code == 404
    assert list(known(world)) == ["law"]


def test_in_an_archived_product_the_page_is_read_only(world: World) -> None:
    put(world, world.item("One"), "law")
    world.browser("olga").post("/products/FE/settings/archive")
    page = world.browser("olga").get(LABELS).text
    assert rows(page) == ["law"] and "This product is archived" in page and "Rename" not in page


def test_another_name_counts_on_every_item_and_comes_with_an_undo(both: World) -> None:
    first, second = both.item("One"), both.item("Two", "Ready")
    put(both, first, "desing", "law")
    put(both, second, "desing")
    label = known(both)["desing"]
    status, text = rename(both, "desing", "Design")
    assert status == 200 and "“desing” is now “Design”." in text and rows(text) == ["Design", "law"]
    assert (labels(both, first), labels(both, second)) == (["Design", "law"], ["Design"])
    assert known(both)["Design"] == label and last(both) == ("label_renamed", {"was": "desing", "now": "Design"})
    assert "Design" in both.browser("dev").get("/products/FE/board").text
    assert "desing" not in both.browser("dev").get("/products/FE/backlog").text
    [url] = re.findall(r'<form method="post" action="(/products/FE/undo/\d+)"', text)
    answer = both.browser("dora").post(url, hx=True)
    assert "“Design” is “desing” again." in unescape(answer.text)
    assert labels(both, second) == ["desing"] and sound(both)


def test_the_case_alone_is_another_name_and_the_same_name_is_none(both: World) -> None:
    put(both, both.item("One"), "law")
    version = both.version()
    assert "is now" not in rename(both, "law", " law ")[1]
    assert both.version() == version
    assert "“law” is now “LAW”." in rename(both, "law", "LAW")[1]
    assert labels(both, "FE-1") == ["LAW"] and sound(both)


def test_a_name_that_another_label_has_merges_the_two_once_that_is_confirmed(both: World) -> None:
    first, second, third = both.item("One"), both.item("Two"), both.item("Three")
    put(both, first, "desing")
    put(both, second, "desing", "Design")
    put(both, third, "Design")
    version, into = both.version(), known(both)["Design"]
    status, text = rename(both, "desing", "design")
    assert status == 422 and "2 items get “Design” instead. That can’t be undone." in text
    assert both.version() == version and f'name="into" value="{into}"' in text
    status, text = rename(both, "desing", "Design", into=str(into))
    assert status == 200 and "“desing” is merged into “Design”." in text and "/undo/" not in text
    assert [labels(both, ref) for ref in (first, second, third)] == [["Design"]] * 3
    assert known(both) == {"Design": into}
    assert last(both) == ("label_merged", {"was": "desing", "now": "Design", "count": 2})
    assert sound(both)


def test_what_was_confirmed_is_merged_and_nothing_else(world: World) -> None:
    put(world, world.item("One"), "desing", "design", "law")
    into = str(known(world)["design"])
    rename(world, "design", "plan")
    status, text = rename(world, "desing", "design", into=into)
    assert status == 409 and "There is no label “design” any more, so nothing was merged." in text
    status, text = rename(world, "desing", "law", into=into)
    assert status == 422 and "There is already a label “law”." in text
    assert list(known(world)) == ["desing", "law", "plan"]


def test_two_who_rename_at_once_are_told_of_each_other(world: World) -> None:
    put(world, world.item("One"), "desing")
    label = known(world)["desing"]
    rename(world, "desing", "plan")
    answer = world.browser("olga").post(f"{LABELS}/{label}", {"name": "design", "was_name": "desing"}, hx=True)
    assert answer.status_code == 422 and "Somebody has changed it in the meantime: “plan”." in unescape(answer.text)
    assert 'value="design"' in answer.text
    world.browser("dora").post(f"{LABELS}/{label}/remove", {"seen": "1"})
    answer = world.browser("olga").post(f"{LABELS}/{label}", {"name": "design", "was_name": "plan"}, hx=True)
    assert answer.status_code == 404 and "This label is gone" in answer.text


@pytest.mark.parametrize("name", ["", "one, two", "x" * 41])
def test_a_name_that_no_label_can_have_stays_in_the_field(world: World, name: str) -> None:
    put(world, world.item("One"), "law")
    status, text = rename(world, "law", name)
    assert status == 422 and "A label needs 1 to 40 characters, without a comma." in text
    assert f'value="{name}"' in text and list(known(world)) == ["law"]


def test_removing_takes_it_off_every_item_after_a_question(both: World) -> None:
    first, second = both.item("One"), both.item("Two")
    put(both, first, "law", "app")
    put(both, second, "law")
    address = f"{LABELS}/{known(both)['law']}/remove"
    form = unescape(both.browser("dora").get(address, hx=True).text)
    assert "It comes off 2 items." in form and "That can’t be undone." in form
    answer = both.browser("dora").post(address, {"seen": "2"}, hx=True)
    assert "“law” is removed from 2 items." in unescape(answer.text)
    assert (labels(both, first), labels(both, second)) == (["app"], [])
    assert last(both) == ("label_removed", {"was": "law", "count": 2}) and sound(both)
    with both.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(item_label)) == 1


def test_an_unused_label_is_removed_at_once_unless_somebody_has_put_it_on_meanwhile(world: World) -> None:
    put(world, world.item("One"), "law")
    address = f"{LABELS}/{known(world)['law']}/remove"
    world.browser("dev").post("/items/FE-1/labels", {"was": ["law"]})
    assert 'name="seen" value="0"' in world.browser("olga").get(LABELS).text
    put(world, "FE-1", "law")
    answer = world.browser("olga").post(address, {"seen": "0"}, hx=True)
    assert answer.status_code == 409 and "One item carries “law” by now. Look again" in unescape(answer.text)
    world.browser("dev").post("/items/FE-1/labels", {"was": ["law"]})
    assert world.browser("olga").post(address, {"seen": "0"}).headers["Location"] == LABELS
    assert known(world) == {} and sound(world)


def test_an_earlier_edit_is_undone_under_the_name_of_today(world: World) -> None:
    put(world, world.item("One"), "desing", "law")
    world.browser("dev").post("/items/FE-1/labels", {"was": ["desing", "law"], "label": ["law"]})
    version = world.version()
    rename(world, "desing", "design")
    undo(world, "dev", version)
    assert labels(world, "FE-1") == ["design", "law"] and list(known(world)) == ["design", "law"]


def test_a_name_that_is_taken_again_does_not_come_back(world: World) -> None:
    put(world, world.item("One"), "desing")
    rename(world, "desing", "design")
    version = world.version()
    put(world, world.item("Two"), "desing")
    answer = world.browser("dora").post(f"/products/FE/undo/{version}", hx=True)
    assert answer.status_code == 409 and "the old name can’t come back" in unescape(answer.text)
    assert world.browser("dev").post(f"/products/FE/undo/{version}", hx=True).status_code in (403, 409)


def test_a_row_whose_form_was_open_meanwhile_does_not_bring_the_old_name_back(world: World) -> None:
    put(world, world.item("One"), "desing", "law")
    form = world.browser("dev").get("/items/FE-1/line", hx=True).text
    was = re.findall(r'name="was_labels" value="([^"]*)"', form)[0]
    assert was == "desing, law"
    rename(world, "desing", "design")
    sent = {"title": "One", "revision": re.findall(r'name="revision" value="(\d+)"', form)[0], "was_labels": was}
    assert world.browser("dev").post("/items/FE-1/line", {**sent, "labels": was, "size": "L"}).status_code == 303
    assert labels(world, "FE-1") == ["design", "law"]
    sent["revision"] = str(world.found("FE-1").revision)
    world.browser("dev").post("/items/FE-1/line", {**sent, "labels": "desing, app"})
    assert labels(world, "FE-1") == ["app", "design"] and list(known(world)) == ["app", "design", "law"]


def test_what_is_ticked_under_an_old_name_is_the_label_that_has_another_one_by_now(world: World) -> None:
    put(world, world.item("One"), "desing", "law")
    ref, browser = world.item("Two"), world.browser("dev")
    forms = [browser.get(path, hx=True).text for path in ("/items/FE-1/labels", f"/products/FE/labels?items={ref}")]
    one, many = (re.findall(r'name="version" value="(\d+)"', form)[0] for form in forms)
    rename(world, "desing", "design")
    assert browser.post("/products/FE/labels", {"items": ref, "on": "desing", "version": many}).status_code == 303
    assert labels(world, ref) == ["design"]
    browser.post("/items/FE-1/labels", {"was": ["desing", "law"], "label": ["law"], "version": one})
    assert labels(world, "FE-1") == ["law"] and list(known(world)) == ["design", "law"]
    browser.post("/items/FE-1/labels", {"was": ["law"], "label": ["law", "desing"], "version": one})
    assert labels(world, "FE-1") == ["design", "law"] and list(known(world)) == ["design", "law"]


def test_an_address_that_names_a_label_that_is_gone_shows_a_board(world: World) -> None:
    put(world, world.item("One", "Ready"), "law")
    world.browser("olga").post(f"{LABELS}/{known(world)['law']}/remove", {"seen": "1"})
    for address in ("/products/FE/board?label=law", '/search?q=label:"law"'):
        assert world.browser("dev").get(address).status_code == 200


@pytest.mark.parametrize("act", ["rename", "merge", "remove"])
def test_it_takes_as_many_statements_for_many_items_as_for_few(world: World, act: str) -> None:
    counts = []
    for many in (2, 20):
        into = f"into{many}"
        put(world, world.item("Other"), into)
        for _ in range(many):
            put(world, world.item("One"), f"law{many}")
        ids, browser = known(world), world.browser("olga")
        address, form = {
            "rename": (f"{LABELS}/{ids[f'law{many}']}", {"name": f"new{many}"}),
            "merge": (f"{LABELS}/{ids[f'law{many}']}", {"name": into, "into": str(ids[into])}),
            "remove": (f"{LABELS}/{ids[f'law{many}']}/remove", {"seen": "99"}),
        }[act]
        with counting() as asked:
            assert browser.post(address, form).status_code == 303
        counts.append(len(asked))
    assert counts[0] == counts[1] < 20
    assert sound(world)
