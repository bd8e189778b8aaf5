"""Markdown as safe HTML and as plain text."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanban.markup import MAX_BRACKETS, MAX_CELLS, MAX_LENGTH, MAX_TASKS, Refs, to_html
from kanban.plain import to_text

ALLOWED = {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "input", "label", "a", "table", "thead", "tbody", "tr", "th", "td", "span"),
}
ATTRIBUTES = {
    "a": {"href", "title", "rel", "data-panel"},
    "ol": {"start", "class"},
    "ul": {"class"},
    "li": {"class"},
    "span": {"class"},
    "input": {"type", "disabled", "checked"},
}


class Inspector(HTMLParser):
    """Fails on a tag, an attribute or an address that is not on the allow-list."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        for name, value in attrs:
            assert name in ATTRIBUTES.get(tag, set()), (tag, name)
            if name == "href":
                assert re.match(r"(https?:|mailto:|[^:]*$|[/?#.])", value or "", re.IGNORECASE), value

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)


def inspect(html: str) -> None:
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()


def test_emphasis_lists_and_code_are_rendered() -> None:
    html = to_html("A **bold** ~~old~~ word\n\n1. one\n2. two\n\n`x < y`")
    assert "<strong>bold</strong> <s>old</s>" in html
    assert "<ol>\n<li>one</li>" in html
    assert "<code>x &lt; y</code>" in html


def test_a_line_break_stays_a_line_break() -> None:
    assert to_html("one\ntwo") == "<p>one<br>\ntwo</p>\n"


def test_an_address_becomes_a_link_that_vouches_for_nothing() -> None:
    assert '<a href="https://example.com/a" rel="nofollow noopener">' in to_html("see https://example.com/a")


def test_an_image_becomes_a_link_so_that_reading_calls_nobody() -> None:
    html = to_html("![the pier](https://example.com/pier.png) ![](https://example.com/x.png)")
    assert "<img" not in html
    assert '<a href="https://example.com/pier.png" rel="nofollow noopener">the pier</a>' in html
    assert ">https://example.com/x.png</a>" in html


def test_tasks_show_a_box_that_cannot_be_pressed() -> None:
    html = to_html("- [ ] book\n- [x] pay")
    boxes = re.findall("<input[^>]*>", html)
    assert len(boxes) == 2
    assert all('type="checkbox"' in box and "disabled" in box for box in boxes)
    assert ["checked" in box.replace("checkbox", "") for box in boxes] == [False, True]
    assert "<label>" in html


def test_headings_stay_below_those_of_the_page() -> None:
    assert to_html("# Top\n\n###### Deep") == "<h3>Top</h3>\n<h6>Deep</h6>\n"


def test_tables_are_rendered_without_inline_style() -> None:
    html = to_html("| a | b |\n|---|:-:|\n| 1 | 2 |")
    assert "<td>1</td>" in html
    assert "style" not in html


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:msgbox)",
        "![x](javascript:alert(1))",
        "<javascript:alert(1)>",
        '[x](https://a.b "\\" onmouseover=alert(1) ")',
        '!["><script>alert(1)</script>](https://a.b)',
        "```<script>\n</code></pre><script>alert(1)</script>\n```",
        "- [ ] <input onfocus=alert(1) autofocus>",
        "[![x](https://a.b/i.png)](https://c.d)",
        "<svg/onload=alert(1)>",
        "&#x3C;script&#x3E;alert(1)&#x3C;/script&#x3E;",
    ],
)
def test_an_attack_is_shown_as_text(attack: str) -> None:
    html = to_html(attack)
    inspect(html)
    assert "<script" not in html


PIECES = st.sampled_from(
    [
        *("<", ">", "[", "]", "(", ")", "!", "*", "_", "`", "```\n", "\n", "- [ ] ", "1. ", "> ", "# ", "|", "|-|\n"),
        *("\\", '"', "'", "&", "&#58;", "http://a.b", "javascript:", "data:", "<script>", "<img src=x>", "onerror="),
        *("text", "@text", "FE-3", "\x00", "\t"),
    ]
)


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=40).map("".join)))
def test_whatever_is_written_only_allowed_html_comes_out(source: str) -> None:
    inspect(to_html(source, names=["text"], refs=Refs("FE", 9)))
    to_text(source)


@given(st.text(alphabet="abc def", min_size=1, max_size=60))
def test_plain_words_stay_plain(words: str) -> None:
    assert to_text(words).split() == words.split()


def test_deep_nesting_and_long_texts_come_back() -> None:
    inspect(to_html("> " * 3_000 + "deep"))
    inspect(to_html("[" * 5_000))
    assert len(to_html("word " * MAX_LENGTH)) < 2 * MAX_LENGTH


def test_a_flood_of_tasks_is_shown_as_typed() -> None:
    html = to_html("- [ ] x\n" * (MAX_TASKS + 1))
    assert html.count("<li>[ ] x</li>") == MAX_TASKS + 1


def test_a_flood_of_brackets_is_shown_as_typed() -> None:
    assert ">a</a>" in to_html("[a](https://b.example)")
    html = to_html("[" * MAX_BRACKETS + "[a](https://b.example)")
    assert "[a](" in html
    assert ">a</a>" not in html


@pytest.mark.parametrize("before", ["", "> ", "- a\n  ", "1. "])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_flood_of_cells_is_shown_as_typed(before: str, end: str) -> None:
    """A short row is padded to its table's width: fifteen thousand characters could make a page of 7 MB."""
    head, rule, row = before + "|a" * 200, before.replace("- a\n", "") + "|-" * 200, "|"
    flood = end.join([head, rule, *[row] * (MAX_CELLS // 200)]).replace("\n", end)
    assert "<td" not in to_html(f"{flood}{end}{end}" * 10)
    assert to_html("|a|b|\n|-|-|\n" + "|1|2|\n" * 1000).count("<td") == 2000


def test_text_keeps_the_shape_without_the_signs() -> None:
    source = (
        "# Winter **opening**\n\nSee [the plan](https://a.b/plan) and https://c.d\n\n"
        "- [x] book\n- [ ] pay\n  1. by card\n  2. by bill\n\n> quoted\n> twice\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n\n![pier](https://e.f/p.png)"
    )
    assert to_text(source) == (
        "Winter opening\n\nSee the plan (https://a.b/plan) and https://c.d\n\n"
        "- [x] book\n- [ ] pay\n  1. by card\n  2. by bill\n\n> quoted\n> twice\n\n"
        "a | b\n1 | 2\n\ncode\n\npier (https://e.f/p.png)"
    )


def test_text_of_loose_lists_and_quotes_in_lists() -> None:
    assert to_text("- one\n\n- two\n\n  more\n\n  > said\n\nafter") == "- one\n\n- two\n\n  more\n\n  > said\n\nafter"
    assert to_text("-\n- x") == "-\n- x"


def test_nothing_comes_of_nothing() -> None:
    assert to_html("") == ""
    assert to_text("  \n ") == ""


def test_a_text_that_was_drawn_before_mentions_who_is_known_now() -> None:
    said = "Ask @Ann or @Bea"
    assert [
        to_html(said, names=names).count('class="mention"') for names in ((), ["Ann"], ["Ann", "Bea"], ["Bea"])
    ] == [*(0, 1, 2, 1)]


REFS = Refs("FE", 12)


@pytest.mark.parametrize(
    ("source", "links"),
    [
        ("See FE-3.", ["FE-3"]),
        ("FE-1, (FE-12) and **FE-2’s** end", ["FE-1", "FE-12", "FE-2"]),
        ("# FE-7\n\n- FE-8\n- [ ] FE-9", ["FE-7", "FE-8", "FE-9"]),
        ("FE-13 is not there yet, FE-0 and FE-03 never will", []),
        ("SAFE-3 FE-3x FE-3-4 fe-3 /FE-3 UTF-8 FE-99999999999", []),
        ("`FE-3` and\n\n    FE-4", []),
        ("[FE-3](https://example.org) https://example.org/FE-4 <b>FE-5</b>", ["FE-5"]),
        ("[before](https://example.org) FE-3", ["FE-3"]),
    ],
)
def test_a_reference_leads_to_its_item(source: str, links: list[str]) -> None:
    html = to_html(source, refs=REFS)
    assert re.findall(r'<a href="/items/([^"]+)" data-panel=""[^>]*>\1</a>', html) == links
    assert "/items/" not in to_html(source)


def test_people_and_references_stand_in_one_line() -> None:
    html = to_html("@Ann & @FE-3: FE-3 <", names=["Ann", "FE-3"], refs=REFS)
    assert html.count('class="mention"') == 2 and html.count('href="/items/FE-3"') == 1
    assert re.sub(r"<[^>]+>", "", html).strip() == "@Ann &amp; @FE-3: FE-3 &lt;"


def test_a_flood_of_references_comes_back() -> None:
    assert to_html("FE-3\n" * 20_000, refs=REFS).count("<a ") == 20_000
