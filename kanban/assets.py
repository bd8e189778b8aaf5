"""The built scripts, styles and pictures, as templates name them."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path

import flask
from markupsafe import Markup

_DIST = Path(__file__).parent / "static" / "dist"
_MANIFEST = _DIST / "manifest.json"
_LOOKED_AT_FOR = 1.0
"""Seconds for which the manifest counts as unchanged; a page names it forty times."""


@dataclass
class _Built:
    """What one manifest says, with the addresses and pictures made of it so far."""

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
        """Tell whether they were never built."""
        return not _MANIFEST.exists()

    def url(self, name: str) -> str:
        """The hashed address of `main.css`, `main.js`, `icons.svg` …; made once, since every picture asks."""
        return self._newest().url(_root(), name)

    def icon(self, name: str) -> Markup:
        """One picture of the sprite, decorative: its meaning stands in words beside it or in an aria-label."""
        built, root = self._newest(), _root()
        if (root, name) not in built.icons:
            picture = Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>')
            built.icons[root, name] = picture.format(built.url(root, "icons.svg"), name)
        return built.icons[root, name]

    def _newest(self) -> _Built:
        """What is built now. It is exchanged as a whole and looked at before others may rely on it, so that nobody who
        asks at the same moment is given names of none."""
        now = time.monotonic()
        if now - self._looked_at < _LOOKED_AT_FOR:
            return self._built
        built = self._built
        changed_at = _MANIFEST.stat().st_mtime if _MANIFEST.exists() else 0.0
        if changed_at != built.at:
            built = self._built = _Built(changed_at, json.loads(_MANIFEST.read_text()) if changed_at else {})
        self._looked_at = now
        return built


def _root() -> str:
    """Below which path of its host the program stands; a mail knows none."""
    return flask.request.script_root if flask.has_request_context() else ""
