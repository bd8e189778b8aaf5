"""The program in the process that serves: its pages, and beside them the mail worker, the courier of webhooks and
what keeps open screens true."""

import flask

from kanban import live
from kanban.background.courier import Courier
from kanban.background.watcher import Watcher
from kanban.background.worker import Worker
from kanban.config import Config
from kanban.extensions import db
from kanban.mail.office import PostOffice


def watcher_of(app: flask.Flask) -> Watcher:
    """What keeps open screens true; start it in the process that serves, after any fork."""
    config: Config = app.config["KANBAN"]
    live.broker.limit = max(config.threads * 5 // 6, 2)
    with app.app_context():
        return Watcher(db.engine, live.broker)


class Service:
    """Threads run from `start` to `stop`; no fork may come between."""

    def __init__(self, app: flask.Flask) -> None:
        self.app = app
        self._watcher = watcher_of(app)
        self._worker = Worker(app, PostOffice.from_config(app.config["KANBAN"]))
        self._courier = Courier(app)

    def start(self) -> None:
        """Run what runs beside the requests."""
        self._watcher.start()
        self._worker.start()
        self._courier.start()

    def end_streams(self) -> None:
        """End the open screens' streams at once, so that a stop takes no time."""
        live.broker.end_all()

    def stop(self) -> None:
        """End all of it."""
        self.end_streams()
        self._watcher.stop()
        self._courier.stop()
        self._worker.stop()
