"""A command is carried out once: the same key again answers what the first time did."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.conftest import Program, Programs, column
from tests.builders import World, sound


@pytest.fixture
def world(both_worlds: World) -> World:
    return both_worlds


def test_the_same_key_again_answers_the_first_answer(olga: Program, world: World) -> None:
    first = olga.post("/products/FE/items", {"title": "One"}, key="make-1")
    world.item("Between")
    again = olga.post("/products/FE/items", {"title": "One"}, key="make-1")
    assert (again.status_code, again.json) == (first.status_code, first.json) == (201, first.json)
    assert "Idempotent-Replay" not in first.headers
    assert again.headers["Idempotent-Replay"] == "true"
    assert world.order() == ["One", "Between"]


def test_a_list_is_answered_again_in_full(olga: Program, world: World) -> None:
    body = [{"title": f"Item {number}"} for number in range(30)]
    first = olga.post("/products/FE/items", body, key="list")
    assert olga.post("/products/FE/items", body, key="list").json == first.json
    assert len(world.order()) == 30


def test_another_body_under_the_same_key_is_refused(olga: Program, world: World) -> None:
    olga.post("/products/FE/items", {"title": "One"}, key="k")
    answer = olga.post("/products/FE/items", {"title": "Two"}, key="k")
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "command")
    assert world.order() == ["One"]


def test_another_person_has_keys_of_their_own(olga: Program, dev: Program, world: World) -> None:
    assert olga.post("/products/FE/items", {"title": "One"}, key="k").status_code == 201
    assert dev.post("/products/FE/items", {"title": "One"}, key="k").status_code == 201
    assert world.order() == ["One", "One"]


def test_a_refusal_is_not_kept(olga: Program, world: World) -> None:
    doing = f"/products/FE/columns/{column(olga, 'In progress')}"
    world.item("One", "In progress")
    world.item("Two", "Ready")
    olga.patch(doing, {"wip_limit": 1, "wip_mode": "refuse"})
    assert olga.post("/items/FE-2/move", {"column": "In progress"}, key="m").status_code == 409
    olga.patch(doing, {"wip_limit": 2})
    moved = olga.post("/items/FE-2/move", {"column": "In progress"}, key="m")
    assert (moved.status_code, moved.json["changed"]) == (200, True)


def test_a_repeated_move_answers_with_its_first_version(olga: Program, world: World) -> None:
    world.item("One", "Ready")
    first = olga.post("/items/FE-1/move", {"column": "In progress"}, key="m").json
    olga.post("/items/FE-1/move", {"column": "Review"})
    again = olga.post("/items/FE-1/move", {"column": "In progress"}, key="m").json
    assert again == first
    assert olga.get("/items/FE-1").json["stage"] == "review"


def test_what_had_nothing_to_do_answers_the_same_again(olga: Program, world: World) -> None:
    world.item("One", "Ready")
    first = olga.post("/items/FE-1/move", {"column": "Ready"}, key="m")
    assert (first.json["changed"], first.json["version"]) == (False, world.version())
    olga.post("/items/FE-1/move", {"column": "Review"})
    version = world.version()
    again = olga.post("/items/FE-1/move", {"column": "Ready"}, key="m")
    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert again.headers["Idempotent-Replay"] == "true"
    assert olga.get("/items/FE-1").json["stage"] == "review"
    assert (world.version(), sound(world)) == (version, True)


def test_a_list_that_was_there_already_answers_the_same_again(olga: Program, world: World) -> None:
    person = {"name": "Ada", "email": "ada@example.org"}
    olga.post("/products/FE/stakeholders", person)
    first = olga.post("/products/FE/stakeholders", person, key="k")
    assert (first.status_code, first.json["changed"]) == (200, False)
    again = olga.post("/products/FE/stakeholders", person, key="k")
    assert (again.status_code, again.json) == (200, first.json)


def test_another_body_under_the_key_of_what_had_nothing_to_do_is_refused(olga: Program, world: World) -> None:
    world.item("One", "Ready")
    olga.post("/items/FE-1/move", {"column": "Ready"}, key="m")
    answer = olga.post("/items/FE-1/move", {"column": "Review"}, key="m")
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "command")
    assert olga.get("/items/FE-1").json["stage"] == "ready"


def test_a_replay_needs_the_right_to_see_still(olga: Program, program: Programs, world: World) -> None:
    dev = program("dev")
    dev.post("/products/FE/items", {"title": "One"}, key="k")
    world.let_go("dev")
    assert dev.post("/products/FE/items", {"title": "One"}, key="k").status_code == 404


def test_the_same_command_at_the_same_moment_is_carried_out_once(program: Programs, world: World) -> None:
    answers: list[tuple[int, object]] = []
    callers = [Program(world.app, program("olga").secret) for _ in range(6)]

    def make(caller: Program) -> None:
        answer = caller.post("/products/FE/items", {"title": "Once"}, key="same")
        answers.append((answer.status_code, answer.json["ref"]))

    threads = [threading.Thread(target=make, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) == {(201, "FE-1")}
    assert world.order() == ["Once"]
    assert sound(world)


def test_what_has_nothing_to_do_is_carried_out_once_while_others_move_the_same_item(
    program: Programs, world: World
) -> None:
    """Who came in between it and its memory would give it something to do the second time."""
    world.item("One", "Ready")
    callers = [Program(world.app, program("olga").secret) for _ in range(8)]

    def move(caller: Program, column: str, key: str | None) -> tuple[int, object]:
        answer = caller.post("/items/FE-1/move", {"column": column}, key=key)
        return answer.status_code, answer.json

    columns = ["Ready", "Ready", "Review", "Ready"] * 2
    for turn in range(5):
        keys = [None if column == "Review" else f"turn {turn}" for column in columns]
        with ThreadPoolExecutor(len(callers)) as pool:
            answers = list(pool.map(move, callers, columns, keys))
        assert {status for status, _ in answers} == {200}
        named = [answer for answer, key in zip(answers, keys, strict=True) if key]
        assert named == named[:1] * 6
        move(callers[0], "Ready", None)
    assert sound(world)


def test_a_key_has_bounds(olga: Program) -> None:
    assert olga.post("/products/FE/items", {"title": "One"}, key="k" * 101).status_code == 422
