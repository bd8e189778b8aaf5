"""Finds a Chromium for the browser tests: one that is named, one of the system, or the one inside an npm package."""

import os
import platform
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

import brotli
from playwright.sync_api import Browser, Playwright

import hatch_build

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
_ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge")
_ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
_PACKAGES = Path(__file__).parent.parent / "node_modules"
_PACKED = _PACKAGES / "@sparticuz" / "chromium" / "bin"
_HELP = """No browser for the browser tests. Three ways to mend that:
  1. set KANBAN_CHROMIUM to the path of a Chromium, Chrome or Edge,
  2. install one where the system finds it (for example: apt install chromium),
  3. run `python3 dev.py test` once with network: on Linux (x86-64) it puts one into tests/node_modules."""


def launch(playwright: Playwright) -> Browser:
    """A headless browser; raises with the three ways to mend when there is none."""
    path, environment = _find()
    return playwright.chromium.launch(
        executable_path=str(path), args=FLAGS, env={**os.environ, **environment}, chromium_sandbox=False
    )


def use_packaged_node() -> None:
    """Have Playwright's driver use the node of the wheel; the one it brings needs more of the system."""
    if hatch_build.node().exists():
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(hatch_build.node()))


def _find() -> tuple[Path, dict[str, str]]:
    if named := os.environ.get("KANBAN_CHROMIUM"):
        if not Path(named).is_file():
            raise RuntimeError(f"KANBAN_CHROMIUM names {named}, which is not there.")
        return Path(named), {}
    found = [*filter(None, map(shutil.which, _ON_PATH)), *(path for path in _ELSEWHERE if Path(path).is_file())]
    if found:
        return Path(found[0]), {}
    if sys.platform == "linux" and platform.machine() == "x86_64" and (_PACKED / "chromium.br").exists():
        return _packaged()
    raise RuntimeError(_HELP)


def _packaged() -> tuple[Path, dict[str, str]]:
    """The browser of the npm package, with its own libraries and fonts; unpacked once beside the package."""
    home = _PACKAGES / ".chromium"
    if not home.exists():
        _unpack(home)
    libraries = [str(path) for path in (home / "al2023").rglob("lib") if path.is_dir()]
    return home / "chromium", {
        "LD_LIBRARY_PATH": os.pathsep.join([*libraries, str(home), os.environ.get("LD_LIBRARY_PATH", "")]),
        "FONTCONFIG_PATH": str(home),
        "FONTCONFIG_FILE": str(home / "fonts.conf"),
    }


def _unpack(home: Path) -> None:
    """Into a folder of its own first, so that two workers can do it at once: the later one drops its work."""
    fresh = Path(tempfile.mkdtemp(prefix=".chromium-", dir=_PACKAGES))
    try:
        (fresh / "chromium").write_bytes(brotli.decompress((_PACKED / "chromium.br").read_bytes()))
        (fresh / "chromium").chmod(0o755)
        for name, folder in {"al2023": fresh / "al2023", "swiftshader": fresh, "fonts": fresh / "fonts"}.items():
            packed = fresh / f"{name}.tar"
            packed.write_bytes(brotli.decompress((_PACKED / f"{name}.tar.br").read_bytes()))
            with tarfile.open(packed) as archive:
                archive.extractall(folder, filter="data")
            packed.unlink()
        (fresh / "fonts.conf").write_text(
            '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
            f"<dir>{escape(str(home))}/fonts</dir><dir>/usr/share/fonts</dir>"
            f"<cachedir>{escape(str(home))}/cache</cachedir></fontconfig>"
        )
        if not home.exists():
            fresh.rename(home)
    except OSError:
        if not home.exists():
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
