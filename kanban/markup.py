"""People's Markdown turned into safe HTML or plain text; nothing here fetches anything, stores anything or knows the
reader.

Raw HTML in the source is shown as text. The output passes an allow-list all the same.
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

    `@Name` is highlighted if it is one of these names, and a reference such as FERRY-49 leads to its item if it is one
    of `refs`. Short texts, such as most comments, are kept as they were drawn.
    """
    known = tuple(sorted(names, key=len, reverse=True)) if "@" in source else ()
    named = refs if refs is not None and f"{refs.key}-" in source else None
    return _kept(source, known, named) if len(source) <= _SHORT else _drawn(source, known, named)


_SHORT = 1_000


@lru_cache(maxsize=1_000)  # three megabytes at most
def _kept(source: str, names: tuple[str, ...], refs: Refs | None) -> Markup:
    return _drawn(source, names, refs)


def _drawn(source: str, names: tuple[str, ...], refs: Refs | None) -> Markup:
    parser = _parser(source)
    env = {"names": _names_pattern(names) if names else None, "refs": refs, "linked": False}
    html = parser.renderer.render(parser.parse(_cut(source)), parser.options, env)
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
    """Those of these names that the text mentions as `@Name`, outside of code."""
    if "@" not in source or not names:
        return set()
    pattern = _names_pattern(tuple(sorted(names, key=len, reverse=True)))
    words = " ".join(re.findall(r'<span class="mention">([^<]*)</span>', to_html(source, names=names)))
    return {found[0][1:] for found in pattern.finditer(html.unescape(words))}


@lru_cache(maxsize=64)
def _names_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """An @ and one of the names, the longest first, not inside a word or an address."""
    return re.compile(rf"(?<![\w@.])@(?:{'|'.join(map(re.escape, names))})(?!\w)")


def to_text(source: str) -> str:
    """Plain text of the same: for mails, excerpts and search. Links keep their address, tasks their box."""
    return _TextWriter().write(_parser(source).parse(_cut(source)))


def first_words(source: str, most: int) -> str:
    """The beginning of a text on one line of so many characters at most, without Markdown syntax."""
    line = " ".join(to_text(source).split()) or " ".join(source.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _cut(source: str) -> str:
    return source[:MAX_LENGTH]


class _Renderer(RendererHTML):
    """The usual renderer, except that an image becomes a link, so that reading a page loads nothing from elsewhere.

    Headings start at the third level, below those of the page around them.
    """

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        address, words = _image(tokens[idx])
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
"""What of a text is marked, and how."""


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
    """The text as HTML; of two marks that overlap, the first."""
    parts, end = [], 0
    for found, marked in sorted(marks, key=lambda mark: mark[0].start()):
        if found.start() >= end:
            parts += [Markup.escape(text[end : found.start()]), marked]
            end = found.end()
    return "".join([*parts, Markup.escape(text[end:])])


def _image(token: Token) -> tuple[str, str]:
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
    """An upper bound for the number of table cells: each line after a possible header rule counts as many cells as that
    rule has."""
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


class _TextWriter:
    """Writes block tokens as lines; `margins` are the prefixes of the quotes and lists that are open."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.margins: list[str] = []
        self.numbers: list[int | None] = []
        self.marker = ""
        self.gap: str | None = None
        self.cells: list[str] | None = None

    def write(self, tokens: Sequence[Token]) -> str:
        for token in tokens:
            step = getattr(self, f"_{token.type}", None)
            if step is not None:
                step(token)
        return "\n".join(line.rstrip() for line in self.lines).strip("\n")

    def _inline(self, token: Token) -> None:
        text = _inline_text(token.children or [])
        if self.cells is None:
            self._put(text)
        else:
            self.cells.append(text.replace("\n", " "))

    def _fence(self, token: Token) -> None:
        self._put(token.content.rstrip("\n"))
        self._gap()

    _code_block = _fence

    def _hr(self, token: Token) -> None:
        self._put("---")
        self._gap()

    def _paragraph_close(self, token: Token) -> None:
        if not token.hidden:
            self._gap()

    def _heading_close(self, token: Token) -> None:
        self._gap()

    def _blockquote_open(self, token: Token) -> None:
        self.margins.append("> ")

    def _blockquote_close(self, token: Token) -> None:
        self.margins.pop()
        self._gap()

    def _bullet_list_open(self, token: Token) -> None:
        self.numbers.append(None)

    def _ordered_list_open(self, token: Token) -> None:
        self.numbers.append(int(token.attrs.get("start", 1)))

    def _bullet_list_close(self, token: Token) -> None:
        self.numbers.pop()
        if not self.numbers:
            self._gap()

    _ordered_list_close = _bullet_list_close

    def _list_item_open(self, token: Token) -> None:
        number = self.numbers[-1]
        if number is not None:
            self.numbers[-1] = number + 1
        self.marker = "- " if number is None else f"{number}. "
        self.margins.append(" " * len(self.marker))

    def _list_item_close(self, token: Token) -> None:
        if self.marker:
            self._put("")
        self.margins.pop()

    def _tr_open(self, token: Token) -> None:
        self.cells = []

    def _tr_close(self, token: Token) -> None:
        cells, self.cells = self.cells or [], None
        self._put(" | ".join(cells))

    def _table_close(self, token: Token) -> None:
        self._gap()

    def _put(self, text: str) -> None:
        if self.gap is not None and self.lines:
            self.lines.append(min(self.gap, "".join(self.margins), key=len))
        self.gap = None
        for line in text.split("\n"):
            margin = "".join(self.margins)
            if self.marker:
                margin, self.marker = margin[: -len(self.marker)] + self.marker, ""
            self.lines.append(margin + line)

    def _gap(self) -> None:
        """Request one empty line before the next line, inside the quotes that are open on both sides of it."""
        margin = "".join(self.margins)
        self.gap = margin if self.gap is None else min(self.gap, margin, key=len)


def _inline_text(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        match token.type:
            case "text" | "code_inline":
                parts.append(token.content)
            case "softbreak" | "hardbreak":
                parts.append("\n")
            case "image":
                address, words = _image(token)
                parts.append(words if words == address else f"{words} ({address})")
            case "html_inline" if "<input" in token.content:
                parts.append("[x]" if "checked" in token.content.replace("checkbox", "") else "[ ]")
            case "link_open":
                links.append((str(token.attrs.get("href", "")), len(parts)))
            case "link_close":
                address, start = links.pop()
                words = "".join(parts[start:])
                if words.strip() and words not in address:
                    parts.append(f" ({address})")
    return "".join(parts)


# Lists of plain lines


def bare_lines(text: str) -> list[str]:
    """The lines of a text without their list markers: dash, bullet, number, checkbox. Empty lines are left out."""
    return [line for each in text.splitlines() if (line := _LIST_SIGNS.sub("", each, count=1).strip())]


_LIST_SIGNS = re.compile(r"^\s*(?:[-*•]\s*$|([-*•]\s+|\d{1,3}[.)]\s+)?(\[[ xX]?\]\s+)?)")
