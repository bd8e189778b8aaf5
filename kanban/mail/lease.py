"""Names of those who hold leases on deliveries, and whether the process behind such a name still lives."""

import os
import socket
from pathlib import Path


def own_name(suffix: str) -> str:
    """Machine, process and birth of this process, and a suffix that tells its workers apart."""
    pid = os.getpid()
    return "/".join((_machine(), str(pid), _birth(pid), suffix))


def is_gone(name: str) -> bool:
    """Tell whether the process has certainly ended; one on another machine never counts as gone, but its lease runs
    out."""
    machine, pid, birth, *_suffix = (*name.split("/"), "", "", "")
    if machine != _machine() or not pid.isdigit():
        return False
    return _birth(int(pid)) != birth


def _machine() -> str:
    return socket.gethostname().replace("/", "-")


def _birth(pid: int) -> str:
    """When the process started, in the kernel's ticks; "alive" if the system does not tell, "" if there is no such
    process."""
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
