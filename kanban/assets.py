"""The built scripts, styles and pictures, as templates name them."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path

import flask
from markupsafe import Markup

_DIST = Path(__file__).parent / "static" / "dist"
_MANIFEST = _DIST / "manifest.json"
_PACKED = {"br": ".br", "gzip": ".gz"}
_LOOKED_AT_FOR = 1.0
"""Seconds for which the manifest is assumed not to have changed; one page refers to it forty times."""


@dataclass
class _Built:
    """One manifest, with the addresses and icons made from it so far."""

    at: float = 0.0
    names: dict[str, str] = field(default_factory=dict)
    urls: dict[tuple[str, str], str] = field(default_factory=dict)
    icons: dict[tuple[str, str], Markup] = field(default_factory=dict)

    def url(self, root: str, name: str) -> str:
        if (root, name) not in self.urls:
            self.urls[root, name] = flask.url_for("static", filename=f"dist/{self.names.get(name, name)}")
        return self.urls[root, name]


class Assets:
    """The built files by their plain names."""

    def __init__(self) -> None:
        self._built = _Built()
        self._looked_at = -_LOOKED_AT_FOR

    def missing(self) -> bool:
        """Whether the assets have not been built."""
        return not _MANIFEST.exists()

    def url(self, name: str) -> str:
        """The hashed address of `main.css`, `main.js`, `icons.svg` …; cached, since every icon needs it."""
        return self._newest().url(_root(), name)

    def icon(self, name: str) -> Markup:
        """One icon of the sprite. It is decorative: its meaning is given in words beside it or in an aria-label."""
        built, root = self._newest(), _root()
        if (root, name) not in built.icons:
            picture = Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>')
            built.icons[root, name] = picture.format(built.url(root, "icons.svg"), name)
        return built.icons[root, name]

    def _newest(self) -> _Built:
        """The newest manifest. It is read in full before it replaces the old one, so that no thread gets half of it."""
        now = time.monotonic()
        if now - self._looked_at < _LOOKED_AT_FOR:
            return self._built
        built = self._built
        changed_at = _MANIFEST.stat().st_mtime if _MANIFEST.exists() else 0.0
        if changed_at != built.at:
            built = self._built = _Built(changed_at, json.loads(_MANIFEST.read_text()) if changed_at else {})
        self._looked_at = now
        return built


def packed(name: str, coding: str) -> bytes | None:
    """A built file as the build compressed it ("br" or "gzip"); None if the build did not compress it."""
    path = _DIST / (name + _PACKED[coding])
    return path.read_bytes() if path.is_file() else None


def _root() -> str:
    """The path under which the program is mounted; empty for a mail, which has no request."""
    return flask.request.script_root if flask.has_request_context() else ""
