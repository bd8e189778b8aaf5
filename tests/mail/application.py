"""The smallest application that can send mail, and the rows that mails are about; also run as a sender to be killed."""

import datetime as dt
import sys
from pathlib import Path

import jinja2
from flask import Flask

import kanban
from kanban.background.worker import Worker
from kanban.extensions import babel, db
from kanban.mail.letter import Mailbox
from kanban.mail.office import PostOffice
from kanban.mail.server import SmtpSettings
from kanban.models import Delivery, Product, Stakeholder, StatusUpdate, User
from kanban.models.status_update import Health
from kanban.reads import locked
from kanban.transactions import begin_write, settle_engine

KEY = "k" * 40
BASE_URL = "https://kanban.example.org"


def make_app(database_url: str) -> Flask:
    """Database, languages and templates, no pages."""
    app = Flask("kanban", root_path=str(Path(kanban.__file__).parent))
    app.config.update(SQLALCHEMY_DATABASE_URI=database_url, TESTING=True)
    app.jinja_env.undefined = jinja2.StrictUndefined
    db.init_app(app)
    babel.init_app(app)
    with app.app_context():
        settle_engine(db.engine)
    return app


def make_office(smtp_url: str | None) -> PostOffice:
    """A post office that hands in there, or keeps everything."""
    return PostOffice(
        base_url=BASE_URL,
        key=KEY,
        sender=Mailbox("Kanban", "kanban@example.org"),
        smtp=SmtpSettings.parse(smtp_url) if smtp_url else None,
    )


def add_product(app: Flask, *, stakeholders: int = 0) -> int:
    """A product owned by Ingrid with so many stakeholders; returns its id."""
    with app.app_context():
        session = begin_write()
        owner = User(email="ingrid@example.org", name="Ingrid Lund")
        session.add(owner)
        session.flush()
        product = Product.open(key="FERRY", name="Ferry tickets", owner=owner)
        session.add(product)
        session.flush()
        for number in range(stakeholders):
            session.add(
                Stakeholder(product_id=product.id, name=f"Person {number}", email=f"person{number}@example.com")
            )
        session.commit()
        return product.id


def publish_update(app: Flask, product_id: int, headline: str = "All is well") -> int:
    """Publish an update to every stakeholder; returns its id."""
    with app.app_context():
        session = begin_write()
        product = locked.lock_product(session, product_id)
        assert product is not None
        owner = session.scalars(db.select(User).where(User.email == "ingrid@example.org")).one()
        member = locked.membership(session, product_id, owner.id)
        assert member is not None
        update = StatusUpdate.draft(
            product,
            by=member,
            sections=[{"kind": "shipped", "lines": [{"text": "Season cards"}]}],
            since_version=1,
            since_at=dt.datetime(2026, 11, 9, tzinfo=dt.UTC),
            health=Health.ON_TRACK,
        )
        session.add(update)
        update.deliveries = []
        update.headline = headline
        session.flush()
        people = list(session.scalars(db.select(Stakeholder).where(Stakeholder.product_id == product_id)))
        update.publish(people, before=Health.AT_RISK, by=member)
        session.commit()
        return update.id


def states(app: Flask) -> dict[str, int]:
    """How many deliveries are in which state."""
    with app.app_context():
        counts = db.session.execute(db.select(Delivery.state, db.func.count()).group_by(Delivery.state))
        return {state.value: count for state, count in counts}


if __name__ == "__main__":
    _database_url, _smtp_url = sys.argv[1:]
    _worker = Worker(make_app(_database_url), make_office(_smtp_url))
    print("started", flush=True)
    _worker.run_until_signalled()
