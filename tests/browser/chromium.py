"""Finds a Chromium for the browser tests: one that is named, one of the system, or the one inside an npm package."""

import os
import shutil
import tarfile
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Playwright

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
_SYSTEM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
_PACKAGE = Path(__file__).parent.parent / "node_modules" / "@sparticuz" / "chromium" / "bin"
_HELP = """No browser for the browser tests. Three ways to mend that:
  1. set KANBAN_CHROMIUM to the path of a Chromium, Chrome or Edge,
  2. install one where the system finds it (for example: apt install chromium),
  3. run `python3 dev.py test` once with network, which installs one inside tests/node_modules."""


def launch(playwright: Playwright) -> Browser:
    """A headless browser; raises with the three ways to mend when there is none."""
    path, environment = _find()
    return playwright.chromium.launch(
        executable_path=str(path), args=FLAGS, env={**os.environ, **environment}, chromium_sandbox=False
    )


def use_packaged_node() -> None:
    """Have Playwright's driver use the node of the wheel; the one it brings needs more of the system."""
    import hatch_build

    node = hatch_build.node_folder() / "node"
    if node.exists():
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node))


def _find() -> tuple[Path, dict[str, str]]:
    if named := os.environ.get("KANBAN_CHROMIUM"):
        return Path(named), {}
    for name in _SYSTEM:
        if found := shutil.which(name):
            return Path(found), {}
    if (_PACKAGE / "chromium.br").exists():
        return _unpacked()
    raise RuntimeError(_HELP)


def _unpacked() -> tuple[Path, dict[str, str]]:
    """Unpack the package's browser, libraries and fonts once a machine; safe when two workers do it at once."""
    import brotli

    size = (_PACKAGE / "chromium.br").stat().st_size
    home = Path(tempfile.gettempdir()) / f"kanban-chromium-{size}"
    if not home.exists():
        fresh = Path(tempfile.mkdtemp(prefix="kanban-chromium-new-"))
        (fresh / "chromium").write_bytes(brotli.decompress((_PACKAGE / "chromium.br").read_bytes()))
        (fresh / "chromium").chmod(0o755)
        for name in ("al2023", "swiftshader", "fonts"):
            packed = fresh / f"{name}.tar"
            packed.write_bytes(brotli.decompress((_PACKAGE / f"{name}.tar.br").read_bytes()))
            with tarfile.open(packed) as archive:
                archive.extractall(fresh / name if name != "swiftshader" else fresh, filter="data")
            packed.unlink()
        _write_font_settings(fresh, home)
        try:
            fresh.rename(home)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)
    libraries = [str(path) for path in (home / "al2023").rglob("lib") if path.is_dir()]
    search = ":".join([*libraries, str(home), os.environ.get("LD_LIBRARY_PATH", "")])
    return home / "chromium", {
        "LD_LIBRARY_PATH": search,
        "FONTCONFIG_PATH": str(home),
        "FONTCONFIG_FILE": str(home / "fonts.conf"),
    }


def _write_font_settings(fresh: Path, home: Path) -> None:
    (fresh / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{home}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>{home}/cache</cachedir></fontconfig>"
    )
