"""The command line: plain output, errors as one line on standard error, and truthful exit statuses."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from kanban import cli, keys
from kanban.app import create_app
from kanban.cli.beginning import begun
from kanban.config import Config, ConfigError
from kanban.extensions import db
from kanban.models import ApiToken, LinkPurpose, SignInLink, User
from tests.faults.ferry import until
from tests.server import Server, free_port


@dataclass(frozen=True)
class Run:
    """The exit status and output of a command."""

    status: int
    out: str
    err: str


Kanban = Callable[..., Run]

knows_children = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="only Linux tells whose child a process is"
)

ROOT = Path(__file__).parent.parent


@pytest.fixture
def kanban(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Kanban:
    """Run a command in this process on a data directory of its own."""
    for name in ("KANBAN_DATABASE_URL", "KANBAN_SECRET_KEY", "KANBAN_BASE_URL", "KANBAN_SMTP_URL", "KANBAN_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KANBAN_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments: str, stdin: str = "") -> Run:
        monkeypatch.setattr(sys, "argv", ["kanban", *arguments])
        monkeypatch.setattr(sys, "stdin", open_text(stdin))
        capsys.readouterr()
        try:
            cli.main()
            status: int = 0
        except SystemExit as end:
            status = int(end.code or 0)
        said = capsys.readouterr()
        return Run(status, said.out, said.err)

    return run


def open_text(text: str) -> object:
    import io

    return io.StringIO(text)


def _people(folder: Path) -> list[tuple[str, str, bool, bool]]:
    app = create_app(Config.from_environment({"KANBAN_DATA_DIR": str(folder / "data")}))
    with app.app_context():
        people = db.session.scalars(sa.select(User).order_by(User.id)).all()
        found = [(person.email, person.name, person.is_admin, person.is_active) for person in people]
        db.session.remove()
        db.engine.dispose()
    return found


def test_an_account_is_made_with_a_link_that_lets_in(kanban: Kanban, tmp_path: Path) -> None:
    run = kanban("user", "create", "Ann@Example.org", "--name", "Ann", "--admin")
    assert run.status == 0
    assert run.out.startswith("http://127.0.0.1:8000/sign-in/link/")
    assert run.out.count("\n") == 1
    assert _people(tmp_path) == [("ann@example.org", "Ann", True, True)]


def test_a_password_comes_from_standard_input_alone(kanban: Kanban, tmp_path: Path) -> None:
    run = kanban("user", "create", "ann@example.org", "--name", "Ann", "--password-stdin", stdin="tides and quays\n")
    assert run.status == 0
    app = create_app(Config.from_environment({"KANBAN_DATA_DIR": str(tmp_path / "data")}))
    with app.app_context():
        assert keys.check_password(db.session.scalars(sa.select(User)).one(), "tides and quays")
        assert db.session.scalars(sa.select(SignInLink.purpose)).all() == [LinkPurpose.SIGN_IN]
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize(
    ("arguments", "stdin", "sentence"),
    [
        (("user", "create", "nowhere", "--name", "Ann"), "", "does not look like an e-mail address"),
        (("user", "create", "ann@example.org", "--name", " "), "", "A name needs 1 to 200 characters"),
        (("user", "create", "ann@example.org", "--name", "A", "--password-stdin"), "short\n", "at least 10 characters"),
        (("user", "link", "nobody@example.org"), "", "Nobody with the address nobody@example.org"),
        (("user", "deactivate", "nobody@example.org"), "", "Nobody with the address nobody@example.org"),
        (("token", "create", "nobody@example.org", "--name", "x"), "", "Nobody with the address nobody@example.org"),
        (("backup", "/nowhere/at/all"), "", "The backup can’t be written"),
        (("restore", "/nowhere/at/all"), "", "There is no file"),
    ],
)
def test_trouble_is_one_line_on_standard_error(
    kanban: Kanban, arguments: tuple[str, ...], stdin: str, sentence: str
) -> None:
    kanban("db", "upgrade")
    run = kanban(*arguments, stdin=stdin)
    assert run.status == 1
    assert run.out == ""
    assert sentence in run.err
    assert run.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("backup", "a.backup"),
        ("doctor",),
        ("user", "list"),
        ("user", "link", "ann@example.org"),
        ("user", "deactivate", "ann@example.org"),
        ("token", "create", "ann@example.org", "--name", "x"),
        ("export", "csv", "--product", "FE"),
    ],
)
def test_with_other_settings_than_the_server_has_no_command_tells_of_an_empty_installation(
    kanban: Kanban, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    run = kanban(*arguments)
    assert (run.status, run.out) == (1, "")
    assert (
        f"There is no installation in {tmp_path / 'data' / 'kanban.sqlite3'}. Give this command the KANBAN" in run.err
    )
    assert run.err.count("\n") == 1
    assert not (tmp_path / "a.backup").exists() and not (tmp_path / "data" / "kanban.sqlite3").exists()


def test_the_same_address_twice_is_refused(kanban: Kanban, tmp_path: Path) -> None:
    kanban("user", "create", "ann@example.org", "--name", "Ann")
    run = kanban("user", "create", "ANN@example.org", "--name", "Ann")
    assert (run.status, run.out) == (1, "")
    assert len(_people(tmp_path)) == 1


def test_people_are_listed_one_a_line_and_lose_their_access(kanban: Kanban, tmp_path: Path) -> None:
    kanban("user", "create", "ann@example.org", "--name", "Ann", "--admin")
    kanban("user", "create", "bob@example.org", "--name", "Bob")
    assert kanban("user", "deactivate", "bob@example.org").status == 0
    assert kanban("user", "list").out == "ann@example.org\tAnn\tadmin\nbob@example.org\tBob\tdeactivated\n"
    assert kanban("user", "link", "bob@example.org").status == 1
    assert kanban("user", "link", "ann@example.org").out.startswith("http://127.0.0.1:8000/sign-in/link/")


def test_a_token_is_all_that_stands_on_standard_output(kanban: Kanban, tmp_path: Path) -> None:
    kanban("user", "create", "ann@example.org", "--name", "Ann")
    run = kanban("token", "create", "ann@example.org", "--name", "Build", "--scope", "write")
    assert run.status == 0
    assert run.out.startswith("kb_")
    assert run.out.count("\n") == 1
    app = create_app(Config.from_environment({"KANBAN_DATA_DIR": str(tmp_path / "data")}))
    with app.app_context():
        (token,) = db.session.scalars(sa.select(ApiToken))
        assert (token.name, token.scope, token.secret_hash) == ("Build", "write", keys.fingerprint(run.out.strip()))
        db.session.remove()
        db.engine.dispose()
    refused = kanban("token", "create", "ann@example.org", "--name", "Root", "--scope", "admin")
    assert (refused.status, refused.out) == (1, "")


def test_upgrading_twice_says_that_nothing_was_left_to_do(kanban: Kanban) -> None:
    assert kanban("db", "upgrade").out == "The database is up to date now.\n"
    assert kanban("db", "upgrade").out == "The database was already up to date.\n"


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("KANBAN_PORT", "eighty", 2),
        ("KANBAN_SMTP_URL", "smtp://", 2),
        ("KANBAN_SMTP_URL", "smtp://mail.example:99999", 2),
        ("KANBAN_DATABASE_URL", "sqlite:////nowhere/at/all.db", 1),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(tmp_path: Path, name: str, value: str, status: int) -> None:
    run = _start(tmp_path, **{name: value})
    assert (run.status, run.out) == (status, "")
    assert run.err.count("\n") == 1
    assert name in run.err or "database" in run.err


def test_a_database_of_a_newer_version_stops_the_start_with_one_line(kanban: Kanban, tmp_path: Path) -> None:
    kanban("db", "upgrade")
    with sqlite3.connect(tmp_path / "data" / "kanban.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    run = _start(tmp_path)
    assert (run.status, run.out) == (1, "")
    assert run.err.startswith("This database was made by a newer version of the program (schema 9999).")
    assert run.err.count("\n") == 1


def _start(folder: Path, **settings: str) -> Run:
    """Run `kanban run` in new processes; it has to end by itself."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KANBAN_")}
    run = subprocess.run(
        [sys.executable, "-m", "kanban", "run"],
        env={**kept, "KANBAN_DATA_DIR": str(folder / "data"), "KANBAN_PORT": str(free_port()), **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Run(run.returncode, run.stdout, run.stderr)


def test_what_watches_over_the_server_holds_nothing_of_the_program() -> None:
    read = "import sys, kanban.cli.running, gunicorn.app.base; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", read], capture_output=True, text=True, check=True)
    assert not {"flask", "sqlalchemy", "numpy", "pydantic", "jinja2", "kanban.models"} & set(run.stdout.split())


def test_a_server_of_ones_own_answers_with_the_application_and_keeps_screens_true(
    kanban: Kanban, tmp_path: Path
) -> None:
    kanban("db", "upgrade")
    ask = "import threading, wsgi; print(wsgi.app.test_client().get('/readyz').status_code, *threading.enumerate())"
    run = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert run.stdout.startswith("200 "), run.stderr
    assert "Watcher" in run.stdout


@knows_children
def test_a_server_whose_process_was_killed_serves_again(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    try:
        assert isinstance(server.process, subprocess.Popen)
        watching = server.process.pid
        [serving] = _children(watching)
        os.kill(serving, signal.SIGKILL)
        until(lambda: bool(_children(watching) - {serving}), within_s=30, what="another process")
        with urllib.request.urlopen(f"{server.url}/readyz", timeout=60) as answer:
            assert answer.status == 200
    finally:
        server.stop()


@knows_children
def test_a_server_whose_process_was_killed_waits_for_a_database_that_is_away(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    try:
        assert isinstance(server.process, subprocess.Popen)
        [serving] = _children(server.process.pid)
        _leave_at_revision(server, "9999")
        os.kill(serving, signal.SIGKILL)
        until(lambda: "a newer version of the program" in server.log, within_s=30, what="it says what is amiss")
        _leave_at_revision(server, "known")
        until(lambda: server.log.count("Serving at") == 2, within_s=30, what="it serves again")
        with urllib.request.urlopen(f"{server.url}/readyz", timeout=60) as answer:
            assert answer.status == 200
    finally:
        server.stop()
    assert "Traceback" not in server.log


def _leave_at_revision(server: Server, revision: str) -> None:
    """Set the database to an unknown schema revision, or back to the one it had."""
    with closing(sqlite3.connect(server.folder / "kanban.sqlite3")) as database, database:
        if revision == "known":
            [[revision]] = database.execute("SELECT was FROM revision")
        else:
            database.execute("CREATE TABLE revision AS SELECT version_num AS was FROM alembic_version")
        database.execute("UPDATE alembic_version SET version_num = ?", (revision,))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
def test_a_full_disk_under_the_log_keeps_nobody_from_serving_nor_from_the_status(tmp_path: Path) -> None:
    server = Server(tmp_path)
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "kanban", "run"]
        process = subprocess.Popen(command, env=server._environment(), stdout=full, stderr=full, start_new_session=True)
        server.process = process
        try:
            server._wait(60)
        finally:
            server.stop()
        away = {**server._environment(), "KANBAN_DATABASE_URL": "sqlite:////nowhere/at/all.db"}
        assert subprocess.run(command, env=away, stdout=full, stderr=full, check=False, timeout=60).returncode != 0


def test_a_file_that_is_no_database_is_told_in_one_line(kanban: Kanban, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "kanban.sqlite3").write_text("This is no database. " * 100)
    for run in (kanban("user", "list"), _start(tmp_path)):
        said = "KANBAN_DATA_DIR: the database there can’t be used (file is not a database).\n"
        assert (run.status, run.out, run.err) == (1, "", said)


def test_a_database_where_none_can_be_is_told_with_the_name_of_the_setting(tmp_path: Path) -> None:
    run = _start(tmp_path, KANBAN_DATABASE_URL="sqlite:////nowhere/at/all.db")
    said = "KANBAN_DATABASE_URL: the database there can’t be used (unable to open database file).\n"
    assert (run.status, run.out, run.err) == (1, "", said)


def test_a_database_that_can_only_be_read_is_not_served(
    kanban: Kanban, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file may belong to root, for example."""
    kanban("db", "upgrade")
    file = tmp_path / "data" / "kanban.sqlite3"
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) != file)
    said = f"KANBAN_DATA_DIR: {file} can’t be written by this user."
    with pytest.raises(ConfigError, match=re.escape(said)):
        begun(Config.from_environment(), with_link=False)
    run = kanban("worker")
    assert (run.status, run.out, run.err) == (2, "", f"{said}\n")


def test_the_help_of_an_import_names_the_format_and_some_fields(kanban: Kanban) -> None:
    told = kanban("import", "--help").out
    assert "FORMAT is csv" in told and "assignee" in told


@pytest.mark.parametrize("group", [(), ("db",), ("token",), ("user",)], ids=" ".join)
def test_the_help_tells_of_each_command_in_one_whole_sentence(
    kanban: Kanban, monkeypatch: pytest.MonkeyPatch, group: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = kanban(*group, "--help").out.partition("Commands:\n")[2].splitlines()
    assert listed
    for line in listed:
        assert re.fullmatch(r"  [a-z]+ +[A-Z].*[^.]\.", line), line


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_server_told_to_stop_while_it_begins_ends_in_peace(tmp_path: Path, how: signal.Signals) -> None:
    server = Server(tmp_path)
    process = server._new_run()
    until(lambda: _listens(server.port), within_s=60, what="it listens")
    os.killpg(process.pid, how)
    assert process.wait(60) == 0
    assert "Traceback" not in server.log
    assert "ERROR" not in server.log


def test_a_signal_is_heard_that_comes_before_the_new_process_can_answer_it(tmp_path: Path) -> None:
    told = tmp_path / "told"
    script = f"""
import os, signal, sys, threading
from gunicorn import util
from kanban.serving import serve

def slowly():
    with open({str(told)!r}, "w") as file:
        file.write(str(os.getppid()))
    threading.Event().wait(1)

util.seed = slowly
serve(lambda: sys.exit("it began"), host="127.0.0.1", port={free_port()}, threads=2)
"""
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True)
    until(lambda: told.exists() and told.read_text() == str(process.pid), within_s=60, what="the process is there")
    os.killpg(process.pid, signal.SIGINT)
    _out, said = process.communicate(timeout=9)
    assert (process.returncode, said) == (0, b"")


def _listens(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def test_a_server_starts_with_the_demo_and_once_more_without_it(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start("--demo", within_s=120)
    server.stop()
    assert "The demo workspace is ready." in server.log
    assert "Nobody is here yet" not in server.log
    server.start("--demo", within_s=120)
    server.stop()
    assert "the demo workspace was left out" in server.log


@knows_children
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_server_told_to_stop_while_the_demo_is_made_leaves_nobody_making_it(
    tmp_path: Path, how: signal.Signals
) -> None:
    process = Server(tmp_path)._new_run("--demo")
    until(lambda: (tmp_path / "kanban.sqlite3").exists(), within_s=60, what="it fills")
    [filling] = _children(process.pid)
    os.kill(process.pid, how)
    assert process.wait(20) == 128 + signal.SIGTERM
    assert not Path(f"/proc/{filling}").exists()


def _children(parent: int) -> set[int]:
    """The ids of a process's children, from /proc."""
    found = set()
    for told in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            if int(told.read_text().rpartition(")")[2].split()[1]) == parent:
                found.add(int(told.parent.name))
    return found


def test_a_port_in_use_is_named_before_anything_is_begun(kanban: Kanban, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        run = kanban("run", "--port", str(other.getsockname()[1]), "--demo")
    assert run.status == 2
    assert run.err.startswith("KANBAN_PORT: it is not possible to listen at 127.0.0.1:")
    assert run.err.count("\n") == 1
    assert not (tmp_path / "data" / "kanban.sqlite3").exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["dance"], "No such command 'dance'. For help: kanban --help"),
        (["user", "create"], "Missing argument 'EMAIL'. For help: kanban user create --help"),
        (["user", "create", "ann@example.org"], "Missing option '--name'. For help: kanban user create --help"),
        (["backup"], "Missing argument 'FILE'. For help: kanban backup --help"),
    ],
)
def test_a_command_written_wrongly_is_told_in_one_line_how_it_goes(
    kanban: Kanban, arguments: list[str], line: str
) -> None:
    run = kanban(*arguments)
    assert (run.status, run.out, run.err) == (2, "", f"{line}\n")


def test_the_demo_is_left_out_where_there_are_people_and_says_so_by_its_status(kanban: Kanban) -> None:
    kanban("user", "create", "ann@example.org", "--name", "Ann")
    run = kanban("demo")
    assert (run.status, run.out) == (1, "")
    assert run.err == "There are people here already, so the demo workspace was left out.\n"


def test_the_doctor_finds_a_fresh_installation_well_and_a_broken_one_not(
    kanban: Kanban, tmp_path: Path, demo_template: Path
) -> None:
    shutil.copytree(demo_template, tmp_path / "data")
    well = kanban("doctor")
    assert well.status == 0
    assert "all hold" in well.out
    with sqlite3.connect(tmp_path / "data" / "kanban.sqlite3") as connection:
        connection.execute("UPDATE item SET title = 'tampered' WHERE id = 1")
    connection.close()
    ill = kanban("doctor")
    assert ill.status == 1
    assert "broken" in ill.err


def test_a_backup_comes_back_whole(kanban: Kanban, tmp_path: Path) -> None:
    kanban("user", "create", "ann@example.org", "--name", "Ann")
    file = tmp_path / "kanban.backup"
    assert kanban("backup", str(file)).status == 0
    kanban("user", "create", "bob@example.org", "--name", "Bob")
    assert kanban("backup", str(file)).status == 1, "no backup is overwritten"
    assert kanban("restore", str(file)).status == 0
    assert [person[0] for person in _people(tmp_path)] == ["ann@example.org"]


def test_a_server_starts_prints_the_first_link_and_stops_at_once(tmp_path: Path) -> None:
    server = Server(tmp_path, port=free_port())
    server.start()
    try:
        assert f"{server.url}/sign-in/link/" in server.log
        five_hundred = "+".join(f"PRODUCTS-{number}" for number in range(10_000, 10_500))  # the most at once
        with urllib.request.urlopen(f"{server.url}/sign-in?items={five_hundred}", timeout=10) as answer:
            assert answer.status == 200
    finally:
        server.stop()
    assert "Traceback" not in server.log


def test_it_is_a_module_as_well() -> None:
    run = subprocess.run([sys.executable, "-m", "kanban", "--version"], capture_output=True, text=True, check=True)
    assert "version" in run.stdout


def test_the_only_administrator_keeps_their_access(kanban: Kanban, tmp_path: Path) -> None:
    kanban("user", "create", "ann@example.org", "--name", "Ann", "--admin")
    kanban("user", "create", "bob@example.org", "--name", "Bob")
    run = kanban("user", "deactivate", "ann@example.org")
    assert (run.status, run.out) == (1, "")
    assert "only administrator" in run.err
    kanban("user", "create", "cay@example.org", "--name", "Cay", "--admin")
    assert kanban("user", "deactivate", "ann@example.org").status == 0


def test_who_owned_products_is_told_of_when_they_lose_access(
    kanban: Kanban, tmp_path: Path, demo_template: Path
) -> None:
    shutil.copytree(demo_template, tmp_path / "data")
    kanban("user", "create", "ann@example.org", "--name", "Ann", "--admin")
    run = kanban("user", "deactivate", "ingrid@ferry.example")
    assert run.status == 0
    assert "FERRY, QUAY: an administrator has to appoint a new owner" in run.out
    assert "appoint" not in kanban("user", "deactivate", "anders@ferry.example").out
