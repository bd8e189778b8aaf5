"""People out of a CSV file: looked at before anything is written, in whatever encoding it comes."""

import io

import pytest

from kanban.errors import Refused
from kanban.models import Level
from kanban.reads.stakeholders.entries import read_file
from tests.builders import World
from tests.reporting import add_stakeholders, person

FILE = "/products/FE/stakeholders/file"
CSV = "Name;E-mail;Company;Level;Reason\nT\u00f8r Haugen;Tor@Island.Example.Org;Cr\u00ebw;brief;You sail it\n"


def upload(world: World, source: bytes, *, by: str = "olga"):  # type: ignore[no-untyped-def]
    return world.browser(by).post(f"{FILE}/preview", {"file": (io.BytesIO(source), "people.csv")})


def rows_of(html: str) -> str:
    text = html.partition('<textarea name="csv" hidden readonly>')[2].partition("</textarea>")[0]
    return text.replace("&#39;", "'").replace("&#34;", '"').replace("&lt;", "<").replace("&amp;", "&")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_file_is_looked_at_and_then_written(world: World, encoding: str) -> None:
    version = world.version()
    page = upload(world, CSV.encode(encoding))
    assert page.status_code == 200
    assert "T\u00f8r Haugen" in page.text
    assert "Add one person" in page.text
    assert world.version() == version
    assert world.browser("olga").post(FILE, {"csv": rows_of(page.text)}).status_code == 303
    tor = person(world, "T\u00f8r Haugen")
    assert (tor.email, tor.organisation, tor.level) == ("tor@island.example.org", "Cr\u00ebw", Level.BRIEF)
    assert tor.reason == "You sail it"


def test_the_preview_tells_who_is_new_known_doubled_and_wrong(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    text = (
        "email,name,level\nsunniva@island.example.org,S,\nnew@island.example.org,New,\n"
        "NEW@island.example.org,Again,\nbad,Bad,\nodd@island.example.org,Odd,weekly\n"
    )
    page = upload(world, text.encode()).text
    assert "One person is new." in page
    assert "One is already on the list" in page
    assert "repeats an address" in page
    assert "2 rows can’t be read" in page
    assert "Line 5" in page
    assert "The level must be full, brief, mine or none." in page


def test_formulas_of_a_spreadsheet_stay_text(world: World) -> None:
    page = upload(world, b"email,name\na@b.example,=HYPERLINK(1)\n")
    assert "'=HYPERLINK(1)" in rows_of(page.text)
    world.browser("olga").post(FILE, {"csv": rows_of(page.text)})
    assert person(world, "=HYPERLINK(1)").email == "a@b.example"


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\x00\x01\x02\xff" * 100,
        b"PK\x03\x04workbook",
        b"\xff\xfeodd\xd8",
        b'email,name\n"a@b.example,never closed\n',
        b"name,town\nTor,Oslo\n",
        b"email\n",
        b"email,name\n" + b"a@b.example,x\n" * 5001,
    ],
)
def test_what_is_no_list_of_people_is_answered_with_a_sentence(world: World, source: bytes) -> None:
    answer = upload(world, source)
    assert answer.status_code == 422
    assert 'class="error"' in answer.text


def test_a_list_that_was_meddled_with_is_not_written(world: World) -> None:
    version = world.version()
    for csv in ("", "email\nbad\n", "name\nx\n"):
        assert world.browser("olga").post(FILE, {"csv": csv}).status_code == 422
    assert world.version() == version


@pytest.mark.parametrize(("name", "status"), [("lea", 403), ("dev", 403), ("vic", 403), ("sam", 404)])
def test_only_the_owners_side_brings_a_file(world: World, name: str, status: int) -> None:
    browser = world.browser(name)
    assert browser.get(FILE).status_code == status
    assert upload(world, CSV.encode(), by=name).status_code == status
    assert browser.post(FILE, {"csv": "email\na@b.example\n"}).status_code == status


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(Refused, match="larger than 2 MB"):
        read_file(b"x" * 2_000_001)
