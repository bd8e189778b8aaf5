"""Items over HTTP: reading one, every change to it, for each role; conflicts, bad input, hostile text."""

import datetime as dt
import html as html_module
import re

import pytest

from kanban import clock
from kanban.models import User
from tests.builders import World

SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)>\"' &amp; 🚢 שלום"
ALL = ("olga", "dora", "lea", "dev", "vic")


@pytest.fixture
def ref(world: World) -> str:
    """An item in the backlog with two criteria."""
    return world.item("Refunds", criteria=("Within an hour", "In full"), description="Because of the *storm*.")


def words(answer_text: str) -> str:
    return html_module.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer_text)))


# Reading


@pytest.mark.parametrize("who", ALL)
def test_every_member_reads_an_item(world: World, ref: str, who: str) -> None:
    html = world.browser(who).get(f"/items/{ref}").text
    assert "Refunds" in html
    assert "<em>storm</em>" in html
    assert "Within an hour" in html


def test_a_stranger_and_a_wrong_reference_find_the_same_nothing(world: World, ref: str) -> None:
    sam, olga = world.browser("sam"), world.browser("olga")
    assert sam.get(f"/items/{ref}").status_code == 404
    for wrong in ("FE-99", "XX-1", "FE-x", "nonsense", "FE-99999999999"):
        assert olga.get(f"/items/{wrong}").status_code == 404


def test_a_reference_may_be_written_small(world: World, ref: str) -> None:
    assert world.browser("olga").get(f"/items/{ref.lower()}").status_code == 200


def test_the_panel_gets_the_item_without_the_page_around_it(world: World, ref: str) -> None:
    html = world.browser("dev").get(f"/items/{ref}", hx=True).text
    assert "<html" not in html
    assert f'data-item-open="{ref}"' in html


def test_who_only_reads_gets_no_form(world: World, ref: str) -> None:
    html = world.browser("vic").get(f"/items/{ref}", hx=True).text
    assert "<form" not in html
    assert "<textarea" not in html


def test_what_an_item_has_none_of_is_one_row_and_nothing_to_who_only_reads(world: World, ref: str) -> None:
    bare = world.item("Bare")
    heads = {who: re.findall(r"<h3[^>]*>([^<]+?) *<", world.browser(who).get(f"/items/{bare}").text) for who in ALL}
    assert heads == {**dict.fromkeys(("olga", "dora", "lea", "dev"), ["Comments", "History"]), "vic": ["History"]}
    rows = {who: words(world.browser(who).get(f"/items/{bare}").text.partition('id="firsts"')[2]) for who in ALL}
    for name in ("Criterion", "Question", "Decision", "Need", "Part", "File", "Promise"):
        assert f" {name} " in rows["olga"].partition(" Comments ")[0]
    assert rows["vic"] == ""
    full = world.browser("olga").get(f"/items/{ref}").text
    assert full.index("Accepted when") < full.index('id="new-criterion"') < full.index('id="firsts"')


def test_a_lead_may_talk_but_change_nothing(world: World, ref: str) -> None:
    html = world.browser("lea").get(f"/items/{ref}", hx=True).text
    actions = set(re.findall(r'hx-post="([^"]+)"', html))
    assert actions == {f"/items/{ref}/comments", f"/items/{ref}/questions"}


def test_a_developer_is_not_offered_what_is_the_owners(world: World, ref: str) -> None:
    html = world.browser("dev").get(f"/items/{ref}", hx=True).text
    assert "/criteria/1/tick" in html
    assert "/criteria/1/remove" not in html
    assert "/discard" not in html
    assert "/discard" in world.browser("dora").get(f"/items/{ref}", hx=True).text


def test_the_history_is_in_words_with_names(both: World) -> None:
    ref = both.item("Refunds")
    both.move(ref, "Ready")
    both.change(ref, "block", "No contract", by="dev", waiting_for="the bank")
    both.ask(ref, "How soon?", by="dev")
    text = words(both.browser("vic").get(f"/items/{ref}").text)
    assert "Olga moved it from Backlog to Ready" in text
    assert "Dev blocked it, waiting for the bank: No contract" in text
    assert "Dev asked Olga: “How soon?”" in text


def test_age_counts_from_the_start_and_waiting_from_the_writing_down(world: World) -> None:
    waiting, started = world.item("Refunds"), world.item("Seats", "In progress")
    assert "Waiting since today" in words(world.browser("olga").get(f"/items/{waiting}").text)
    assert "Age 1 day" in words(world.browser("olga").get(f"/items/{started}").text)


# Text


def test_an_edit_changes_the_text_and_its_revision(both: World) -> None:
    ref = both.item("Refunds")
    form = {"section": "text", "revision": 1, "title": "Refund a ticket", "description": "Up to two hours before."}
    answer = both.browser("dev").post(f"/items/{ref}/edit", form, hx=True)
    assert answer.status_code == 200
    assert "Refund a ticket" in answer.text
    item = both.found(ref)
    assert (item.title, item.description, item.revision) == ("Refund a ticket", "Up to two hours before.", 2)
    assert "Dev changed the title" in words(answer.text)


def test_a_stale_edit_shows_both_texts_and_overwrites_nothing(both: World) -> None:
    ref = both.item("Refunds")
    both.change(ref, "edit", {"title": "Theirs", "description": "Their story"}, revision=1, by="dora")
    form = {"section": "text", "revision": 1, "title": "Mine", "description": "My story"}
    answer = both.browser("dev").post(f"/items/{ref}/edit", form, hx=True)
    assert answer.status_code == 409
    assert answer.text.startswith('<hx-partial hx-target="#item"')
    assert ">Mine</textarea>" in answer.text
    assert "My story</textarea>" in answer.text
    assert "Their story" in answer.text
    assert "Dora has changed this in the meantime." in words(answer.text)
    assert 'name="revision" value="2"' in answer.text
    assert both.found(ref).title == "Theirs"
    again = both.browser("dev").post(f"/items/{ref}/edit", {**form, "revision": 2}, hx=True)
    assert again.status_code == 200
    assert both.found(ref).title == "Mine"


def test_without_script_a_stale_edit_is_a_page_with_both_texts(world: World, ref: str) -> None:
    world.change(ref, "edit", {"title": "Theirs"}, revision=1)
    answer = world.browser("dev").post(f"/items/{ref}/edit", {"revision": 1, "title": "Mine"})
    assert answer.status_code == 409
    assert "<html" in answer.text
    assert "Theirs" in answer.text
    assert ">Mine</textarea>" in answer.text


def test_an_edit_that_changes_nothing_takes_no_version(world: World, ref: str) -> None:
    before = world.version()
    assert (
        world.browser("olga").post(f"/items/{ref}/edit", {"revision": 1, "title": "Refunds"}, hx=True).status_code
        == 200
    )
    assert world.version() == before


def test_a_title_too_long_is_named_beside_its_field(world: World, ref: str) -> None:
    answer = world.browser("olga").post(
        f"/items/{ref}/edit", {"revision": 1, "title": "x" * 301, "description": "Kept"}, hx=True
    )
    assert answer.status_code == 422
    assert "at most 300 characters" in answer.text
    assert "Kept</textarea>" in answer.text


def test_labels_are_made_kept_and_taken_off(world: World, ref: str) -> None:
    olga = world.browser("olga")
    olga.post(f"/items/{ref}/edit", {"section": "facts", "revision": 1, "labels": "Harbour, money"})
    olga.post(f"/items/{ref}/edit", {"section": "facts", "revision": 2, "labels": "harbour"})
    assert [label.name for label in world.found(ref).labels] == ["Harbour"]
    assert olga.post(f"/items/{ref}/edit", {"section": "facts", "revision": 3, "labels": "x" * 41}).status_code == 422


def test_an_edit_tells_its_revision_and_how_to_take_it_back(both: World) -> None:
    ref = both.item("Refunds")
    dev = both.browser("dev")
    answer = dev.post(f"/items/{ref}/edit", {"section": "text", "revision": 1, "title": "Refund a ticket"}, hx=True)
    assert answer.headers["X-Kanban-Revision"] == "2"
    assert "You changed the title of FE-1." in words(answer.text)
    undo = re.search(r'action="(/products/FE/undo/\d+)"', answer.text)
    assert undo
    assert dev.post(undo[1], hx=True).status_code == 200
    assert both.found(ref).title == "Refunds"


def test_an_edit_that_changes_nothing_offers_nothing_to_take_back(world: World, ref: str) -> None:
    answer = world.browser("olga").post(f"/items/{ref}/edit", {"revision": 1, "title": "Refunds"}, hx=True)
    assert "/undo/" not in answer.text
    assert answer.headers["X-Kanban-Revision"] == "1"


@pytest.mark.parametrize(("title", "revision"), [("Refund a ticket", "2"), ("Refunds", "1")])
def test_an_edit_sent_again_tells_the_revision_that_it_came_to(both: World, title: str, revision: str) -> None:
    ref, dev = both.item("Refunds"), both.browser("dev")
    for _ in range(2):
        answer = dev.post(f"/items/{ref}/edit", {"revision": 1, "title": title, "command": "c1"}, hx=True)
        assert (answer.status_code, answer.headers["X-Kanban-Revision"]) == (200, revision)
    assert "X-Kanban-Replay" in answer.headers


def test_what_nobody_else_changed_is_saved_from_an_older_text_too(both: World) -> None:
    ref = both.item("Refunds")
    both.change(ref, "edit", {"title": "Theirs", "size": "S"}, revision=1, by="dora")
    both.change(ref, "edit", {"size": ""}, revision=2, by="dora")
    form = {"section": "text", "revision": 1, "description": "My story\r\n"}
    assert both.browser("dev").post(f"/items/{ref}/edit", form, hx=True).status_code == 200
    # Both wrote the same, and what had gone back to what it was: nothing is lost.
    same = {"section": "text", "revision": 1, "title": "Theirs", "size": "L"}
    assert both.browser("dev").post(f"/items/{ref}/edit", same, hx=True).status_code == 200
    item = both.found(ref)
    assert (item.title, item.description, item.size) == ("Theirs", "My story", "L")


def test_ones_own_words_from_another_window_are_not_replaced_unasked(world: World, ref: str) -> None:
    dev = world.browser("dev")
    dev.post(f"/items/{ref}/edit", {"section": "text", "revision": 1, "title": "From the phone"}, hx=True)
    late = dev.post(f"/items/{ref}/edit", {"section": "text", "revision": 1, "title": "From the desk"}, hx=True)
    assert late.status_code == 409
    assert "You have changed this in another window in the meantime." in words(late.text)
    for revision in (0, 9, -1):
        unknown = {"section": "text", "revision": revision, "title": "Of nowhere"}
        assert dev.post(f"/items/{ref}/edit", unknown, hx=True).status_code == 409
    assert world.found(ref).title == "From the phone"


def test_an_item_discarded_meanwhile_is_said_to_be_so_and_not_in_conflict(world: World, ref: str) -> None:
    world.change(ref, "edit", {"title": "Theirs"}, revision=1)
    world.change(ref, "discard", "Not needed")
    late = world.browser("dev").post(f"/items/{ref}/edit", {"revision": 1, "title": "Mine"}, hx=True)
    assert late.status_code == 409
    assert late.headers.get("X-Kanban-Code") != "stale"


def test_one_value_in_conflict_keeps_only_its_own_form_open(world: World, ref: str) -> None:
    world.change(ref, "edit", {"size": "S"}, revision=1)
    form = {"section": "facts", "revision": 1, "size": "XL"}
    answer = world.browser("dev").post(f"/items/{ref}/edit", form, hx=True)
    assert (answer.status_code, answer.headers["X-Kanban-Code"]) == (409, "stale")
    assert answer.text.count("data-conflict") == 1
    assert 'value="XL"' in answer.text
    assert world.found(ref).size == "S"


@pytest.mark.parametrize(("who", "status"), [("olga", 200), ("dev", 200), ("vic", 403), ("sam", 404)])
def test_a_preview_shows_the_text_as_it_would_be_and_keeps_nothing(
    world: World, ref: str, who: str, status: int
) -> None:
    before = world.version()
    answer = world.browser(who).post(
        f"/items/{ref}/preview", {"description": "**Loud** @Deb <script>x</script>"}, hx=True
    )
    assert answer.status_code == status
    if status == 200:
        assert "<strong>Loud</strong>" in answer.text
        assert '<span class="mention">@Deb</span>' in answer.text
        assert "<script>" not in answer.text
    assert world.version() == before


def test_without_script_a_preview_is_the_page_with_the_form_still_filled(world: World, ref: str) -> None:
    html = world.browser("dev").post(f"/items/{ref}/preview", {"description": "**Loud**"}).text
    assert "<html" in html
    assert "<strong>Loud</strong>" in html
    assert "**Loud**</textarea>" in html


def test_the_history_says_by_words_what_was_removed_and_added(world: World, ref: str) -> None:
    world.change(ref, "edit", {"description": "Because of the *flood*."}, revision=1)
    html = world.browser("vic").get(f"/items/{ref}").text
    assert re.search(r"<del>.*?storm.*?</del>\s*<ins>.*?flood.*?</ins>", html, re.DOTALL)
    assert "[removed: storm end of removed]" in words(html)
    assert "[added: flood end of added]" in words(html)


def test_a_long_difference_is_folded(world: World, ref: str) -> None:
    world.change(ref, "edit", {"description": "word " * 200}, revision=1)
    assert "What changed" in words(world.browser("vic").get(f"/items/{ref}").text)


# People


def test_people_are_set_by_ticks(both: World) -> None:
    ref = both.item("Refunds")
    deb, dev = both.ids["deb"], both.ids["dev"]
    both.browser("dev").post(f"/items/{ref}/assign", {"people": [str(deb), str(dev)]})
    assert [user.name for user in both.found(ref).assignees] == ["Deb", "Dev"]
    both.browser("dev").post(f"/items/{ref}/assign", {})
    assert both.found(ref).assignees == []


def test_assign_me_keeps_whoever_has_it(world: World, ref: str) -> None:
    world.browser("deb").post(f"/items/{ref}/assign-me")
    html = world.browser("dev").post(f"/items/{ref}/assign-me", hx=True).text
    assert [user.name for user in world.found(ref).assignees] == ["Deb", "Dev"]
    assert "Assign me" not in html


def test_who_has_it_already_is_shown_it_at_the_version_that_is(world: World, ref: str) -> None:
    world.browser("dev").post(f"/items/{ref}/assign-me")
    html = world.browser("dev").post(f"/items/{ref}/assign-me", hx=True).text
    assert re.findall(r'id="item".*? data-version="(\d+)"', html) == [str(world.version())]


def test_nobody_outside_the_product_can_be_assigned(world: World, ref: str) -> None:
    answer = world.browser("olga").post(
        f"/items/{ref}/assign", {"people": [str(world.ids["sam"]), str(world.ids["dev"])]}
    )
    assert answer.status_code == 409
    assert world.found(ref).assignees == []


# Talk


def test_comments_are_markdown_in_order_with_their_authors(both: World) -> None:
    ref = both.item("Refunds")
    both.browser("dev").post(f"/items/{ref}/comments", {"body": "Is it **urgent**?"})
    text = both.browser("lea").post(f"/items/{ref}/comments", {"body": "It is."}, hx=True).text
    assert "<strong>urgent</strong>" in text
    assert text.index("urgent") < text.index("It is.")


def test_a_moment_is_told_as_the_readers_day(world: World, ref: str) -> None:
    """Half past eleven at night in London is tomorrow in Oslo."""
    with clock.at(dt.datetime(2026, 11, 10, 23, 30, tzinfo=dt.UTC)):
        world.change(ref, "comment", "Late.", by="dev")
    with world.writing() as session:
        session.get_one(User, world.ids["vic"]).time_zone = "Europe/Oslo"
    assert "10 Nov" in words(world.browser("dev").get(f"/items/{ref}").text)
    told = words(world.browser("vic").get(f"/items/{ref}").text)
    assert "11 Nov" in told
    assert "10 Nov" not in told


def test_an_empty_comment_is_refused(world: World, ref: str) -> None:
    assert world.browser("dev").post(f"/items/{ref}/comments", {"body": " "}, hx=True).status_code == 422


def test_a_person_named_with_an_at_stands_out_and_a_stranger_does_not(world: World, ref: str) -> None:
    html = world.browser("dev").post(f"/items/{ref}/comments", {"body": "@Olga and @Sam, see `@Olga`"}, hx=True).text
    assert html.count('<span class="mention">@Olga</span>') == 1
    assert "@Sam" in html
    assert '"mention">@Sam' not in html


def test_only_members_are_offered_for_naming_and_only_to_those_who_write(world: World, ref: str) -> None:
    offered = re.search(r'data-members="([^"]*)"', world.browser("dev").get(f"/items/{ref}", hx=True).text)
    assert offered
    assert "Olga" in offered[1]
    assert "Sam" not in offered[1]
    assert "data-members" not in world.browser("vic").get(f"/items/{ref}", hx=True).text


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("comments", {"body": "Only once"}),
        ("criteria", {"text": "Only once"}),
        ("parts", {"title": "Only once"}),
        ("questions", {"body": "Only once?"}),
    ],
)
def test_a_form_sent_twice_has_one_effect_and_a_new_one_a_second(both: World, path: str, form: dict[str, str]) -> None:
    ref = both.item("Refunds")
    dora, before = both.browser("dora"), both.version()
    first, second = (_command(dora.get(f"/items/{ref}", hx=True).text, f"/items/{ref}/{path}") for _ in range(2))
    assert first != second
    for command in (first, first, second):
        assert dora.post(f"/items/{ref}/{path}", {**form, "command": command}, hx=True).status_code == 200
    assert both.version() == before + 2


def test_another_text_under_a_used_command_is_kept_in_its_form(world: World, ref: str) -> None:
    dev = world.browser("dev")
    dev.post(f"/items/{ref}/comments", {"body": "First", "command": "abc"}, hx=True)
    answer = dev.post(f"/items/{ref}/comments", {"body": "Second", "command": "abc"}, hx=True)
    assert answer.status_code == 422
    assert "Second</textarea>" in answer.text
    assert "This form has already been sent once." in answer.text


def _command(html: str, action: str) -> str:
    form = re.search(rf'<form[^>]*action="{action}".*?</form>', html, re.DOTALL)
    assert form
    command = re.search(r'name="command" value="([^"]+)"', form[0])
    assert command
    return command[1]


# Blocked, discarded


def test_a_block_has_a_reason_and_is_taken_off_again(both: World) -> None:
    ref = both.item("Refunds", "In progress")
    dev = both.browser("dev")
    assert dev.post(f"/items/{ref}/block", {"reason": ""}, hx=True).status_code == 422
    answer = dev.post(f"/items/{ref}/block", {"reason": "No contract", "waiting_for": "the bank"}, hx=True)
    assert "is blocked" in answer.text
    assert "Waiting on the bank since" in dev.get(f"/items/{ref}").text
    dev.post(f"/items/{ref}/unblock")
    assert not both.found(ref).open_blocks


def test_what_a_question_holds_up_is_not_unblocked_by_hand(world: World) -> None:
    ref = world.item("Refunds", "In progress")
    world.ask(ref, "How soon?", blocking=True)
    dev = world.browser("dev")
    html = dev.get(f"/items/{ref}").text
    assert "Waiting on Olga since" in html
    assert "/unblock" not in html
    assert dev.post(f"/items/{ref}/unblock", hx=True).status_code == 409


def test_discarding_needs_a_reason_and_can_be_taken_back(both: World) -> None:
    ref = both.item("Refunds")
    olga = both.browser("olga")
    assert olga.post(f"/items/{ref}/discard", {"reason": " "}, hx=True).status_code == 422
    olga.post(f"/items/{ref}/discard", {"reason": "Nobody asked for it"})
    assert both.order() == []
    html = olga.get(f"/items/{ref}").text
    assert "Discarded: Nobody asked for it" in html
    assert "/restore" in html
    assert "/edit" not in html
    olga.post(f"/items/{ref}/restore")
    assert both.order() == ["Refunds"]


def test_the_small_forms_stand_on_pages_of_their_own(world: World, ref: str) -> None:
    olga = world.browser("olga")
    for verb in ("block", "discard"):
        assert "<html" in olga.get(f"/items/{ref}/{verb}").text
        assert "<html" not in olga.get(f"/items/{ref}/{verb}", hx=True).text


# Who may do what

VERBS = [
    ("edit", {"revision": "1", "title": "Other"}, ("olga", "dora", "dev")),
    ("assign", {"people": ""}, ("olga", "dora", "dev")),
    ("assign-me", {}, ("olga", "dora", "dev")),
    ("criteria", {"text": "More"}, ("olga", "dora")),
    ("criteria/1", {"text": "Other"}, ("olga", "dora")),
    ("criteria/1/remove", {}, ("olga", "dora")),
    ("criteria/1/tick", {"met": "1"}, ("olga", "dora", "dev")),
    ("comments", {"body": "Hello"}, ("olga", "dora", "lea", "dev")),
    ("parts", {"title": "Part"}, ("olga", "dora", "dev")),
    ("part-of", {"whole": ""}, ("olga", "dora", "dev")),
    ("block", {"reason": "Because"}, ("olga", "dora", "dev")),
    ("unblock", {}, ("olga", "dora", "dev")),
    ("discard", {"reason": "Because"}, ("olga", "dora")),
    ("questions", {"body": "Why?", "addressee": ""}, ("olga", "dora", "lea", "dev")),
]


@pytest.mark.parametrize(("verb", "form", "allowed"), VERBS, ids=[verb for verb, _form, _allowed in VERBS])
def test_each_verb_is_for_those_the_policy_names(
    world: World, ref: str, verb: str, form: dict[str, str], allowed: tuple[str, ...]
) -> None:
    before = world.version()
    for who in (*ALL, "sam"):
        if who not in allowed:
            answer = world.browser(who).post(f"/items/{ref}/{verb}", form)
            assert answer.status_code == (404 if who == "sam" else 403), who
    assert world.version() == before
    for who in allowed:
        assert world.browser(who).post(f"/items/{ref}/{verb}", form).status_code in (303, 409), who


def test_only_the_owners_side_restores(world: World, ref: str) -> None:
    world.change(ref, "discard", "Because")
    for who, status in {"vic": 403, "lea": 403, "dev": 403, "sam": 404, "dora": 303}.items():
        assert world.browser(who).post(f"/items/{ref}/restore").status_code == status


def test_somebody_who_left_can_do_nothing_any_more(world: World, ref: str) -> None:
    dev = world.browser("dev")
    world.let_go("dev")
    assert dev.post(f"/items/{ref}/comments", {"body": "Still here"}).status_code == 404
    assert dev.get(f"/items/{ref}").status_code == 404


# Hostile and odd text

PROBES = [
    SCRIPT,
    "[click](javascript:alert(1)) ![x](http://tracker.example/p.gif)",
    "\u202egnirts sdrawkcab \u0645\u0631\u062d\u0628\u0627",
    "</textarea><script>alert(1)</script>",
    "👩‍🚀" * 40,
    "%s %(who)s {{ 7*7 }} {% if %}",
]


@pytest.mark.parametrize("probe", PROBES)
def test_no_text_of_people_becomes_markup(world: World, ref: str, probe: str) -> None:
    olga, dev = world.browser("olga"), world.browser("dev")
    olga.post(f"/items/{ref}/edit", {"revision": 1, "title": probe, "description": probe})
    olga.post(f"/items/{ref}/criteria", {"text": probe})
    dev.post(f"/items/{ref}/comments", {"body": probe})
    dev.post(f"/items/{ref}/block", {"reason": probe, "waiting_for": probe})
    dev.post(f"/items/{ref}/questions", {"body": probe, "blocking": "1"})
    dev.post(f"/items/{ref}/parts", {"title": probe})
    for page in (f"/items/{ref}", "/products/FE/backlog", "/questions", f"/items/{ref}/discard"):
        html = olga.get(page).text
        assert "<script>alert" not in html
        assert "onerror=alert" not in re.sub(r"&lt;.*?&gt;", "", html)
        assert "javascript:" not in "".join(re.findall(r'(?:href|src)="([^"]*)"', html))
        assert "tracker.example" not in "".join(re.findall(r'src="([^"]*)"', html))
        assert "49" not in re.findall(r"<h2>(.*?)</h2>", html)
    assert world.found(ref).title == " ".join(probe.split())


def test_ten_thousand_characters_are_kept_and_shown(world: World, ref: str) -> None:
    story = ("The harbour changes its timetable twice a week. " * 250)[:10_000].strip()
    dev = world.browser("dev")
    dev.post(f"/items/{ref}/edit", {"revision": 1, "title": "Refunds", "description": story})
    dev.post(f"/items/{ref}/comments", {"body": story})
    dev.post(f"/items/{ref}/questions", {"body": story})
    assert world.found(ref).description == story
    assert dev.get(f"/items/{ref}").text.count(story[:9000]) >= 3


def test_the_criteria_of_a_discarded_item_stay_as_they_are(world: World) -> None:
    ref = world.item("One", criteria=("It holds",))
    world.change(ref, "discard", "Nobody needs it")
    olga = world.browser("olga")
    for path in ("criteria/1", "criteria/1/remove", "criteria/1/tick"):
        assert olga.post(f"/items/{ref}/{path}", {"text": "It floats", "met": "1"}, hx=True).status_code == 409, path
    assert [criterion.text for criterion in world.found(ref).criteria] == ["It holds"]


def test_the_newest_comments_stand_on_the_item_and_earlier_ones_a_page_further(world: World) -> None:
    ref = world.item("Import")
    for number in range(33):
        world.change(ref, "comment", f"Word {number}.")
    owner = world.browser("olga")
    page = owner.get(f"/items/{ref}").text
    assert "Word 2." not in page
    assert "Word 3." in page
    assert ">33<" in page
    [earlier] = re.findall(rf'href="(/items/{ref}/comments\?before=\d+)"', page)
    page = owner.get(earlier).text
    assert "Word 2." in page
    assert "Word 3." not in page
    assert "before=" not in page


@pytest.mark.parametrize(("column", "list_"), [("Backlog", "backlog"), ("Ready", "board"), ("Done", "board")])
def test_the_page_of_an_item_leads_back_to_where_it_stands(world: World, column: str, list_: str) -> None:
    ref = world.item("Sail", column)
    assert f'href="/products/FE/{list_}" aria-label="To the {list_}"' in world.browser("dev").get(f"/items/{ref}").text
