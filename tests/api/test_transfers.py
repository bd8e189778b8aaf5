"""Lists in and out over the API, and that what goes out comes back unchanged."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from kanban.reads import locked
from kanban.reads.items.api_items import read_api_items
from tests.api.conftest import Program, Programs
from tests.builders import World, sound
from tests.renaming import rename_after

DATA = Path(__file__).parent.parent / "data"


def send(program: Program, data: bytes | str, key: str = "FE", **query: object) -> Any:
    headers = {"Authorization": f"Bearer {program.secret}"}
    return program.client.post(
        f"/api/v1/products/{key}/import", data=data, content_type="text/csv", headers=headers, query_string=query
    )


class TestImport:
    @pytest.fixture
    def world(self, both_worlds: World) -> World:
        return both_worlds

    def test_a_list_comes_in_once(self, olga: Program, world: World) -> None:
        data = (DATA / "azure_devops_items.csv").read_bytes()
        first = send(olga, data)
        assert first.status_code == 200
        assert (first.json["created"], first.json["known"], first.json["changed"]) == (117, 0, True)
        assert {"column": "State", "field": "status"} in first.json["mapping"]
        again = send(olga, data).json
        assert (again["created"], again["known"], again["changed"]) == (0, 117, False)
        assert again["version"] == world.version() == first.json["version"]
        flow = olga.get("/products/FE/flow").json
        assert flow["percentiles"] == {"n": 88, "p50": 1, "p85": 2, "p95": 4}
        assert sound(world)


def test_a_rehearsal_changes_nothing(olga: Program, world: World) -> None:
    answer = send(olga, "Title,Done\nA,1\nB,0\n", dry_run=1)
    assert (answer.json["created"], answer.json["changed"], world.order()) == (2, False, [])
    assert answer.json["version"] == world.version()


def test_whom_a_list_names_holds_its_items_and_who_is_no_member_is_told(olga: Program, world: World) -> None:
    answer = send(olga, 'Title,Assignee\nA,"dev, Sam"\nB,vic@example.org\n')
    assert [note.partition(":")[0] for note in answer.json["notes"][:2]] == [
        "Not members of this product",
        "Leads and viewers can’t hold items",
    ]
    assert [olga.get(f"/items/{ref}").json["assignees"] for ref in ("FE-1", "FE-2")] == [["dev@example.org"], []]


def test_a_column_can_be_read_as_told(olga: Program, world: World) -> None:
    answer = send(olga, "Thing,Title\nA,ignored\n", map="Thing=title")
    assert answer.status_code == 200
    assert world.order() == ["A"]


def test_all_that_is_wrong_is_named_by_row_and_column(olga: Program, world: World) -> None:
    answer = send(olga, "Title,Finished\nA,2025-13-45\n,2025-01-01\n")
    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json["errors"]] == [
        "row 2, column “Finished”",
        "row 3, column “Title”",
    ]
    assert world.order() == []


def test_what_is_no_list_is_refused_with_a_sentence(olga: Program) -> None:
    assert send(olga, b"\x00\x01\x02").status_code == 409
    assert send(olga, "").status_code == 409
    assert send(olga, "One,Two\n1,2\n").json["code"] == "mapping"
    assert olga.post("/products/FE/import", {"list": "x"}).status_code == 415


def test_a_column_renamed_between_the_rehearsal_and_the_lock_is_looked_at_again(
    olga: Program, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename_after(world, monkeypatch, "kanban.blueprints.api.transfers.rehearse", "Acceptance")
    answer = send(olga, "Title,Status\nA,Soon\n")
    assert (answer.status_code, answer.json["created"]) == (200, 1)
    assert not any("neither a known status" in note for note in answer.json["notes"])
    assert world.order("Soon") == ["A"]


def test_a_file_may_be_sent_as_a_form_does(olga: Program, world: World) -> None:
    answer = olga.client.post(
        "/api/v1/products/FE/import",
        data={"file": (io.BytesIO(b"Title\nA\n"), "list.csv")},
        headers={"Authorization": f"Bearer {olga.secret}"},
    )
    assert (answer.status_code, world.order()) == (200, ["A"])


def test_only_the_owners_side_imports(program: Programs, world: World) -> None:
    answers = {name: send(program(name), "Title\nA\n").status_code for name in ("dora", "dev", "lea", "vic", "sam")}
    assert answers == {"dora": 200, "dev": 403, "lea": 403, "vic": 403, "sam": 404}


class TestExport:
    def test_a_table_comes_back_unchanged_elsewhere(self, olga: Program, world: World) -> None:
        olga.post(
            "/products/FE/items",
            [
                {"title": "=1+2", "description": '\'-quoted\nsecond line, "said"', "labels": ["@home", "+1"]},
                {"title": "'=already", "type": "bug", "column": "In progress"},
                {"title": "Gone"},
                {"title": "Finished", "column": "Done"},
                {"title": "Part", "column": "Ready"},
            ],
        )
        olga.post("/items/FE-3/discard", {"reason": "No"})
        olga.patch("/items/FE-5", {"revision": 1, "part_of": "FE-1"})
        olga.patch("/items/FE-5", {"revision": 1, "value": 4, "effort": 2, "size": "XL"})
        for ref in ("FE-1", "FE-4"):
            olga.put(f"/items/{ref}/assignees", ["olga@example.org"])
        answer = olga.get("/products/FE/export.csv")
        assert (answer.status_code, answer.mimetype) == (200, "text/csv")
        cells = list(csv.reader(io.StringIO(answer.text)))
        assert cells[1][1] == "'=1+2"
        olga.post("/products", {"key": "HR", "name": "Harbour"})
        back = send(olga, answer.data, key="HR")
        assert (back.status_code, back.json["created"]) == (200, 5)
        assert self.everything(world, "FE") == self.everything(world, "HR")
        points = olga.get("/items/HR-5").json
        assert (points["value"], points["effort"], points["size"]) == (4, 2, "XL")
        assert points["assignees"] == [] and olga.get("/items/HR-1").json["assignees"] == ["olga@example.org"]
        assert sound(world)

    def test_an_effort_in_hours_is_left_out_and_said(self, olga: Program) -> None:
        answer = send(olga, "Title,Value,Effort\nA,5,13\n")
        assert "from 1 to 5" in answer.text
        item = olga.get("/items/FE-1").json
        assert (item["value"], item["effort"]) == (5, None)

    def test_a_table_that_comes_back_to_where_it_is_from_adds_nothing(self, olga: Program) -> None:
        olga.post("/products/FE/items", [{"title": "A"}, {"title": "=B", "column": "Done"}])
        answer = send(olga, olga.get("/products/FE/export.csv").data).json
        assert (answer["created"], answer["known"]) == (0, 2)

    def test_the_document_has_everything_but_the_stakeholders(self, olga: Program, dev: Program) -> None:
        olga.post("/products/FE/items", {"title": "A", "column": "In progress"})
        olga.post("/products/FE/stakeholders", {"name": "Ada", "email": "ada@harbour.example"})
        dev.post("/items/FE-1/comments", {"body": "Said"})
        question = dev.post("/items/FE-1/questions", {"body": "Which?"}).json["id"]
        olga.post(f"/questions/{question}/answers", {"body": "That", "becomes": "decision"})
        olga.post("/products/FE/decisions", {"body": "Of no item"})
        answer = dev.get("/products/FE/export.json")
        [item] = answer.json["items"]
        assert [comment["body"] for comment in item["comments"]] == ["Said"]
        assert item["questions"][0]["answers"][0]["body"] == item["decisions"][0]["body"] == "That"
        assert [each["body"] for each in answer.json["decisions"]] == ["That", "Of no item"]
        assert (answer.json["product"]["key"], len(answer.json["columns"]), len(answer.json["members"])) == ("FE", 6, 6)
        assert "ada@harbour.example" not in answer.text

    def test_the_document_tells_the_requests_without_who_asked_to_those_who_see_them(
        self, olga: Program, dev: Program
    ) -> None:
        for name in ("Ada", "Bo"):
            olga.post("/products/FE/stakeholders", {"name": name, "email": f"{name.lower()}@harbour.example"})
        first, second, third = (
            olga.post(
                "/products/FE/requests", {"title": title, "body": "Please", "stakeholder": f"{who}@harbour.example"}
            )
            for title, who in (("Group trips", "ada"), ("Trips of groups", "bo"), ("Dogs", "bo"))
        )
        olga.post(f"/requests/{second.json['id']}/merge", {"into": first.json["id"]})
        olga.post(f"/requests/{first.json['id']}/accept", {"words": "Yes, in spring"})
        olga.post(f"/requests/{third.json['id']}/decline", {"reason": "Too many"})
        answer = olga.get("/products/FE/export.json")
        told = answer.json["requests"]
        assert [(each["number"], each["title"], each["state"]) for each in told] == [
            (1, "Group trips", "accepted"),
            (2, "Trips of groups", "duplicate"),
            (3, "Dogs", "declined"),
        ]
        assert (told[0]["item"], told[0]["supporters"], told[1]["duplicate_of"]) == ("FE-1", 1, 1)
        assert told[0]["steps"][-1] | {"at": ""} == {
            "kind": "accepted",
            "words": "Yes, in spring",
            "by": "olga@example.org",
            "at": "",
        }
        assert told[0]["asked_at"].endswith("Z") and told[2]["solved"] is None
        assert "harbour.example" not in answer.text and "Ada" not in answer.text
        others = dev.get("/products/FE/export.json")
        assert others.json["requests"] is None and "Group trips" in others.text, (
            "the item of that title is theirs to see"
        )
        assert "Dogs" not in others.text

    @staticmethod
    def everything(world: World, key: str) -> list[Any]:
        with world.reading() as session:
            product = locked.product_named(session, key)
            assert product is not None
            told = read_api_items(session, product)
            titles = {item.ref: item.title for item in told}
            return sorted(
                (
                    item.title,
                    item.description,
                    item.type,
                    item.labels,
                    item.size,
                    item.assignees,
                    item.column_name,
                    *(
                        at and at.replace(microsecond=0)
                        for at in (item.created_at, item.started_at, item.finished_at, item.discarded_at)
                    ),
                    titles.get(item.links.part_of or ""),
                    [titles[ref] for ref in item.links.parts],
                )
                for item in told
            )
