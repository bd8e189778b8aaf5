"""The problem register over the API."""

from tests.api.conftest import Program, Programs
from tests.builders import World, sound

PROBLEMS = "/products/FE/problems"


def test_a_problem_is_raised_changed_closed_and_listed(olga: Program, program: Programs, world: World) -> None:
    made = olga.post(PROBLEMS, {"text": "The bank is slow", "due_on": "2026-03-20"})
    assert made.status_code == 201, made.json
    assert (made.json["number"], made.json["due_on"], made.json["changed"]) == (1, "2026-03-20", True)
    changed = olga.patch(f"{PROBLEMS}/1", {"owner": "Nils", "due_on": None, "revision": 1})
    assert (changed.json["owner"], changed.json["due_on"], changed.json["text"]) == ("Nils", None, "The bank is slow")
    olga.post(PROBLEMS, {"text": "Two"})
    ended = olga.post(f"{PROBLEMS}/1/close", {"ending": "They hurried"})
    assert (ended.json["ending"], ended.json["closed_on"] is not None) == ("They hurried", True)
    seen = program("vic")
    assert [each["number"] for each in seen.get(PROBLEMS).json["data"]] == [1, 2]
    assert [each["number"] for each in seen.get(PROBLEMS, state="open").json["data"]] == [2]
    assert [each["number"] for each in seen.get(PROBLEMS, state="ended").json["data"]] == [1]
    page = seen.get(PROBLEMS, limit=1).json
    assert [each["number"] for each in seen.get(PROBLEMS, after=page["next"]).json["data"]] == [2]
    assert sound(world)


def test_what_the_register_refuses(olga: Program, program: Programs) -> None:
    olga.post(PROBLEMS, {"text": "One"})
    stale = olga.patch(f"{PROBLEMS}/1", {"text": "Other", "revision": 7})
    assert (stale.status_code, stale.json["code"], stale.json["current"]["text"]) == (409, "stale_revision", "One")
    assert olga.patch(f"{PROBLEMS}/1", {"text": " "}).status_code == 422
    assert olga.post(PROBLEMS, {"text": "x", "colour": "red"}).status_code == 422
    assert olga.patch(f"{PROBLEMS}/9", {"text": "x"}).status_code == 404
    assert program("dev").post(PROBLEMS, {"text": "x"}).status_code == 403
    assert program("sam").get(PROBLEMS).status_code == 404
