"""The reader's language, and the texts of templates in it.

A page has a hundred texts. Looking each up in the catalogue of its request, and marking it as safe each time, takes
twice as long as a cached look-up.
"""

from functools import lru_cache
from typing import Any

import flask
from babel import Locale
from flask_babel import get_locale, get_translations, gettext
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup


def init_app(app: flask.Flask) -> None:
    """Give templates their `_`; texts that depend on a number still use `ngettext`."""
    app.jinja_env.globals["_"] = _word


def language() -> str:
    """The reader's language as pages name it (BCP 47): "en"; outside a request "en", too."""
    return str(get_locale() or "en").replace("_", "-")


def locale_kwargs() -> dict[str, Any]:
    """The keyword arguments with which sentences about facts are made: the reader's locale, and their `gettext`."""
    return {"locale": language(), "gettext": gettext}


@pass_eval_context
def _word(context: EvalContext, message: str, **values: Any) -> str:
    """A text of the program, translated, with its `%(name)s` filled in; escaped if the template is HTML."""
    text = (_markup if context.autoescape else _text)(get_locale(), message)
    return text % values if values or "%" in text else text


@lru_cache(maxsize=8_192)
def _text(_locale: Locale | None, message: str) -> str:
    return str(get_translations().ugettext(message))


@lru_cache(maxsize=8_192)
def _markup(locale: Locale | None, message: str) -> Markup:
    return Markup(_text(locale, message))  # noqa: S704 (a text of the program, what is filled in gets escaped)
