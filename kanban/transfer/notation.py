"""Turns descriptions in other tools' notations into Markdown: Jira's wiki markup, and the HTML of Azure DevOps.

Text whose formatting Markdown lacks (colours, underlining, the width of a picture) keeps its words.
"""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

import nh3

_JIRAS = ("issue key", "issue id")
_JIRAS_OWN = "custom field ("


def is_from_jira(header: Iterable[str]) -> bool:
    """Whether a file has columns with names that only Jira uses."""
    names = [name.strip().casefold() for name in header]
    return any(name in _JIRAS or name.startswith(_JIRAS_OWN) for name in names)


def to_markdown(text: str, *, from_jira: bool) -> str:
    """The text in Markdown; a text in neither notation comes back unchanged."""
    if _HTML.match(text) and text.count("<") <= _MOST_TAGS:
        return _from_html(text)
    is_wiki = _UNMISTAKABLE.search(text) or (from_jira and (_LIKELY.search(text) or not _is_markdown(text)))
    return _from_wiki(text) if is_wiki else text


# Jira's wiki notation

_UNMISTAKABLE = re.compile(r"^h[1-6]\. \S|^bq\. \S|\{(?:code|noformat|quote|panel|color)(?::[^{}\n]*)?\}", re.MULTILINE)
_LIKELY = re.compile(
    r"^\s*\|\||\[[^\[\]|\n]+\|[^\[\]\s]+\]|\[~|\{\{|^(#+) \S.*\n\1 \S|(?<![\w!])!\S[^!|\n]*\.\w{2,5}[!|]", re.MULTILINE
)
_MARKDOWN = re.compile(
    r"^ {0,3}(?:```|~~~)|^\|?[ :]*-{3,}[ :]*\||\*\*[^\s*][^*\n]*\*\*|\]\((?:https?:|mailto:)|^\s*[-*] \[[ xX]\] ",
    re.MULTILINE,
)
_LITERAL = re.compile(
    r"\{(?P<mark>code|noformat)(?::(?P<options>[^{}\n]*))?\}|^ {0,3}(?P<fence>```|~~~)(?P<more>.*)$", re.M
)
_HEADING = re.compile(r"h([1-6])\.\s+(.*)")
_NUMBER = re.compile(r"(#+)\s+\S.*")
_BELOW_HEADERS = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")
_ITEM = re.compile(r"([*#]+|-)\s+(.*)")
_FRAME = re.compile(r"\{(quote|panel)(?::([^{}\n]*))?\}")
_LANGUAGE = re.compile(r"[\w+#.-]+")


def _is_markdown(text: str) -> bool:
    return bool(_MARKDOWN.search(text) or _headings(text.split("\n")))


def _headings(lines: list[str]) -> set[int]:
    """Indexes of the lines that begin with # and are Markdown headings rather than items of a Jira list.

    Such a line stands alone between empty lines, has more text after it, and no line of its kind next to it.
    """
    said = [place for place, line in enumerate(lines) if line.strip()]
    kinds = [found[1] if (found := _NUMBER.fullmatch(lines[place].strip())) else "" for place in said]
    return {
        place
        for at, place in enumerate(said[:-1])
        if kinds[at] and said[at + 1] > place + 1 and kinds[at + 1] != kinds[at]
        if at == 0 or (said[at - 1] < place - 1 and kinds[at - 1] != kinds[at])
    }


def _from_wiki(text: str) -> str:
    lines: list[str] = []
    frames, end = _Frames(), 0
    for begins, ends in _codes(text):
        before, within = text[end : begins.start()], text[begins.end() : ends.start()]
        end = ends.end()
        if begins["fence"]:
            lines += [*_markdown(before.removesuffix("\n").split("\n"), frames), text[begins.start() : end]]
            end += text[end : end + 1] == "\n"
        else:
            lines += [*_markdown(before.split("\n"), frames), "", _fenced(within, begins["options"] or ""), ""]
    return _joined([*lines, *_markdown(text[end:].split("\n"), frames)])


def _codes(text: str) -> Iterator[tuple[re.Match[str], re.Match[str]]]:
    """Opening and closing marks around text to be kept as typed; a mark that nothing closes is an ordinary word."""
    open_mark: re.Match[str] | None = None
    marks = [(mark, mark["mark"] or mark["fence"]) for mark in _LITERAL.finditer(text)]
    last = {kind: mark for mark, kind in marks if _may_close(mark)}
    for mark, kind in marks:
        if open_mark is None:
            open_mark = mark if mark.start() < last.get(kind, mark).start() else None
        elif kind == (open_mark["mark"] or open_mark["fence"]) and _may_close(mark):
            yield open_mark, mark
            open_mark = None


def _may_close(mark: re.Match[str]) -> bool:
    return not mark["more"].strip("`~ \t\r") if mark["fence"] else mark["options"] is None


class _Frames:
    """How deep inside quotes and panels the current line is."""

    def __init__(self) -> None:
        self.open: list[str] = []

    def turn(self, kind: str, options: str) -> str:
        """Close the frame of this kind, or open one; returns the title that it opens with."""
        if kind in self.open:
            self.open.remove(kind)
            return ""
        self.open.append(kind)
        titles = [given.partition("=")[2].strip() for given in options.split("|") if given.startswith("title=")]
        return f"**{titles[0]}**" if titles and titles[0] else ""

    def within(self, line: str) -> str:
        return f"{'> ' * len(self.open)}{line}".rstrip() if self.open else line


def _markdown(lines: list[str], frames: _Frames) -> Iterator[str]:
    """Convert lines outside of code to Markdown."""
    rows, headings = 0, _headings(lines)
    for place, line in enumerate(lines):
        if place in headings:
            yield frames.within(_words(line.strip()))
            continue
        pieces = _FRAME.split(line)
        rest = pieces[0]
        for at in range(1, len(pieces), 3):
            if rest.strip():
                yield frames.within(_line(rest))
            elif not frames.open:
                yield ""
            title = frames.turn(pieces[at], pieces[at + 1] or "")
            yield frames.within(title) if title else ""
            rest = pieces[at + 2]
        if len(pieces) > 1 and not rest.strip():
            continue
        if rest.lstrip().startswith("|") and rest.rstrip().endswith("|") and len(rest.strip()) > 1:
            rows += 1
            if _BELOW_HEADERS.fullmatch(rest.strip()):
                yield frames.within(rest.strip())
                continue
            cells = _cells(rest.strip())
            yield frames.within(f"| {' | '.join(cells)} |")
            below = lines[place + 1].strip() if place + 1 < len(lines) else ""
            if rows == 1 and not _BELOW_HEADERS.fullmatch(below):
                yield frames.within("|" + " --- |" * len(cells))
            continue
        rows = 0
        yield frames.within(_line(rest))


def _cells(row: str) -> list[str]:
    inner = row.strip("|").replace("||", "|")
    held = _LINK.sub(lambda link: link[0].replace("|", "\0"), inner)
    return [_words(cell.replace("\0", "|").strip()) for cell in held.split("|")]


def _line(line: str) -> str:
    bare = line.strip()
    if found := _HEADING.fullmatch(bare):
        return f"{'#' * int(found[1])} {_words(found[2])}"
    if bare.startswith("bq. "):
        return f"> {_words(bare[4:])}"
    if bare and not bare.strip("-") and len(bare) >= 4:
        return "---"
    if found := _ITEM.fullmatch(bare):
        above, mark = found[1][:-1], found[1][-1]
        indent = sum(3 if each == "#" else 2 for each in above[:8])
        return f"{' ' * indent}{'1.' if mark == '#' else '-'} {_words(found[2])}"
    return _words(line.rstrip())


def _fenced(code: str, options: str) -> str:
    first = options.split("|")[0]
    language = first if _LANGUAGE.fullmatch(first) else ""
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", code)), default=0))
    return "\n".join([f"{fence}{language}", code.strip("\n"), fence])


_MONOSPACED = re.compile(r"\{\{([^{}\n]+)\}\}")
_COLOUR = re.compile(r"\{(?:color|anchor)(?::[^{}\n]*)?\}")
_PICTURE = re.compile(r"(?<![\w!])!([^\s!|][^!|\n]*\.\w{2,5})(?:\|[^!\n]*)?!(?!\w)")
_LINK = re.compile(r"\[([^\[\]|\n]+)\|([^\[\]|\s]+)(?:\|[^\[\]\n]*)?\]")
_BARE_LINK = re.compile(r"\[((?:https?://|mailto:)[^\[\]|\s]+)(?:\|[^\[\]\n]*)?\]")
_PERSON = re.compile(r"\[~(?:accountid:)?([^\[\]\n]+)\]")
_BOLD = re.compile(r"(?<![\w*\\])\*(?![\s*])([^*\n]*[^*\s])\*(?![\w*])")
_STRUCK = re.compile(r"(?<![\w\\-])-(?![\s-])([^-\n]*[^-\s])-(?![\w-])")
_UNDERLINED = re.compile(r"(?<![\w\\+])\+(?![\s+])([^+\n]*[^+\s])\+(?![\w+])")
_CITED = re.compile(r"\?\?([^?\n]+)\?\?")


def _words(line: str) -> str:
    """One line's words; text inside {{}} is left alone."""
    parts = _MONOSPACED.split(line)
    for place in range(0, len(parts), 2):
        parts[place] = _plain_words(parts[place])
    for place in range(1, len(parts), 2):
        parts[place] = f"`{parts[place]}`"
    return "".join(parts)


def _plain_words(words: str) -> str:
    words = _COLOUR.sub("", words)
    words = _PICTURE.sub(lambda found: f"<{found[1]}>" if "://" in found[1] else f"({found[1]})", words)
    kept: list[str] = []  # addresses, in which a dash or an asterisk means nothing

    def keep(markdown: str) -> str:
        kept.append(markdown)
        return f"\0{len(kept) - 1}\0"

    words = _LINK.sub(lambda found: keep(f"[{found[1].strip()}]({found[2]})"), words.replace("\0", ""))
    words = _BARE_LINK.sub(lambda found: keep(f"<{found[1]}>"), words)
    words = re.sub(r"https?://\S+", lambda found: keep(found[0]), words)
    words = _PERSON.sub(lambda found: f"@{found[1]}", words)
    words = _BOLD.sub(r"**\1**", words)
    words = _STRUCK.sub(r"~~\1~~", words)
    words = _UNDERLINED.sub(r"\1", words)
    words = _CITED.sub(r"_\1_", words)
    words = words.replace("\\\\", "\n")
    return re.sub(r"\0(\d+)\0", lambda found: kept[int(found[1])], words)


# HTML

_HTML = re.compile(r"\s*<(?:div|p|span|ul|ol|table|h[1-6]|b|strong|i|em|u|br|a|img|pre|code|blockquote)\b[^<>]*>", re.I)
_AROUND = {"b": "**", "strong": "**", "i": "_", "em": "_", "s": "~~", "del": "~~", "strike": "~~"}
_BLOCKS = {"div", "p", "ul", "ol", "table", "tr", "blockquote", "pre", "section", "article"}
_OTHERS = {"a", "img", "br", "hr", "ul", "ol", "li", "pre", "code", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6"}
_MOST_TAGS = 2_000
"""A text with more tags stays as it is, since the time to make HTML well-formed grows with their square."""
_SAID = {*_AROUND, *_BLOCKS, *_OTHERS}


def _from_html(text: str) -> str:
    writer = _HtmlAsMarkdown()
    # made well-formed first: Python's parser takes minutes over malformed HTML
    writer.feed(nh3.clean(text, tags=_SAID, attributes={"a": {"href"}, "img": {"alt"}}, link_rel=None))
    writer.close()
    return _joined("".join(writer.written).split("\n"))


class _HtmlAsMarkdown(HTMLParser):
    """Writes down the words of HTML, with the marks that Markdown has for its tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self._lists: list[int | None] = []
        self._links: list[str] = []
        self._as_typed = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag in _AROUND:
            self._say(_AROUND[tag])
        elif tag == "a":
            self._links.append(told.get("href") or "")
            self._say("[")
        elif tag == "img":
            self._say(f"({told.get('alt') or 'picture'})")
        elif tag == "br":
            self._say("\n")
        elif tag == "li":
            self._begin_item()
        elif tag == "hr":
            self._say("\n\n---\n\n")
        elif re.fullmatch("h[1-6]", tag):
            self._say(f"\n\n{'#' * int(tag[1])} ")
        elif tag == "pre":
            self._as_typed += 1
            self._say("\n\n```\n")
        elif tag == "code" and not self._as_typed:
            self._say("`")
        elif tag in ("td", "th"):
            self._say(" ")
        elif tag in ("ul", "ol"):
            self._lists.append(1 if tag == "ol" else None)
            self._say("\n")
        elif tag in _BLOCKS:
            self._say("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _AROUND:
            self._say(_AROUND[tag])
        elif tag == "a" and self._links:
            address = self._links.pop()
            self._say(f"]({address})" if re.match(r"(?:https?://|mailto:)[^\s()]+\Z", address) else "]")
        elif tag == "pre":
            self._as_typed = max(0, self._as_typed - 1)
            self._say("\n```\n\n")
        elif tag == "code" and not self._as_typed:
            self._say("`")
        elif tag in ("ul", "ol"):
            if self._lists:
                self._lists.pop()
            self._say("\n")
        elif tag in _BLOCKS or re.fullmatch("h[1-6]", tag):
            self._say("\n")

    def handle_data(self, data: str) -> None:
        self._say(data if self._as_typed else re.sub(r"[ \t\n\xa0]+", " ", data))

    def _begin_item(self) -> None:
        indent = "  " * min(len(self._lists) - 1, 8) if self._lists else ""
        number = self._lists[-1] if self._lists else None
        if number is not None:
            self._lists[-1] = number + 1
        self._say(f"\n{indent}{'-' if number is None else f'{number}.'} ")

    def _say(self, words: str) -> None:
        self.written.append(words)


def _joined(lines: list[str]) -> str:
    """Join lines with at most one empty line between them; a block of code is a single element and stays as it is."""
    kept: list[str] = []
    for line in lines:
        if line.strip() or (kept and kept[-1].strip()):
            kept.append(line.rstrip() if line.strip() else "")
    return "\n".join(kept).strip("\n")
