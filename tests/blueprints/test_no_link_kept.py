"""The secret of a personal link stands in the mail alone: in no log, no row, no file, no export and no Referer."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from kanban.background.worker import Worker
from kanban.mail.links import Purpose
from kanban.mail.office import PostOffice
from kanban.models import Model
from kanban.transfer import exporting
from tests.blueprints.test_answering_updates import link_of as to_answer
from tests.builders import World
from tests.reporting import add_stakeholders, begin, link_of, person, publish


def secret_of(link: str) -> str:
    """The part of a link that nobody can make up."""
    return link.rpartition("-")[2]


def rows_of(world: World) -> str:
    """Every value of every table as text."""
    with world.reading() as session:
        tables = [session.execute(sa.select(table)).all() for table in Model.metadata.sorted_tables]
        return "\n".join(str(tuple(row)) for rows in tables for row in rows)


def test_no_secret_of_a_personal_link_is_kept_anywhere(both: World, caplog: pytest.LogCaptureFixture) -> None:
    add_stakeholders(both, "Sunniva")
    publish(both, begin(both))
    told: dict[str, str] = {purpose: link_of(both, "Sunniva", purpose) for purpose in Purpose}
    owner = both.browser("olga")
    with caplog.at_level("DEBUG"):
        config = both.app.config["KANBAN"]
        assert Worker(both.app, PostOffice.from_config(config)).drain() == 1
        for purpose, form in {
            Purpose.READ: {},
            Purpose.ASK: {"body": "Why?"},
            Purpose.PREFERENCES: {"level": "brief"},
        }.items():
            reader = both.browser()
            answer = reader.get(told[purpose])
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "//" not in answer.text.partition("<body")[2].replace("http://localhost", ""), (
                "a page of another site"
            )
            assert reader.post(told[purpose], form).status_code == 200
        both.browser().get(f"{told[Purpose.STOP]}x")
        told |= {"answer": to_answer(both)}
        assert both.browser().get(told["answer"]).headers["Referrer-Policy"] == "no-referrer"
        assert both.browser().post(told["answer"], {"body": "Because."}).status_code == 200
        Worker(both.app, PostOffice.from_config(config)).drain()
        exports = [owner.get(f"/products/FE/stakeholders/{person(both, 'Sunniva').id}/export.json").text]
    with both.changing() as (session, product, _member):
        exports.append(json.dumps(exporting.as_document(session, product, has_requests=True), default=str))
    assert "Sunniva" in exports[0]
    assert '"items"' in exports[1]
    files = [path.read_bytes() for path in Path(config.data_dir).rglob("*") if path.is_file()]
    assert len(caplog.records) > 0
    for link in told.values():
        secret = secret_of(link)
        assert secret not in caplog.text
        assert secret not in rows_of(both)
        assert not any(secret in text for text in exports)
        assert not any(secret.encode() in content for content in files)
