"""The built scripts, styles and pictures, as templates name them."""

import json
import time
from pathlib import Path

import flask
from markupsafe import Markup

_DIST = Path(__file__).parent / "static" / "dist"
_MANIFEST = _DIST / "manifest.json"
_LOOKED_AT_FOR = 1.0
"""Seconds for which the manifest counts as unchanged; a page names it forty times."""


class Assets:
    """The built files by their plain names."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._read_at = self._looked_at = 0.0
        self._urls: dict[tuple[str, str], str] = {}
        self._icons: dict[tuple[str, str], Markup] = {}

    def missing(self) -> bool:
        """Tell whether they were never built."""
        return not _MANIFEST.exists()

    def url(self, name: str) -> str:
        """The hashed address of `main.css`, `main.js`, `icons.svg` …; made once, since every picture asks."""
        self._read_anew()
        key = (_root(), name)
        if key not in self._urls:
            self._urls[key] = flask.url_for("static", filename=f"dist/{self._names.get(name, name)}")
        return self._urls[key]

    def icon(self, name: str) -> Markup:
        """One picture of the sprite, decorative: its meaning stands in words beside it or in an aria-label."""
        self._read_anew()
        key = (_root(), name)
        if key not in self._icons:
            picture = Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>')
            self._icons[key] = picture.format(self.url("icons.svg"), name)
        return self._icons[key]

    def _read_anew(self) -> None:
        """Take up what was built meanwhile."""
        now = time.monotonic()
        if now - self._looked_at < _LOOKED_AT_FOR:
            return
        self._looked_at = now
        changed_at = _MANIFEST.stat().st_mtime if _MANIFEST.exists() else 0.0
        if changed_at != self._read_at:
            self._names = json.loads(_MANIFEST.read_text()) if changed_at else {}
            self._urls, self._icons, self._read_at = {}, {}, changed_at


def _root() -> str:
    """Below which path of its host the program stands; a mail knows none."""
    return flask.request.script_root if flask.has_request_context() else ""
