"""Serves with gunicorn: a process with threads, and one that watches over it (waitress, one process, on Windows).

The program is loaded only in the serving process, after the fork. If both processes held it, each use of an object in
one of them would copy its page of memory: 30 MB after an hour.
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
    """Raise ConfigError if it is not possible to listen there; called before anything else is started."""
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
    """Serve what `begin` returns until told to stop.

    If `begin` raises SystemExit at the first start, this process ends with the same status.
    """
    if os.name == "nt":
        _serve_with_waitress(begin, host, port, threads)
    else:
        _serve_with_gunicorn(begin, host, port, threads)


_ROUNDS = (20_000, 20, 20)
_TURN_S = 0.0005
"""How many seconds a thread may hold the interpreter while others wait.

Python's default of 5 ms is as long as a whole move, and a thread that holds a product's lock waits for the interpreter
after each statement.
"""


def _begin_and_settle(begin: Callable[[], Service]) -> Service:
    """Begin the service, and tune the heap, the garbage collector and the switching of threads for it.

    What is loaded by then stays for good, so it is excluded from garbage collection: a full collection took 150 ms, in
    the middle of somebody's page. A page makes tens of thousands of objects and drops them together: collecting after
    every 700 of them, as Python does by default, would only examine them again and again.
    """
    # One heap for all threads: since they take turns anyway, they hardly wait for it; twenty heaps held 11 MB more.
    _set_heap(_ARENAS, 1)
    # Larger blocks go outside the heap: the first forecast left a gap of 11 MB in it.
    _set_heap(_APART, 4 << 20)
    service = begin()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_ROUNDS)
    sys.setswitchinterval(_TURN_S)
    # Keep what a large page frees for the next one: otherwise 500 memory pages were returned and fetched each time.
    _set_heap(_KEPT, 8 << 20)
    return service


_ARENAS, _APART, _KEPT = -8, -3, -1
"""M_ARENA_MAX, M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of glibc's mallopt."""


def _set_heap(option: int, value: int) -> None:
    """Set an option of the C library's heap, if the library has it."""
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
"""Exit status that tells gunicorn to end, instead of restarting a process that failed while starting."""
_ENDING = (signal.SIGINT, signal.SIGTERM, *([signal.SIGQUIT] if os.name != "nt" else []))
"""The signals that tell gunicorn to end, and that it passes on to its serving process."""


def _serve_with_gunicorn(begin: Callable[[], Service], host: str, port: int, threads: int) -> None:
    from gunicorn.app.base import BaseApplication

    life = _Life(begin)
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
        "pre_fork": life.before_fork,
        "post_fork": life.forked,
        "post_worker_init": life.start,
        "worker_exit": life.exit,
        "proc_name": "kanban",
        "control_socket_disable": True,
    }

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in settings.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            return life.load()

    logging.getLogger("gunicorn.error").addFilter(lambda _record: not life.failed_with)  # it has said why in one line
    os.register_at_fork(after_in_parent=_hear)
    sys.argv[:] = sys.argv[:1]
    watching = os.getpid()
    try:
        Server().run()
    finally:
        if life.failed_with and os.getpid() == watching:
            sys.exit(life.failed_with)


def _hear() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)


class _Life:
    """The serving process from its fork to its end: what gunicorn calls, in the order in which it does.

    Both processes hold it; what one must learn from the other is in shared memory.
    """

    def __init__(self, begin: Callable[[], Service]) -> None:
        self._begin = begin
        self._process: Any = None
        self._service: Service | None = None
        self._failed_with, self._has_served = mmap.mmap(-1, 1), mmap.mmap(-1, 1)

    @property
    def failed_with(self) -> int:
        """The exit status of the first start; 0 unless it failed."""
        return self._failed_with[0]

    def before_fork(self, _server: Any, _process: Any) -> None:
        """A signal that reaches the new process before gunicorn has set its handlers there would be lost; it waits."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)

    def forked(self, _server: Any, process: Any) -> None:
        """Once it has served, gunicorn restarts it however it fails."""
        self._process = process
        process.booted = bool(self._has_served[0])

    def load(self) -> Any:
        """The WSGI application. A failure of the first start ends both processes."""
        with _alive(self._process):
            try:
                _hear()
                self._service = _begin_and_settle(self._begin)
            except SystemExit as ended:
                if not ended.code:  # told to stop meanwhile
                    raise
                if self._has_served[0]:  # its database may be back soon
                    threading.Event().wait(_PAUSE_S)
                    raise
                self._failed_with[0] = ended.code if isinstance(ended.code, int) else 1
                os._exit(_BOOT_FAILED)  # sys.exit would give another status if the disk of the log is full
        return self._service.app

    def start(self, _process: Any) -> None:
        """Start what runs beside the pages, and let SIGTERM end the open streams first."""
        service = self._service
        assert service is not None
        service.start()
        self._has_served[0] = 1
        previous = signal.getsignal(signal.SIGTERM)
        received: list[int] = []

        def stop(number: int, frame: Any) -> None:
            received.append(number)
            if len(received) == 1:  # a second signal may interrupt the first in here, and would wait for its lock
                service.end_streams()
            if callable(previous):
                previous(number, frame)

        signal.signal(signal.SIGTERM, stop)

    def exit(self, _server: Any, _process: Any) -> None:
        """Stop what runs beside the pages."""
        if self._service is not None:
            self._service.stop()


@contextmanager
def _alive(process: Any) -> Iterator[None]:
    """Keep telling gunicorn that the process is alive: upgrading a large database may take longer than its timeout."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(_BEAT_S):
            process.notify()

    threading.Thread(target=beat, name="beginning", daemon=True).start()
    try:
        yield
    finally:
        ended.set()
