"""Questions over the API: asked, answered, sent back, and the queue of the costliest silence."""

import pytest

from tests.api.conftest import Program, Programs
from tests.builders import World, sound


@pytest.fixture
def world(both_worlds: World) -> World:
    return both_worlds


@pytest.fixture
def ref(world: World) -> str:
    return world.item("Hull", "In progress")


def ask(program: Program, ref: str, body: str = "Which red?", **more: object) -> int:
    answer = program.post(f"/items/{ref}/questions", {"body": body, **more})
    assert answer.status_code == 201, answer.json
    return int(answer.json["id"])


def test_a_question_goes_to_the_owner_and_a_blocking_one_holds_started_work_up(
    world: World, ref: str, dev: Program
) -> None:
    answer = dev.post(f"/items/{ref}/questions", {"body": "Which red?", "blocking": True, "needed_by": "2026-12-24"})
    question = answer.json
    assert (question["waiting_on"], question["asker"], question["state"]) == (
        "olga@example.org",
        "dev@example.org",
        "open",
    )
    assert (question["needed_by"], question["cost"], question["ref"]) == ("2026-12-24", "stops", ref)
    item = dev.get(f"/items/{ref}").json
    assert (item["open_questions"], item["blocked"]["waiting_for"]) == (1, "Olga")
    assert world.mails() == [("question_asked", "olga@example.org")]
    assert sound(world)


def test_an_answer_can_become_a_criterion(world: World, ref: str, dev: Program, olga: Program) -> None:
    number = ask(dev, ref, blocking=True)
    answered = olga.post(f"/questions/{number}/answers", {"body": "Signal red.", "becomes": "criterion"}).json
    assert (answered["state"], answered["waiting_on"]) == ("answered", "dev@example.org")
    assert [(each["kind"], each["body"], each["becomes"]) for each in answered["answers"]] == [
        ("answer", "Signal red.", "criterion")
    ]
    item = dev.get(f"/items/{ref}").json
    assert ([each["text"] for each in item["criteria"]], item["blocked"]) == (["Signal red."], None)
    accepted = dev.post(f"/questions/{number}/accept").json
    assert (accepted["state"], accepted["waiting_on"]) == ("accepted", None)
    assert dev.post(f"/questions/{number}/accept").json["changed"] is False
    assert sound(world)


def test_an_answer_that_does_not_help_goes_back(world: World, ref: str, dev: Program, olga: Program) -> None:
    number = ask(dev, ref)
    olga.post(f"/questions/{number}/answers", {"body": "Red.", "becomes": "decision"})
    back = dev.post(f"/questions/{number}/return", {"body": "Which one of the nine?"}).json
    assert (back["state"], back["waiting_on"]) == ("open", "olga@example.org")
    asked_back = olga.post(f"/questions/{number}/ask-back", {"body": "Which nine?"}).json
    assert asked_back["waiting_on"] == "dev@example.org"
    assert dev.post(f"/questions/{number}/reply", {"body": "See the list."}).json["waiting_on"] == "olga@example.org"
    assert dev.post(f"/questions/{number}/withdraw").json["state"] == "withdrawn"
    assert dev.post(f"/questions/{number}/withdraw").status_code == 409
    kinds = [each["kind"] for each in dev.get(f"/questions/{number}").json["answers"]]
    assert kinds == ["answer", "return", "ask_back", "reply"]
    assert sound(world)


def test_only_whoever_it_concerns_answers_or_accepts(ref: str, dev: Program, program: Programs) -> None:
    number = ask(dev, ref)
    assert program("deb").post(f"/questions/{number}/answers", {"body": "x"}).status_code == 403
    assert program("vic").post(f"/questions/{number}/answers", {"body": "x"}).status_code == 403
    assert program("sam").post(f"/questions/{number}/answers", {"body": "x"}).status_code == 404
    assert program("sam").get(f"/questions/{number}").status_code == 404
    assert program("dora").post(f"/questions/{number}/answers", {"body": "x"}).status_code == 201
    assert program("deb").post(f"/questions/{number}/accept").status_code == 403


@pytest.mark.parametrize("email", ["sam@example.org", "vic@example.org", "nobody@example.org"])
def test_who_cannot_answer_is_not_asked(ref: str, dev: Program, email: str) -> None:
    answer = dev.post(f"/items/{ref}/questions", {"body": "Which?", "addressee": email})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "addressee")


@pytest.mark.parametrize("becomes", ["criterion", "decision"])
def test_a_developer_who_is_asked_answers_but_keeps_nothing(
    ref: str, dev: Program, program: Programs, becomes: str, world: World
) -> None:
    number = ask(dev, ref, addressee="deb@example.org")
    before = world.version()
    refused = program("deb").post(f"/questions/{number}/answers", {"body": "Red.", "becomes": becomes})
    assert (refused.status_code, "product owner or a delegate" in refused.json["detail"]) == (403, True)
    assert world.version() == before
    assert program("deb").post(f"/questions/{number}/answers", {"body": "Red."}).status_code == 201
    assert sound(world)


class TestQueue:
    def test_the_costliest_silence_comes_first(self, world: World, ref: str, dev: Program, olga: Program) -> None:
        waiting = world.item("Sail")
        later = ask(dev, waiting, "Later?", needed_by="2027-01-02")
        sooner = ask(dev, waiting, "Sooner?", needed_by="2027-01-01")
        blocks = ask(dev, waiting, "Blocks?", blocking=True)
        stops = ask(dev, ref, "Stops?", blocking=True)
        queue = olga.get("/questions", state="open", waiting_on="me").json
        assert [question["id"] for question in queue["data"]] == [stops, blocks, sooner, later]
        assert [question["cost"] for question in queue["data"]] == ["stops", "blocks", "waits", "waits"]
        assert queue["next"] is None

    def test_it_comes_in_pages(self, world: World, ref: str, dev: Program, olga: Program) -> None:
        asked = [ask(dev, ref, f"Number {number}?") for number in range(5)]
        seen, after = [], None
        for _ in range(3):
            page = olga.get("/questions", limit=2, **({"after": after} if after else {})).json
            seen += [question["id"] for question in page["data"]]
            after = page["next"]
        assert (seen, after) == (asked, None)

    def test_it_holds_what_was_asked_for_and_nothing_foreign(self, ref: str, dev: Program, program: Programs) -> None:
        first, second = ask(dev, ref), ask(dev, ref, addressee="dora@example.org")
        assert [q["id"] for q in program("olga").get("/questions", waiting_on="me").json["data"]] == [first]
        assert [q["id"] for q in dev.get("/questions", waiting_on="dora@example.org").json["data"]] == [second]
        program("olga").post(f"/questions/{first}/answers", {"body": "So."})
        assert [q["id"] for q in dev.get("/questions", state="answered").json["data"]] == [first]
        assert program("sam").get("/questions").json["data"] == []

    @pytest.mark.parametrize("query", [{"state": "lost"}, {"limit": "501"}, {"limit": "many"}, {"after": "nowhere"}])
    def test_a_filter_that_cannot_be_used_is_named(self, olga: Program, query: dict[str, str]) -> None:
        answer = olga.get("/questions", **query)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, next(iter(query)))
