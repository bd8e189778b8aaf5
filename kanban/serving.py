"""Starts the server: gunicorn with threads (waitress on Windows), with the mail worker and the live watcher inside."""

import ctypes
import gc
import logging
import os
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

import flask

from kanban import live, worker
from kanban.config import Config, ConfigError
from kanban.extensions import db
from kanban.mail.office import PostOffice
from kanban.watcher import Watcher

log = logging.getLogger("kanban")


def watch(app: flask.Flask) -> Watcher:
    """Start what keeps open screens true; call it in the process that serves, after any fork."""
    config: Config = app.config["KANBAN"]
    with app.app_context():
        engine = db.engine
    live.broker.limit = max(config.threads * 5 // 6, 2)
    watcher = Watcher(engine, live.broker)
    watcher.start()
    return watcher


def start_inside(app: flask.Flask) -> list[Any]:
    """Start all that runs beside the requests: the watcher and the sender of mail."""
    return [watch(app), worker.Worker(app, PostOffice.from_config(app.config["KANBAN"])).start()]


def refuse_taken(host: str, port: int) -> None:
    """ConfigError when nobody can listen there, before anything else is begun."""
    try:
        (family, kind, protocol, _name, address), *_rest = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        with socket.socket(family, kind, protocol) as trial:
            if os.name != "nt":
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except socket.gaierror:
        raise ConfigError(f"KANBAN_HOST: {host} is no address of this machine.") from None
    except OSError as error:
        raise ConfigError(f"KANBAN_PORT: nothing can listen at {host}:{port} ({error.strerror}).") from None


_ROUNDS = (20_000, 20, 20)
_TURN_S = 0.0005
"""For how long a thread may hold the interpreter while others wait; Python's own 5 ms are as long as a whole move, and
who holds a product's lock waits for the interpreter after each statement."""


def serve(app: flask.Flask, *, host: str, port: int) -> None:
    """Serve until told to stop; streams end at once so that a stop takes no time.

    What is loaded by now stays for good. Left out of the garbage collector's rounds, it costs no full round of 150 ms
    in the middle of somebody's page, and its memory stays shared with the process that watches over the server. A page
    makes tens of thousands of objects and drops them together: rounds after every 700 of them, as Python does, only
    count them again and again.
    """
    _share_one_heap()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_ROUNDS)
    sys.setswitchinterval(_TURN_S)
    if os.name == "nt":
        _serve_with_waitress(app, host, port)
    else:
        _serve_with_gunicorn(app, host, port)


_ARENAS = -8
"""M_ARENA_MAX of glibc's mallopt."""


def _share_one_heap() -> None:
    """Where the C library gives each thread a heap of its own, let all have one: threads that take turns anyway hardly
    wait for each other there, and twenty heaps with gaps held 11 MB more."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_ARENAS, 1)


def _serve_with_waitress(app: flask.Flask, host: str, port: int) -> None:
    import waitress

    start_inside(app)
    waitress.serve(app, host=host, port=port, threads=app.config["KANBAN"].threads, asyncore_use_poll=True)


def _serve_with_gunicorn(app: flask.Flask, host: str, port: int) -> None:
    from gunicorn.app.base import BaseApplication

    config: Config = app.config["KANBAN"]
    started: list[Any] = []

    def post_worker_init(_process: Any) -> None:
        started.extend(start_inside(app))
        previous = signal.getsignal(signal.SIGTERM)

        told: list[int] = []

        def stop(number: int, frame: Any) -> None:
            told.append(number)
            if len(told) == 1:  # a second signal may come while the first is ending streams, and would wait for itself
                live.broker.end_all()
            if callable(previous):
                previous(number, frame)

        signal.signal(signal.SIGTERM, stop)

    def worker_exit(_server: Any, _process: Any) -> None:
        live.broker.end_all()
        for part in started:
            part.stop()

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            settings = {
                "bind": f"{host}:{port}",
                "worker_class": "gthread",
                "workers": 1,
                "threads": config.threads,
                "keepalive": 30,
                "limit_request_line": 8190,  # a form about five hundred items names them in its address
                "graceful_timeout": 10,
                "timeout": 120,
                "loglevel": "warning",
                "post_worker_init": post_worker_init,
                "worker_exit": worker_exit,
                "proc_name": "kanban",
                "control_socket_disable": True,
            }
            for name, value in settings.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> flask.Flask:
            return app

    sys.argv[:] = sys.argv[:1]
    Server().run()
