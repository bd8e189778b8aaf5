"""Turns people's Markdown into safe HTML; `plain` turns it into plain text. Nothing here fetches or stores anything.

Raw HTML in the source is shown as text. The output nevertheless passes an allow-list.
"""

import html
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup
from mdit_py_plugins.tasklists import tasklists_plugin

MAX_LENGTH = 100_000
"""The most characters that are rendered; a longer text is cut."""
MAX_TASKS = 500
"""The most checkboxes that are drawn; a text with more shows them as typed, because the cost grows with their
square."""
MAX_BRACKETS = 2_000
"""The most opening brackets for which links are looked up, for the same reason."""
MAX_CELLS = 5_000
"""The most table cells that are drawn: short rows are padded to the width of their table, so a few characters can make
many cells. A text with more shows its tables as typed."""

_TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "input", "a", "table", "thead", "tbody", "tr", "th", "td", "label", "span"),
}
_ATTRIBUTES = {"a": {"href", "title", "data-panel"}, "ol": {"start"}}
_CLASSES = {"ul": {"contains-task-list"}, "ol": {"contains-task-list"}, "li": {"task-list-item"}, "span": {"mention"}}
_SCHEMES = {"http", "https", "mailto"}


@dataclass(frozen=True)
class Refs:
    """The items that a text can name: those of the product with this key, up to the newest number."""

    key: str
    newest: int


def to_html(source: str, *, names: Collection[str] = (), refs: Refs | None = None) -> Markup:
    """Safe HTML: links are nofollow, an image becomes a link to it, a task's checkbox is shown but can't be ticked.

    `@Name` is highlighted if it is one of these names, and a reference such as FERRY-49 links to its item if it is one
    of `refs`. The HTML of short texts, such as most comments, is cached.
    """
    known = tuple(sorted(names, key=len, reverse=True)) if "@" in source else ()
    named = refs if refs is not None and f"{refs.key}-" in source else None
    return _kept(source, known, named) if len(source) <= _SHORT else _drawn(source, known, named)


def with_refs(text: str, refs: Refs) -> Markup:
    """A plain text as HTML in which a reference such as FERRY-49 links to its item if it is one of `refs`."""
    return Markup(_with_marks(text, list(_references(text, refs))))  # noqa: S704 (escaped there)


_SHORT = 1_000


@lru_cache(maxsize=1_000)  # three megabytes at most
def _kept(source: str, names: tuple[str, ...], refs: Refs | None) -> Markup:
    return _drawn(source, names, refs)


def _drawn(source: str, names: tuple[str, ...], refs: Refs | None) -> Markup:
    env = {"names": _names_pattern(names) if names else None, "refs": refs, "linked": False}
    parser = _parser(source)
    html = parser.renderer.render(parser.parse(source[:MAX_LENGTH]), parser.options, env)
    return Markup(  # noqa: S704 - what the allow-list let through
        nh3.clean(
            html,
            tags=_TAGS,
            attributes=_ATTRIBUTES | {"input": {"checked"}},
            allowed_classes=_CLASSES,
            set_tag_attribute_values={"input": {"type": "checkbox", "disabled": ""}},
            url_schemes=_SCHEMES,
            link_rel="nofollow noopener",
        )
    )


def names_in(source: str, names: Collection[str]) -> set[str]:
    """The names among these that the text mentions as `@Name`, outside of code."""
    if "@" not in source or not names:
        return set()
    pattern = _names_pattern(tuple(sorted(names, key=len, reverse=True)))
    words = " ".join(re.findall(r'<span class="mention">([^<]*)</span>', to_html(source, names=names)))
    return {found[0][1:] for found in pattern.finditer(html.unescape(words))}


@lru_cache(maxsize=64)
def _names_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """An @ and one of the names, the longest first, not inside a word or an address."""
    return re.compile(rf"(?<![\w@.])@(?:{'|'.join(map(re.escape, names))})(?!\w)")


def read(source: str) -> list[Token]:
    """The Markdown parsed into block tokens, cut at MAX_LENGTH as for rendering."""
    return _parser(source).parse(source[:MAX_LENGTH])


class _Renderer(RendererHTML):
    """The usual renderer, except that an image becomes a link, so that reading a page loads nothing from elsewhere.

    Headings start at the third level, below those of the page around them.
    """

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        address, words = image_of(tokens[idx])
        return f'<a href="{Markup.escape(address)}">{Markup.escape(words)}</a>'

    def text(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        text = tokens[idx].content
        marks = [*_mentions(text, env["names"]), *(() if env["linked"] else _references(text, env["refs"]))]
        return _with_marks(text, marks) if marks else super().text(tokens, idx, options, env)

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        env["linked"] = True  # a link holds no other
        return self.renderToken(tokens, idx, options, env)

    def link_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        env["linked"] = False
        return self.renderToken(tokens, idx, options, env)

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"<{_lower_heading(tokens[idx].tag)}>"

    def heading_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"</{_lower_heading(tokens[idx].tag)}>\n"


_Mark = tuple[re.Match[str], Markup]
"""A match in a text, and the HTML that replaces it."""


def _mentions(text: str, names: re.Pattern[str] | None) -> Iterator[_Mark]:
    for found in names.finditer(text) if names else ():
        yield found, Markup('<span class="mention">{}</span>').format(found[0])


def _references(text: str, refs: Refs | None) -> Iterator[_Mark]:
    for found in _refs_pattern(refs.key).finditer(text) if refs else ():
        if refs and int(found[1]) <= refs.newest:
            yield found, Markup('<a href="/items/{0}" data-panel>{0}</a>').format(found[0])


@lru_cache(maxsize=64)
def _refs_pattern(key: str) -> re.Pattern[str]:
    """A reference of that product, not inside a word, a path or a longer number."""
    return re.compile(rf"(?<![\w/-]){re.escape(key)}-([1-9][0-9]{{0,8}})(?![\w-])")


def _with_marks(text: str, marks: list[_Mark]) -> str:
    """The text as HTML with its marks; of two marks that overlap, the first counts."""
    parts, end = [], 0
    for found, marked in sorted(marks, key=lambda mark: mark[0].start()):
        if found.start() >= end:
            parts += [Markup.escape(text[end : found.start()]), marked]
            end = found.end()
    return "".join([*parts, Markup.escape(text[end:])])


def image_of(token: Token) -> tuple[str, str]:
    """An image's address, and the words to show for it."""
    address = str(token.attrs.get("src", ""))
    return address, token.content.strip() or address


def _lower_heading(tag: str) -> str:
    return f"h{min(6, int(tag[1]) + 2)}"


def _parser(source: str) -> MarkdownIt:
    """The parser, which is shared: it keeps no state between texts."""
    links, tasks = source.count("[") <= MAX_BRACKETS, source.count(" [") <= MAX_TASKS
    return _new_parser(links=links, tasks=links and tasks, tables=_cells(source) <= MAX_CELLS)


def _cells(source: str) -> int:
    """An upper bound for the number of table cells.

    Each line after what may be a header rule counts as many cells as that rule has.
    """
    cells, width = 0, 0
    for line in _LINE_END.split(source):
        if _RULE.fullmatch(line):
            width = max(width, line.count("|") + 1)
        elif not line.strip(_QUOTING):
            width = 0
        cells += width
    return cells


_LINE_END = re.compile(r"\r\n?|\n")
_QUOTING = " \t>"
_RULE = re.compile(r"[ \t>|:-]*-[ \t>|:-]*")


@lru_cache(maxsize=8)
def _new_parser(*, links: bool, tasks: bool, tables: bool) -> MarkdownIt:
    parser = MarkdownIt("gfm-like", {"html": False, "linkify": True, "breaks": True}, renderer_cls=_Renderer)
    if tasks:
        parser.use(tasklists_plugin, label=True)
    return parser.disable([*([] if links else ["link", "image"]), *([] if tables else ["table"])])
