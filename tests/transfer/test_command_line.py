"""`kanban import` and `kanban export`: what they print, what they change, and with which status they end."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from kanban import cli
from kanban.app import create_app
from kanban.config import Config
from kanban.extensions import db
from kanban.models import Column, Event, Item, Product, User, assignment
from kanban.policy import Role
from kanban.reads.invariants import broken_invariants
from kanban.transactions import begin_write
from kanban.transfer.rehearsal import rehearse

DATA = Path(__file__).parent.parent / "data"
Said = tuple[int, str, str]
Kanban = Callable[..., Said]


@pytest.fixture
def kanban(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Kanban:
    """Run a command in this process, on an installation with the product FE of Olga, with Dev, and with Sam apart."""
    monkeypatch.setenv("KANBAN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("KANBAN_DATABASE_URL", f"sqlite:///{tmp_path / 'kanban.sqlite3'}")
    (tmp_path / "kanban.sqlite3").write_bytes(sqlite_template.read_bytes())
    for session in opened():
        begin_write()
        users = {name: User(email=f"{name}@example.org", name=name.title()) for name in ("olga", "dev", "sam")}
        session.add_all(users.values())
        session.flush()
        product = Product.open(key="FE", name="Ferry", owner=users["olga"])
        product.let_in(users["dev"], Role.DEVELOPER, by=product.members[0])
        session.add(product)
        session.commit()

    def run(*arguments: str) -> Said:
        monkeypatch.setattr("sys.argv", ["kanban", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def opened() -> Iterator[Any]:
    app = create_app(Config.from_environment())
    with app.app_context():
        yield db.session()
        db.session.remove()
        db.engine.dispose()


def titles() -> list[str]:
    [found] = [list(session.scalars(sa.select(Item.title).order_by(Item.number))) for session in opened()]
    return found


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "plain.csv"
    path.write_text("Title,Status,Closed\nOne,Done,2025-03-01\nTwo,New,\n")
    return path


def test_whom_a_list_names_holds_its_items_and_who_is_no_member_is_told(kanban: Kanban, tmp_path: Path) -> None:
    path = tmp_path / "held.csv"
    path.write_text("Title,Assigned To,Due\nOne,Dev <dev@example.org>,2026-12-24\nTwo,sam@example.org,\n")
    for options in (("--dry-run",), ()):
        status, out, err = kanban("import", "csv", str(path), "--product", "FE", *options)
        assert (status, err) == (0, "")
        assert "note       Not members of this product: sam@example.org (one row)." in out
        assert "note       One row has a due date." in out
    for session in opened():
        query = sa.select(Item.title, User.name).select_from(assignment).join(Item).join(User)
        assert [tuple(row) for row in session.execute(query)] == [("One", "Dev")]
        assert broken_invariants(session) == []


def test_the_azure_list_arrives_and_again_adds_nothing(kanban: Kanban) -> None:
    path = str(DATA / "azure_devops_items.csv")
    status, out, err = kanban("import", "csv", path, "--product", "fe")
    assert (status, err) == (0, "")
    assert "117 items are new, 0 were here already." in out
    assert kanban("import", "csv", path, "--product", "FE")[1].endswith("0 items are new, 117 were here already.\n")
    for session in opened():
        assert broken_invariants(session) == []


def test_a_rehearsal_says_what_would_happen_and_changes_nothing(kanban: Kanban, plain: Path) -> None:
    status, out, _ = kanban("import", "csv", str(plain), "--product", "FE", "--dry-run")
    assert status == 0
    assert out.splitlines()[:3] == [
        "column     Title   title",
        "column     Status  status",
        "column     Closed  finished",
    ]
    assert "2 items would be new, 0 are here already. Nothing was changed." in out
    assert titles() == []


def test_a_column_is_read_as_told(kanban: Kanban, plain: Path) -> None:
    maps = ("--map", "Closed=ignore", "--map", "Status=description")
    status, out, _ = kanban("import", "csv", str(plain), "--product", "FE", *maps)
    assert status == 0
    assert "column     Closed  left out" in out
    assert titles() == ["One", "Two"]


def test_every_problem_is_a_line_with_row_and_column_and_nothing_is_applied(kanban: Kanban, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("Title,Closed\nGood,2025-03-01\n,2025-03-01\nThree,2025-99-01\n")
    status, _, err = kanban("import", "csv", str(bad), "--product", "FE")
    assert status == 1
    assert err.splitlines() == [
        "bad.csv: row 3, column “Title”: The title is missing.",
        "bad.csv: row 4, column “Closed”: “2025-99-01” isn’t a day or a time that exists.",
    ]
    assert titles() == []


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--product", "NO"), 1, "There is no product NO."),
        (("--product", "FE", "--as", "nobody@example.org"), 1, "Nobody with the address"),
        (("--product", "FE", "--as", "sam@example.org"), 1, "not a member of FE"),
        (("--product", "FE", "--as", "dev@example.org"), 1, "product owner"),
        (("--product", "FE", "--map", "Nothing=title"), 1, "There is no column “Nothing”"),
        (("--product", "FE", "--map", "Title=nothing"), 1, "There is no field “nothing”"),
        ((), 2, "--product"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    kanban: Kanban, plain: Path, arguments: tuple[str, ...], status: int, words: str
) -> None:
    got, _, err = kanban("import", "csv", str(plain), *arguments)
    assert got == status
    assert words in err
    assert titles() == []


def test_whoever_imports_stands_in_the_log(kanban: Kanban, plain: Path) -> None:
    kanban("import", "csv", str(plain), "--product", "FE", "--as", "olga@example.org")
    for session in opened():
        query = sa.select(User.email).join(Event, Event.actor_id == User.id).where(Event.kind == "imported")
        assert list(session.scalars(query)) == ["olga@example.org"]


class TestExport:
    def test_a_table_goes_to_standard_output_or_a_file_and_comes_back(
        self, kanban: Kanban, plain: Path, tmp_path: Path
    ) -> None:
        kanban("import", "csv", str(plain), "--product", "FE")
        status, out, _ = kanban("export", "csv", "--product", "FE")
        assert (status, out.splitlines()[1].split(",")[:2]) == (0, ["FE-1", "One"])
        target = tmp_path / "out.csv"
        assert kanban("export", "csv", "--product", "FE", str(target))[0] == 0
        assert target.read_text(encoding="utf-8").splitlines() == out.splitlines()
        again = kanban("import", "csv", str(target), "--product", "FE")[1]
        assert again.endswith("0 items are new, 2 were here already.\n")

    def test_a_document_has_the_items(self, kanban: Kanban, plain: Path) -> None:
        kanban("import", "csv", str(plain), "--product", "FE")
        status, out, _ = kanban("export", "json", "--product", "FE")
        assert status == 0
        assert [item["title"] for item in json.loads(out)["items"]] == ["One", "Two"]

    @pytest.mark.parametrize("arguments", [("csv", "--product", "NO"), ("xml", "--product", "FE")])
    def test_what_is_not_there_is_said(self, kanban: Kanban, arguments: tuple[str, ...]) -> None:
        status, out, err = kanban("export", *arguments)
        assert status > 0
        assert out == ""
        assert err


def test_a_column_renamed_while_the_list_is_read_is_looked_at_again(
    kanban: Kanban, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "soon.csv"
    path.write_text("Title,Status\nOne,Soon\n")

    def read_then_rename(*values: Any) -> Any:
        found = rehearse(*values)
        monkeypatch.setattr("kanban.cli.lists.rehearse", rehearse)
        with closing(sqlite3.connect(tmp_path / "kanban.sqlite3")) as other:
            other.execute("UPDATE \"column\" SET name = 'Soon' WHERE name = 'Acceptance'")
            other.commit()
        return found

    monkeypatch.setattr("kanban.cli.lists.rehearse", read_then_rename)
    status, out, err = kanban("import", "csv", str(path), "--product", "FE")
    assert (status, err) == (0, "")
    assert "The columns here have changed in the meantime, so the list was read again." in out
    assert "1 items are new" in out
    [stands] = [session.scalar(sa.select(Column.name).join(Item, Item.column_id == Column.id)) for session in opened()]
    assert stands == "Soon"
