"""Caches compiled templates on the disk, and makes it quicker for templates to find their globals.

Compiling all of a page's templates takes half a second, which the first visitor after a start, and every test, would
have to wait for; so the result is kept in the temporary folder of whoever runs the program. What can't be stored or
read is compiled again: a full disk or somebody else's folder never breaks a page.
"""

from collections import ChainMap
from collections.abc import MutableMapping
from contextlib import suppress
from functools import cached_property
from types import MappingProxyType
from typing import Any

import jinja2
from jinja2.bccache import Bucket


class TemplateCache(jinja2.FileSystemBytecodeCache):
    """Keeps bytecode by template, its text and the settings of the environment that it was compiled for.

    These include which filters are given a context: any other filter is applied while compiling if all its arguments
    are constants in the template.
    """

    def __init__(self, environment: jinja2.Environment) -> None:
        super().__init__()
        self._environment = environment

    @cached_property
    def _settings(self) -> str:
        own = self._environment
        late = sorted(name for name, made in own.filters.items() if getattr(made, "jinja_pass_arg", None))
        return repr((own.trim_blocks, own.lstrip_blocks, sorted(own.extensions), late))

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """The name and place of a template with the settings."""
        return super().get_cache_key(name, f"{filename}|{self._settings}")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load the bytecode, if it can be read."""
        with suppress(OSError, EOFError, ValueError, TypeError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store the bytecode, if there is room."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def keep_compiled(environment: jinja2.Environment) -> None:
    """Cache what this environment compiles, if there is a folder for it that belongs to nobody else."""
    with suppress(RuntimeError, OSError):
        environment.bytecode_cache = TemplateCache(environment)


def share_globals(environment: jinja2.Environment) -> None:
    """Let all templates share one view of the environment's globals, unless one is given more when it is loaded.

    Jinja makes a view for each template and looks through it key by key for each rendering and import: in an answer to
    a move, these were 300 of 9,300 function calls. The shared view is read-only: giving globals to a template that has
    already been loaded is refused.
    """
    seen_by_all: Any = MappingProxyType(environment.globals)

    def make_globals(given: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return ChainMap(dict(given), environment.globals) if given else seen_by_all

    environment.make_globals = make_globals  # type: ignore[method-assign,assignment]
