"""The front door, the two health checks, and what every answer carries."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask, request

from kanban.app import create_app
from kanban.config import Config
from kanban.extensions import db
from kanban.models import Member
from tests.builders import World


def test_the_front_door_leads_each_to_their_work(world: World) -> None:
    assert world.browser("olga").get("/").headers["Location"] == "/products/FE/backlog"
    assert world.browser("dev").get("/").headers["Location"] == "/products/FE/board"
    assert world.browser("sam").get("/").headers["Location"] == "/start"
    assert world.browser().get("/").headers["Location"] == "/sign-in"


def test_who_left_the_last_product_lands_at_the_start(world: World) -> None:
    with world.writing() as session:
        session.execute(sa.delete(Member).where(Member.user_id == world.ids["dev"]))
    assert world.browser("dev").get("/").headers["Location"] == "/start"


def test_both_checks_answer_without_a_sign_in(world: World) -> None:
    assert world.browser().get("/healthz").get_data() == b"ok\n"
    assert world.browser().get("/readyz").get_data() == b"ready\n"


def test_without_a_database_it_lives_but_is_not_ready(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("unable to open database file"))

    monkeypatch.setattr(db.session, "execute", refuse)
    assert world.browser().get("/healthz").status_code == 200
    answer = world.browser().get("/readyz")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "unable" not in answer.get_data(as_text=True)


PAGES = ["/sign-in", "/me", "/products/FE/backlog", "/nothing/here", "/healthz"]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_what_keeps_other_sites_out(world: World, path: str) -> None:
    headers = world.browser("olga").get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert len(headers["X-Request-Id"]) == 12
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize("path", ["/sign-in", "/me", "/products/FE/backlog", "/people", "/nothing"])
def test_no_page_holds_code_or_styles_of_its_own(world: World, path: str) -> None:
    page = world.browser("olga").get(path).get_data(as_text=True)
    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page
    assert " onclick=" not in page


def test_big_answers_are_compressed_for_those_who_want_it(world: World) -> None:
    client = world.browser("olga").client
    plain = client.get("/sign-in", headers={"Accept-Encoding": "identity"})
    page = client.get("/me", headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in plain.headers
    assert page.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page.headers["Vary"]
    assert b"</html>" in gzip.decompress(page.data)
    assert int(page.headers["Content-Length"]) == len(page.data)
    small = client.get("/healthz", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in small.headers


@pytest.mark.parametrize("accepted", ["gzip;q=0", "br", "identity", ""])
def test_nobody_gets_a_coding_that_they_do_not_take(world: World, accepted: str) -> None:
    page = world.browser("olga").client.get("/me", headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in page.headers
    assert b"</html>" in page.data


def test_a_part_of_a_file_is_that_part(world: World) -> None:
    client = world.browser().client
    name = next((Path(world.app.static_folder or "") / "dist").glob("main-*.css")).name
    with client.get(f"/static/dist/{name}", headers={"Accept-Encoding": "gzip", "Range": "bytes=0-1999"}) as answer:
        assert (answer.status_code, len(answer.data)) == (206, 2000)
        assert "Content-Encoding" not in answer.headers


def test_hashed_assets_are_kept_for_a_year_and_others_for_a_day(world: World) -> None:
    client = world.browser().client
    built = sorted((Path(world.app.static_folder or "") / "dist").glob("main-*.css"))
    assert built, "the styles are built before the tests"
    with client.get(f"/static/dist/{built[0].name}", headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Content-Encoding"] == "gzip"
    with client.get(f"/static/dist/{built[0].name}", headers={"Accept-Encoding": "gzip, br"}) as answer:
        assert answer.headers["Content-Encoding"] == "br"
    with client.get("/static/favicon.svg") as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=86400"


@pytest.mark.parametrize(
    ("name", "asked", "status"), [("main-OTHER123.js", {}, 404), ("manifest.json", {"Range": "bytes=99999999-"}, 416)]
)
def test_no_refusal_of_a_file_is_kept_by_anybody(world: World, name: str, asked: dict[str, str], status: int) -> None:
    """While machines are upgraded one by one, a page of the new one may ask the old one for its scripts."""
    with world.browser().client.get(f"/static/dist/{name}", headers=asked) as answer:
        assert answer.status_code == status
        assert answer.headers["Cache-Control"] == "no-store"


def test_who_keeps_files_for_others_is_told_that_codings_differ(world: World) -> None:
    name = next((Path(world.app.static_folder or "") / "dist").glob("main-*.css")).name
    client, tags = world.browser().client, {}
    for coding in ("identity", "gzip", "br"):
        with client.get(f"/static/dist/{name}", headers={"Accept-Encoding": coding}) as answer:
            assert "Accept-Encoding" in answer.headers["Vary"]
            tags[coding] = answer.headers["ETag"]
        with client.get(
            f"/static/dist/{name}", headers={"Accept-Encoding": coding, "If-None-Match": tags[coding]}
        ) as answer:
            assert answer.status_code == 304
            assert "Accept-Encoding" in answer.headers["Vary"]
    assert tags["gzip"] == tags["br"] == f"W/{tags['identity']}", "no part of one coding continues another"


def test_the_log_names_the_request_but_no_secret(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="kanban"):
        answer = world.browser().post("/sign-in/link/very-secret-thing")
    assert answer.status_code == 404
    assert "very-secret-thing" not in caplog.text
    assert "/sign-in/link/…" in caplog.text


class TestOverTls:
    @pytest.fixture
    def secure(self, sqlite_app: Flask) -> Iterator[Flask]:
        config: Config = sqlite_app.config["KANBAN"]
        app = create_app(replace(config, base_url="https://kanban.example.org"))
        yield app
        with app.app_context():
            db.engine.dispose()

    def test_the_cookie_belongs_to_this_host_alone(self, secure: Flask) -> None:
        answer = secure.test_client().get("/sign-in", base_url="https://kanban.example.org")
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-kanban=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie

    def test_browsers_are_told_to_stay_on_tls(self, secure: Flask) -> None:
        answer = secure.test_client().get("/healthz", base_url="https://kanban.example.org")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "198.51.100.1")])
def test_proxy_headers_count_only_where_proxies_are_named(sqlite_app: Flask, proxies: int, address: str) -> None:
    app = create_app(replace(sqlite_app.config["KANBAN"], proxies=proxies))
    seen: list[str | None] = []
    app.before_request(lambda: seen.append(request.remote_addr))
    app.test_client().get("/healthz", headers={"X-Forwarded-For": "198.51.100.1"})
    assert seen == [address]
    with app.app_context():
        db.engine.dispose()
