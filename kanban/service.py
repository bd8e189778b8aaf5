"""What runs in the serving process beside the pages: the mail worker, the courier of webhooks, and the watcher that
keeps open screens up to date."""

import flask

from kanban import live
from kanban.background.courier import Courier
from kanban.background.watcher import Watcher
from kanban.background.worker import Worker
from kanban.config import Config
from kanban.extensions import db
from kanban.mail.office import PostOffice


def watcher_of(app: flask.Flask) -> Watcher:
    """The watcher that keeps open screens up to date; start it in the serving process, after any fork."""
    config: Config = app.config["KANBAN"]
    live.broker.limit = max(config.threads * 5 // 6, 2)
    with app.app_context():
        return Watcher(db.engine, live.broker)


class Service:
    """The application, and the threads beside it from `start` to `stop`; the process must not fork in between."""

    def __init__(self, app: flask.Flask) -> None:
        self.app = app
        self._watcher = watcher_of(app)
        self._worker = Worker(app, PostOffice.from_config(app.config["KANBAN"]))
        self._courier = Courier(app)

    def start(self) -> None:
        """Start the threads that run beside the requests."""
        self._watcher.start()
        self._worker.start()
        self._courier.start()

    def end_streams(self) -> None:
        """End the streams of open screens at once, so that a stop doesn't have to wait for them."""
        live.broker.end_all()

    def stop(self) -> None:
        """End the streams and stop the threads."""
        self.end_streams()
        self._watcher.stop()
        self._courier.stop()
        self._worker.stop()
