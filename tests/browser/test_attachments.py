"""Files come to the open item by hand, by dropping and by pasting, and also without script."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import FilePayload, Page, Route, expect

from tests.browser.conftest import Visits, becomes, serious_axe_findings
from tests.server import Server

BRING = """([where, kind, name, type, more]) => {
  const brought = new DataTransfer();
  if (name) brought.items.add(new File(["seen"], name, { type }));
  if (more) brought.setData("text/plain", more);
  const place = document.querySelector(where);
  const what = { bubbles: true, cancelable: true };
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { ...what, clipboardData: brought })
    : new DragEvent(kind, { ...what, dataTransfer: brought });
  place.dispatchEvent(event);
  return event.defaultPrevented;
}"""


def a_file(name: str, content: bytes = b"a") -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": content}


def bring(page: Page, where: str, kind: str, name: str, type_: str = "text/plain", more: str = "") -> Any:
    return page.evaluate(BRING, [where, kind, name, type_, more])


def test_files_are_chosen_dropped_pasted_and_removed(demo: Server, visit: Visits, tmp_path: Path) -> None:
    page = visit(demo, "/products/FERRY/board?item=FERRY-49", who="anders")
    other = visit(demo, "/items/FERRY-49", who="ingrid")
    files = page.locator(".files li")
    page.locator("#new-comment").fill("Half a thought")

    page.locator("#new-file").set_input_files([a_file("fares “new” 🚢.txt", b"12 kr")])
    expect(files).to_have_count(1)
    expect(page.locator("#new-comment")).to_have_value("Half a thought")
    expect(page.locator("[data-attach-state]")).to_have_text("")
    expect(other.locator(".files li")).to_have_count(1)

    with page.expect_download() as download:
        files.get_by_role("link").click()
    assert download.value.suggested_filename == "fares “new” 🚢.txt"
    assert Path(download.value.path()).read_bytes() == b"12 kr"

    assert bring(page, "#item h2", "dragover", "plan.pdf")
    expect(page.locator(".drop-here")).to_be_visible()
    assert bring(page, "#item h2", "drop", "plan.pdf", "application/pdf")
    expect(page.locator(".drop-here")).to_be_hidden()
    expect(files).to_have_count(2)
    assert bring(page, ".board", "drop", "beside.pdf"), "the browser would open it in place of the board"

    assert bring(page, "#new-comment", "paste", "image.png", "image/png")
    expect(files).to_have_count(3)
    expect(files.last).to_contain_text(".png")
    page.locator(".toast", has_text="One file added").last.get_by_role("button", name="Undo").click()
    expect(files).to_have_count(2)
    expect(page.locator("#new-comment"), "the draft stays").to_have_value("Half a thought")
    page.locator("#new-comment").fill("")
    assert bring(page, "#new-comment", "paste", "image.png", "image/png")
    expect(files).to_have_count(3)
    assert not bring(page, "#new-comment", "paste", "image.png", "image/png", more="cells"), "text stays text"

    page.locator("#new-file").set_input_files([a_file(f"{n}.txt") for n in range(11)])
    expect(page.locator("[data-attach-state]")).to_have_text("You can add at most 10 files at once.")
    large = tmp_path / "film.bin"
    large.write_bytes(bytes(20_000_001))
    page.locator("#new-file").set_input_files(large)
    expect(page.locator("[data-attach-state]")).to_contain_text("film.bin is larger than 20 MB.")
    expect(files).to_have_count(3)
    assert serious_axe_findings(page) == []

    page.get_by_role("button", name="Remove plan.pdf").click()
    expect(files).to_have_count(2)
    expect(other.locator(".files li")).to_have_count(2)


def test_a_card_and_a_row_open_for_files_that_are_dropped_on_them(demo: Server, visit: Visits) -> None:
    for path, name in (("board", "plan.pdf"), ("backlog", "map.pdf")):
        page = visit(demo, f"/products/FERRY/{path}?item=FERRY-44", who="anders")
        place = "[data-item='FERRY-58']"
        assert bring(page, f"{place} .title", "dragover", name)
        expect(page.locator(f"{place}.takes-files")).to_have_count(1)
        assert bring(page, f"{place} .title", "drop", name)
        expect(page.locator("#item[data-item-open='FERRY-58'] .files")).to_contain_text(name)
        expect(page.locator(".takes-files")).to_have_count(0)
        expect(page.locator(".toast", has_text="One file added to FERRY-58.")).to_be_visible()


def test_a_lot_whose_answer_was_lost_hangs_once_when_it_is_sent_again(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/items/FERRY-49", who="anders")
    lot, lost = [a_file("a.txt"), a_file("b.txt")], list[int]()

    def lose_every_other(route: Route) -> None:
        answer = route.fetch()
        lost.append(answer.status)
        route.abort() if len(lost) % 2 else route.fulfill(response=answer)

    def again(send: Callable[[], Any]) -> None:
        before = len(lost)
        send()
        becomes(page, lambda _: len(lost), before + 1)
        expect(page.locator("[data-attach-state]")).not_to_contain_text("Sending")
        send()

    page.route("**/attachments", lose_every_other)
    again(lambda: page.locator("#new-file").set_input_files(lot))
    expect(page.locator(".toast", has_text="2 files were already on FERRY-49.")).to_be_visible()
    again(lambda: bring(page, "#new-comment", "paste", "image.png", "image/png"))
    expect(page.locator(".toast", has_text="One file was already on FERRY-49.")).to_be_visible()
    expect(page.locator(".files li"), "an image that is pasted again keeps its name").to_have_count(3)
    visit.complaints[:] = [one for one in visit.complaints if "ERR_FAILED" not in one]


def test_files_are_sent_and_removed_without_script(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/items/FERRY-49", who="anders", java_script_enabled=False)
    page.locator("#new-file").set_input_files([a_file("a.txt")])
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".files li")).to_have_count(1)
    page.get_by_role("button", name="Remove a.txt").click()
    expect(page.locator(".files li")).to_have_count(0)
