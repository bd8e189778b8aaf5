"""Files on an item over HTTP: adding, sending and removing them, their limits, and what is left on the disk."""

import datetime as dt
import mimetypes
import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from kanban import clock
from kanban.attachments import Store
from kanban.background.duties import sweep_files
from kanban.config import Config
from kanban.reads.invariants import broken_invariants
from kanban.reads.items.attachments import missing_files
from tests.blueprints.test_hostile_races import at_once
from tests.builders import World

PAGE = b"<script>alert(1)</script>"


@pytest.fixture
def ref(world: World) -> str:
    return world.item("Refunds")


def form(*files: tuple[str, bytes], **fields: str) -> dict[str, Any]:
    """A form of several parts as a browser writes it: quotes in a name as %22."""
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
    body = [part.encode() for part in parts]
    for name, content in files:
        shown = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{shown}"\r\n'
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        body.append(f"{head}Content-Type: {kind}\r\n\r\n".encode() + content)
    return {
        "data": b"\r\n".join([*body, b"--x--\r\n"]),
        "content_type": "multipart/form-data; boundary=x",
    }


def add(world: World, ref: str, *files: tuple[str, bytes], who: str | None = "dev", hx: bool = False) -> TestResponse:
    browser = world.browser(who)
    headers = {"HX-Request": "true"} if hx else {}
    return browser.client.post(f"/items/{ref}/attachments", headers=headers, **form(*files, csrf_token=browser.token))


def got(world: World, ref: str, number: int, *, who: str = "olga", **headers: str) -> TestResponse:
    """A file as it was sent, read to its end."""
    answer = world.browser(who).client.get(f"/items/{ref}/attachments/{number}", headers=headers)
    assert answer.data is not None
    answer.close()
    return answer


def on_disk(world: World) -> list[Path]:
    config: Config = world.app.config["KANBAN"]
    return sorted(path for path in config.attachments_dir.rglob("*") if path.is_file())


def sound(world: World) -> bool:
    config: Config = world.app.config["KANBAN"]
    with world.reading() as session:
        assert broken_invariants(session) == []
        assert list(missing_files(session, Store(config.attachments_dir))) == []
    return True


def test_a_developer_adds_files_and_every_member_gets_them(both: World) -> None:
    ref = both.item("Refunds")
    answer = add(both, ref, ("fares.pdf", b"%PDF"), ("“new” 🚢.txt", b"hello"))
    assert answer.status_code == 303
    assert both.kinds() == ["attached", "attached"]
    for who in ("olga", "lea", "dev", "vic"):
        page = both.browser(who).get(f"/items/{ref}").text
        assert "fares.pdf" in page
        assert "“new” 🚢.txt" in page
        assert got(both, ref, 2, who=who).data == b"hello"
    assert "attached fares.pdf (4 bytes)" in both.browser("vic").get(f"/items/{ref}").text
    assert sound(both)


@pytest.mark.parametrize("hx", [False, True])
def test_files_that_are_sent_again_hang_once(both: World, hx: bool) -> None:
    ref, lot = both.item("Refunds"), [("fares.pdf", b"%PDF"), ("a.txt", b"hello")]
    add(both, ref, *lot, hx=hx)
    before = both.version()
    again = add(both, ref, *lot, hx=hx)
    page = again.text if hx else both.browser("dev").get(f"/items/{ref}").text
    assert page.count('download title="') == 2
    assert (both.version(), len(on_disk(both))) == (before, 2)
    if hx:
        assert f"2 files were already on {ref}." in again.text
        assert "/undo/" not in again.text
    assert sound(both)


def test_of_a_lot_only_what_is_new_is_hung(world: World, ref: str) -> None:
    add(world, ref, ("a.txt", b"hello"))
    answer = add(world, ref, ("b.txt", b"hello"), ("a.txt", b"hello"), ("a.txt", b"other"), hx=True)
    assert f"2 files added to {ref}. One file was already on {ref}." in answer.text
    assert [got(world, ref, number).data for number in (1, 2, 3)] == [b"hello", b"hello", b"other"]
    assert len(on_disk(world)) == 3
    assert sound(world)


def test_the_same_file_hangs_on_another_item_and_again_after_its_removal(world: World, ref: str) -> None:
    for where in (ref, world.item("Fares")):
        add(world, where, ("a.txt", b"hello"))
        assert got(world, where, 1).data == b"hello"
    world.browser("dev").post(f"/items/{ref}/attachments/1/remove")
    add(world, ref, ("a.txt", b"hello"))
    assert got(world, ref, 2).data == b"hello"
    assert sound(world)


def test_what_hangs_already_needs_no_room(world: World, ref: str, monkeypatch: pytest.MonkeyPatch) -> None:
    add(world, ref, ("a.txt", b"hello"))
    monkeypatch.setattr("kanban.models.attachment.MOST_PRODUCT_BYTES", 5)
    assert add(world, ref, ("a.txt", b"hello")).status_code == 303
    assert add(world, ref, ("b.txt", b"b")).status_code == 409
    world.change(ref, "discard", "Not wanted")
    assert add(world, ref, ("a.txt", b"hello")).status_code == 409


def test_the_same_files_at_the_same_moment_hang_once(both: World) -> None:
    ref = both.item("Refunds")
    assert at_once(*[lambda: add(both, ref, ("a.txt", b"hello")).status_code] * 4) == [303] * 4
    assert both.kinds() == ["attached"]
    assert len(on_disk(both)) == 1
    assert sound(both)


def test_a_stranger_finds_no_file_and_leaves_none(world: World, ref: str) -> None:
    add(world, ref, ("a.txt", b"a"))
    sam = world.browser("sam")
    assert sam.get(f"/items/{ref}/attachments/1").status_code == 404
    assert add(world, ref, ("b.txt", b"b"), who="sam").status_code == 404
    assert sam.post(f"/items/{ref}/attachments/1/remove").status_code == 404
    assert world.browser().get(f"/items/{ref}/attachments/1").status_code == 303
    assert len(on_disk(world)) == 1


def test_a_file_is_found_on_its_own_item_only(world: World, ref: str) -> None:
    other = world.item("Fares")
    add(world, ref, ("a.txt", b"a"))
    assert got(world, other, 1).status_code == 404
    assert got(world, ref, 2).status_code == 404


@pytest.mark.parametrize("who", ["lea", "vic"])
def test_who_only_reads_adds_nothing_and_is_not_offered_it(world: World, ref: str, who: str) -> None:
    assert add(world, ref, ("a.txt", b"a"), who=who).status_code == 403
    assert on_disk(world) == []
    assert "data-attach" not in world.browser(who).get(f"/items/{ref}").text


def test_a_file_comes_as_a_download_that_no_browser_runs(world: World, ref: str) -> None:
    add(world, ref, ("a page.html", PAGE), ('a "b" é.png', b"png"))
    answer = got(world, ref, 1)
    assert answer.data == PAGE
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a page.html"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-cache"
    picture = got(world, ref, 2)
    assert picture.mimetype == "image/png"
    assert "filename*=UTF-8''a%20%22b%22%20%C3%A9.png" in picture.headers["Content-Disposition"]
    assert got(world, ref, 2, **{"If-None-Match": picture.headers["ETag"]}).status_code == 304


def test_a_name_with_folders_and_turning_signs_is_kept_plain(world: World, ref: str) -> None:
    add(world, ref, ("../../etc/in\u202egpj.exe", b"x"))
    page = world.browser("olga").get(f"/items/{ref}").text
    assert "ingpj.exe" in page
    assert "etc/" not in page
    assert "\u202e" not in page


def test_the_names_on_a_page_are_text(world: World, ref: str) -> None:
    add(world, ref, ("<img src=x onerror=alert(1)>.txt", b"x"))
    assert "<img src=x" not in world.browser("olga").get(f"/items/{ref}").text


# Limits


def test_a_file_over_20_mb_is_refused_by_its_name_and_leaves_nothing(world: World, ref: str) -> None:
    answer = add(world, ref, ("small.txt", b"a"), ("large.bin", bytes(20_000_001)))
    assert answer.status_code == 422
    assert "large.bin is larger than 20 MB." in answer.text
    assert on_disk(world) == []
    assert add(world, ref, ("just.bin", bytes(20_000_000))).status_code == 303


def test_the_pages_script_gets_the_same_sentence(world: World, ref: str) -> None:
    answer = add(world, ref, ("large.bin", bytes(20_000_001)), hx=True)
    assert answer.status_code == 422
    assert 'class="error" role="alert"' in answer.text
    assert "large.bin is larger than 20 MB." in answer.text


@pytest.mark.parametrize("count", [0, 11])
def test_one_to_ten_files_come_at_once(world: World, ref: str, count: int) -> None:
    answer = add(world, ref, *((f"{n}.txt", b"a") for n in range(count)))
    assert answer.status_code == 422
    assert "Choose 1 to 10 files." in answer.text
    assert on_disk(world) == []


def test_only_this_route_reads_large_bodies_and_only_from_who_is_signed_in(world: World, ref: str) -> None:
    large = ("a.bin", bytes(17_000_000))
    assert world.browser("dev").client.post(f"/items/{ref}/comments", **form(large)).status_code == 413
    assert add(world, ref, large, who=None).status_code == 413
    assert on_disk(world) == []


def test_a_body_beyond_all_files_is_refused_with_a_sentence(world: World, ref: str) -> None:
    answer = world.browser("dev").client.post(
        f"/items/{ref}/attachments",
        content_type="multipart/form-data; boundary=x",
        headers={"Content-Length": "900000000"},
        environ_overrides={"CONTENT_LENGTH": "900000000"},
    )
    assert answer.status_code == 413
    assert "10 files of 20 MB" in answer.text


def test_a_refusal_under_the_lock_leaves_no_file(world: World, ref: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kanban.models.attachment.MOST_PRODUCT_BYTES", 10)
    assert add(world, ref, ("a.txt", b"x" * 10)).status_code == 303
    assert add(world, ref, ("b.txt", b"x")).status_code == 409
    assert len(on_disk(world)) == 1
    world.change(ref, "discard", "Not wanted")
    assert add(world, ref, ("c.txt", b"x")).status_code == 409
    assert len(on_disk(world)) == 1
    assert got(world, ref, 1, who="vic").status_code == 200, "it stays readable"
    assert sound(world)


def test_a_full_disk_is_told_in_a_sentence(world: World, ref: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    before = world.version()
    monkeypatch.setattr("kanban.attachments.os.fsync", full)
    answer = add(world, ref, ("a.txt", b"x"))
    assert answer.status_code == 503
    assert "No space left on device" in answer.text
    assert (on_disk(world), world.version()) == ([], before)


def test_a_commit_that_fails_leaves_a_file_but_no_row(world: World, ref: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr("kanban.access.commit", broken)
        with pytest.raises(RuntimeError, match="killed"):
            add(world, ref, ("a.txt", b"x"))
    [orphan] = on_disk(world)
    assert "a.txt" not in world.browser("olga").get(f"/items/{ref}").text
    assert sound(world)
    add(world, ref, ("b.txt", b"y"))
    age(orphan, hours=25)
    assert swept(world) == 1
    assert not orphan.exists()
    assert sound(world)


# Removing and sweeping


def test_removing_takes_it_off_the_page_and_the_number_is_not_used_again(world: World, ref: str) -> None:
    add(world, ref, ("a.txt", b"a"))
    answer = world.browser("dev").post(f"/items/{ref}/attachments/1/remove", hx=True)
    assert answer.status_code == 200
    assert "/attachments/1" not in answer.text
    assert "removed the file a.txt (1 byte)" in answer.text
    assert world.kinds() == ["detached"]
    for path in ("attachments/1", "attachments/1/remove"):
        browser = world.browser("olga")
        response = (
            browser.post(f"/items/{ref}/{path}") if path.endswith("remove") else browser.get(f"/items/{ref}/{path}")
        )
        assert response.status_code == 404
    add(world, ref, ("b.txt", b"b"))
    assert got(world, ref, 2).data == b"b"
    assert sound(world)


def test_another_developer_is_neither_offered_nor_allowed_to_remove(world: World, ref: str) -> None:
    add(world, ref, ("a.txt", b"a"))
    remove = f"/items/{ref}/attachments/1/remove"
    assert remove in world.browser("dev").get(f"/items/{ref}").text
    assert remove in world.browser("dora").get(f"/items/{ref}").text
    assert remove not in world.browser("deb").get(f"/items/{ref}").text
    assert world.browser("deb").post(remove).status_code == 403
    assert world.browser("dora").post(remove).status_code == 303


def age(path: Path, **lengths: float) -> None:
    then = (dt.datetime.now(dt.UTC) - dt.timedelta(**lengths)).timestamp()
    os.utime(path, (then, then))


def swept(world: World) -> int:
    return sweep_files(world.app)


def test_the_file_of_a_removed_row_goes_a_day_later(both: World) -> None:
    ref = both.item("Refunds")
    add(both, ref, ("a.txt", b"a"), ("b.txt", b"b"))
    for path in on_disk(both):
        age(path, days=30)
    assert swept(both) == 0
    both.browser("dev").post(f"/items/{ref}/attachments/1/remove")
    assert swept(both) == 0, "for a day it could come back"
    with clock.at(dt.datetime.now(dt.UTC) + dt.timedelta(hours=25)):
        assert swept(both) == 1
        assert swept(both) == 0
    assert got(both, ref, 2).data == b"b"
    assert sound(both)


def test_a_database_that_knows_no_files_sweeps_none(world: World, ref: str) -> None:
    """Somebody started with the wrong database: the files of the right one must still be there."""
    config: Config = world.app.config["KANBAN"]
    store = Store(config.attachments_dir)
    store.write("ab" * 16, [b"precious"])
    age(store.path("ab" * 16), days=30)
    assert swept(world) == 0
    assert len(on_disk(world)) == 1


def test_a_file_that_is_gone_from_the_disk_is_told_by_the_doctor(world: World, ref: str) -> None:
    add(world, ref, ("a.txt", b"a"))
    on_disk(world)[0].unlink()
    config: Config = world.app.config["KANBAN"]
    with world.reading() as session:
        [sentence] = missing_files(session, Store(config.attachments_dir))
    assert sentence.startswith(f"{ref}: the file of a.txt")
    answer = got(world, ref, 1)
    assert answer.status_code == 404
    assert "no longer on the disk" in answer.text


def test_a_row_that_the_log_does_not_tell_is_found(world: World, ref: str) -> None:
    add(world, ref, ("a.txt", b"a"))
    with world.writing() as session:
        session.execute(sa.text("UPDATE attachment SET size = 7"))
    with world.reading() as session:
        assert broken_invariants(session) == ["FE: the files on the items are not those that the log tells"]
