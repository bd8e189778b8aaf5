"""Names of those who hold leases on deliveries, and whether the process behind such a name is still alive."""

import os
import socket
from pathlib import Path


def own_name(suffix: str) -> str:
    """A name made of this machine, process id, start time and a suffix that tells this process's workers apart."""
    pid = os.getpid()
    return "/".join((_machine(), str(pid), _birth(pid), suffix))


def is_gone(name: str) -> bool:
    """Whether the process behind a name has certainly ended.

    One on another machine never counts as gone; its lease has to run out.
    """
    machine, pid, birth, *_suffix = (*name.split("/"), "", "", "")
    if machine != _machine() or not pid.isdigit():
        return False
    return _birth(int(pid)) != birth


def _machine() -> str:
    return socket.gethostname().replace("/", "-")


def _birth(pid: int) -> str:
    """When a process started, in the kernel's ticks.

    It is "" if there is no such process, and "alive" if the system can't say when it started.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return _alive_without_proc(pid)
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else f"{_boot()}-{fields[19]}"


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
    except OSError:
        return ""


def _alive_without_proc(pid: int) -> str:
    if Path("/proc/self/stat").exists():
        return ""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        return "alive"
    return "alive"
