"""Files on an item over the API: several parts in, JSON about them, the bytes back, and the same refusals as on pages."""

from typing import Any

import pytest

from tests.api.conftest import Program, Programs
from tests.builders import World, sound


@pytest.fixture
def ref(world: World) -> str:
    return world.item("Refunds")


def send(program: Program, ref: str, *files: tuple[str, bytes], key: str | None = None) -> Any:
    """A form of several parts, as programs write it."""
    head = '--x\r\nContent-Disposition: form-data; name="file"; filename="{}"\r\nContent-Type: text/plain\r\n\r\n'
    body = b"\r\n".join([*(head.format(name).encode() + content for name, content in files), b"--x--\r\n"])
    kind = "multipart/form-data; boundary=x"
    return program.call("POST", f"/items/{ref}/attachments", None, key=key, data=body, content_type=kind)


def download(program: Program, ref: str, number: int) -> Any:
    answer = program.get(f"/items/{ref}/attachments/{number}")
    assert answer.data is not None
    answer.close()
    return answer


def test_files_are_sent_listed_downloaded_and_removed(both_worlds: World) -> None:
    program = Programs(both_worlds)
    ref = both_worlds.item("Refunds")
    made = send(program("dev"), ref, ("a.txt", b"hello"), ("b.txt", b"!"))
    assert made.status_code == 201
    assert made.json["changed"] is True
    assert made.json["version"] == both_worlds.version()
    first = made.json["data"][0]
    assert {name: first[name] for name in ("id", "name", "size", "type", "by")} == {
        "id": 1,
        "name": "a.txt",
        "size": 5,
        "type": "text/plain",
        "by": "dev@example.org",
    }
    assert first["at"].endswith("Z")
    listed = program("vic", "read").get(f"/items/{ref}/attachments").json["data"]
    assert listed == made.json["data"]
    assert program("vic", "read").get(f"/items/{ref}").json["attachments"] == listed
    assert download(program("vic", "read"), ref, 1).data == b"hello"
    gone = program("olga").delete(f"/items/{ref}/attachments/1")
    assert (gone.status_code, gone.json["data"]) == (200, [first])
    assert program("olga").delete(f"/items/{ref}/attachments/1").status_code == 404
    assert [file["id"] for file in program("olga").get(f"/items/{ref}").json["attachments"]] == [2]
    assert sound(both_worlds)


def test_the_same_key_hangs_a_file_once(world: World, ref: str, dev: Program) -> None:
    first = send(dev, ref, ("a.txt", b"hello"), key="k1")
    again = send(dev, ref, ("a.txt", b"hello"), key="k1")
    assert again.headers["Idempotent-Replay"] == "true"
    assert again.json == first.json
    assert send(dev, ref, ("a.txt", b"other"), key="k1").status_code == 422
    assert len(dev.get(f"/items/{ref}").json["attachments"]) == 1
    folder = world.app.config["KANBAN"].attachments_dir
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 1


def test_a_file_that_hangs_already_is_answered_as_it_is(both_worlds: World) -> None:
    ref, dev = both_worlds.item("Refunds"), Programs(both_worlds)("dev")
    first = send(dev, ref, ("a.txt", b"hello"))
    again = send(dev, ref, ("b.txt", b"!"), ("a.txt", b"hello"))
    assert (again.status_code, again.json["changed"]) == (201, True)
    assert [file["id"] for file in again.json["data"]] == [2, 1]
    both_files = send(dev, ref, ("b.txt", b"!"), ("a.txt", b"hello"))
    assert (both_files.status_code, both_files.json["changed"]) == (200, False)
    assert both_files.json["data"] == again.json["data"]
    assert both_files.json["data"][1] == first.json["data"][0]
    assert sound(both_worlds)


def test_refusals_are_problems_with_sentences(ref: str, program: Programs) -> None:
    dev = program("dev")
    assert send(program("dev", "read"), ref, ("a.txt", b"a")).json["code"] == "scope"
    assert send(program("vic"), ref, ("a.txt", b"a")).status_code == 403
    assert send(program("sam"), ref, ("a.txt", b"a")).status_code == 404
    assert dev.post(f"/items/{ref}/attachments", {"file": "a"}).status_code == 415
    nothing = send(dev, ref)
    assert nothing.json["errors"] == [{"field": "file", "message": "Choose 1 to 10 files."}]
    large = send(dev, ref, ("l.bin", bytes(20_000_001)))
    assert (large.status_code, large.json["code"]) == (422, "too_large")
    assert send(dev, ref, *[("l.bin", bytes(19_000_000))] * 11).status_code == 413
    send(program("olga"), ref, ("a.txt", b"a"))
    assert dev.delete(f"/items/{ref}/attachments/1").json["code"] == "not_allowed"


def test_a_stranger_finds_no_file(world: World, ref: str, program: Programs) -> None:
    other = world.item("Fares")
    send(program("dev"), ref, ("a.txt", b"a"))
    for path in (f"/items/{ref}/attachments", f"/items/{ref}/attachments/1"):
        assert program("sam").get(path).status_code == 404
    assert program("sam").delete(f"/items/{ref}/attachments/1").status_code == 404
    assert program("olga").get(f"/items/{other}/attachments/1").status_code == 404


def test_the_log_and_the_export_name_the_files(ref: str, olga: Program) -> None:
    send(olga, ref, ("a.txt", b"a"))
    events = olga.get("/products/FE/events").json["data"]
    assert [event["data"] for event in events if event["kind"] == "attached"] == [
        {"attachment": 1, "name": "a.txt", "size": 1}
    ]
    [item] = olga.get("/products/FE/export.json").json["items"]
    assert item["attachments"] == ["a.txt"]
