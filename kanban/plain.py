"""Turns people's Markdown into plain text, for mails, excerpts and search, and lists into bare lines."""

import re
from collections.abc import Sequence

from markdown_it.token import Token

from kanban.markup import image_of, read


def to_text(source: str) -> str:
    """The text without Markdown's syntax, but in the same shape: links keep their address, tasks their box."""
    return _TextWriter().write(read(source))


def first_words(source: str, most: int) -> str:
    """The beginning of a text on one line of at most `most` characters, without Markdown syntax."""
    line = " ".join(to_text(source).split()) or " ".join(source.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


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
                address, words = image_of(token)
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
