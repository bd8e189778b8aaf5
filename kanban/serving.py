"""Serves with gunicorn: a process with threads, and one that watches over it (waitress, one process, on Windows).

The program is read in the process that serves, after the fork. If both held it, each use of an object in one would copy
its page of memory for the other: 30 MB after an hour.
"""

import ctypes
import gc
import logging
import mmap
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from kanban.config import ConfigError


class Service(Protocol):
    """What is served: a WSGI application, and threads beside it between `start` and `stop`."""

    app: Any

    def start(self) -> None: ...
    def end_streams(self) -> None: ...
    def stop(self) -> None: ...


def refuse_taken(host: str, port: int) -> None:
    """ConfigError when nobody can listen there, before anything else is begun."""
    try:
        (family, kind, protocol, _name, address), *_rest = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        with socket.socket(family, kind, protocol) as trial:
            if os.name != "nt":
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except socket.gaierror:
        raise ConfigError(f"KANBAN_HOST: {host} is not an address of this machine.") from None
    except OSError as error:
        raise ConfigError(f"KANBAN_PORT: it is not possible to listen at {host}:{port} ({error.strerror}).") from None


def serve(begin: Callable[[], Service], *, host: str, port: int, threads: int) -> None:
    """Serve what `begin` answers with until told to stop. What ends the process in there (SystemExit) ends this one
    with the same status."""
    if os.name == "nt":
        _serve_with_waitress(begin, host, port, threads)
    else:
        _serve_with_gunicorn(begin, host, port, threads)


_ROUNDS = (20_000, 20, 20)
_TURN_S = 0.0005
"""For how long a thread may hold the interpreter while others wait; Python's own 5 ms are as long as a whole move, and
who holds a product's lock waits for the interpreter after each statement."""


def _begin_and_settle(begin: Callable[[], Service]) -> Service:
    """What is loaded by then stays for good. Left out of the garbage collector's rounds, it costs no full round of 150
    ms in the middle of somebody's page. A page makes tens of thousands of objects and drops them together: rounds after
    every 700 of them, as Python does, only count them again and again."""
    # Threads that take turns anyway hardly wait for each other in one heap, and twenty with gaps held 11 MB more.
    _set_heap(_ARENAS, 1)
    # Not in it: the first forecast left a gap of 11 MB there.
    _set_heap(_APART, 4 << 20)
    service = begin()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_ROUNDS)
    sys.setswitchinterval(_TURN_S)
    # What a large page takes is kept for the next one: 500 pages of memory were given back and fetched anew each time.
    _set_heap(_KEPT, 8 << 20)
    return service


_ARENAS, _APART, _KEPT = -8, -3, -1
"""M_ARENA_MAX, M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of glibc's mallopt."""


def _set_heap(option: int, value: int) -> None:
    """Tell the C library, where it is one that has this option."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(option, value)


def _serve_with_waitress(begin: Callable[[], Service], host: str, port: int, threads: int) -> None:
    import waitress

    service = _begin_and_settle(begin)
    service.start()
    waitress.serve(service.app, host=host, port=port, threads=threads, asyncore_use_poll=True)


_BEAT_S = 10
_PAUSE_S = 2
_BOOT_FAILED = 3
"""The status with which gunicorn does not begin anew what ended while it began."""
_ENDING = (signal.SIGINT, signal.SIGTERM, *([signal.SIGQUIT] if os.name != "nt" else []))
"""What gunicorn is told to end by, and tells its process."""


def _serve_with_gunicorn(begin: Callable[[], Service], host: str, port: int, threads: int) -> None:
    from gunicorn.app.base import BaseApplication

    here: dict[str, Any] = {}
    # Shared by both processes: with which status the first beginning ended, if it failed, and whether any succeeded.
    refused, served = mmap.mmap(-1, 1), mmap.mmap(-1, 1)
    logging.getLogger("gunicorn.error").addFilter(lambda _record: not refused[0])  # it told why itself, in one line

    # A signal that comes before gunicorn has set what answers it in the new process would be lost there.
    def pre_fork(_server: Any, _process: Any) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)

    def hear() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)

    os.register_at_fork(after_in_parent=hear)

    def post_fork(_server: Any, process: Any) -> None:
        here["process"] = process
        process.booted = bool(served[0])  # what has served once is begun anew, whatever it fails by

    def post_worker_init(_process: Any) -> None:
        service: Service = here["service"]
        service.start()
        served[0] = 1
        previous = signal.getsignal(signal.SIGTERM)
        told: list[int] = []

        def stop(number: int, frame: Any) -> None:
            told.append(number)
            if len(told) == 1:  # a second signal may come while the first is ending streams, and would wait for itself
                service.end_streams()
            if callable(previous):
                previous(number, frame)

        signal.signal(signal.SIGTERM, stop)

    def worker_exit(_server: Any, _process: Any) -> None:
        if "service" in here:
            here["service"].stop()

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            settings = {
                "bind": f"{host}:{port}",
                "worker_class": "gthread",
                "workers": 1,
                "threads": threads,
                "keepalive": 30,
                "limit_request_line": 8190,  # a form about five hundred items names them in its address
                "graceful_timeout": 10,
                "timeout": 120,
                "loglevel": "warning",
                "pre_fork": pre_fork,
                "post_fork": post_fork,
                "post_worker_init": post_worker_init,
                "worker_exit": worker_exit,
                "proc_name": "kanban",
                "control_socket_disable": True,
            }
            for name, value in settings.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            with _alive(here["process"]):
                try:
                    hear()
                    here["service"] = _begin_and_settle(begin)
                except SystemExit as ended:
                    if not ended.code:  # told to stop meanwhile
                        raise
                    if served[0]:  # its database may be back soon
                        threading.Event().wait(_PAUSE_S)
                        raise
                    refused[0] = ended.code if isinstance(ended.code, int) else 1
                    os._exit(_BOOT_FAILED)  # Python's own exit has another status where the log's disk is full
            return here["service"].app

    sys.argv[:] = sys.argv[:1]
    watching = os.getpid()
    try:
        Server().run()
    finally:
        if refused[0] and os.getpid() == watching:
            sys.exit(refused[0])


@contextmanager
def _alive(process: Any) -> Iterator[None]:
    """Tell gunicorn meanwhile that the process lives: bringing a large database up to date may take longer than its
    patience."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(_BEAT_S):
            process.notify()

    threading.Thread(target=beat, name="beginning", daemon=True).start()
    try:
        yield
    finally:
        ended.set()
