"""Descriptions in Jira's wiki notation and in HTML become Markdown; whatever else stands there stays."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanban.transfer.mapping import suggest_mapping
from kanban.transfer.notation import is_from_jira, to_markdown
from kanban.transfer.reading import read_table
from kanban.transfer.staging import read_items

WIKI = [
    ("h2. Why it matters", "## Why it matters"),
    ("pay with an *invoice* now", "pay with an **invoice** now"),
    ("an _old_ and a -wrong- and a +new+ word", "an _old_ and a ~~wrong~~ and a new word"),
    ("use {{git push *now*}} there", "use `git push *now*` there"),
    ("3*4*5, a - b - c, x-y-z and snake_case_name", "3*4*5, a - b - c, x-y-z and snake_case_name"),
    ("* one\n** two\n*** three", "- one\n  - two\n    - three"),
    ("# one\n## two\n#* three", "1. one\n   1. two\n   - three"),
    ("- a point", "- a point"),
    ("see [the rules|https://example.org/a-b-c]", "see [the rules](https://example.org/a-b-c)"),
    ("see [the rules|https://example.org/a|smart-link]", "see [the rules](https://example.org/a)"),
    ("see [https://example.org/a_b]", "see <https://example.org/a_b>"),
    ("see https://example.org/-a-/*b*", "see https://example.org/-a-/*b*"),
    ("ask [~anders] or [~accountid:5f3a]", "ask @anders or @5f3a"),
    ("!screenshot.png|thumbnail! shows it", "(screenshot.png) shows it"),
    ("!https://example.org/a.png!", "<https://example.org/a.png>"),
    ("Stop! It works! Really!", "Stop! It works! Really!"),
    ("{color:red}urgent{color} today", "urgent today"),
    ("??Ann??", "_Ann_"),
    ("one\\\\two", "one\ntwo"),
    ("bq. said she", "> said she"),
    ("----", "---"),
    ("||Name||Price||\n|Adult|10|", "| Name | Price |\n| --- | --- |\n| Adult | 10 |"),
    ("|[a|https://b.example]|c|", "| [a](https://b.example) | c |\n| --- | --- |"),
    ("{code:java}\nint *a*;\n{code}", "```java\nint *a*;\n```"),
    ("Do {code}h1. x{code} then", "Do\n\n```\nh1. x\n```\n\n then"),
    ("{noformat}\na ``` b\n{noformat}", "````\na ``` b\n````"),
    ("{quote}\nfirst\nsecond\n{quote}\nthen", "> first\n> second\n\nthen"),
    ("{panel:title=Mind|borderStyle=solid}\n*this*\n{panel}", "> **Mind**\n> **this**"),
    ("nothing closes {code} here", "nothing closes {code} here"),
    ("{code}\na\n\n\nb\n{code}", "```\na\n\n\nb\n```"),
    # a mixture, as people write it who know Markdown: what is Markdown already stays
    ("h1. Why\n```\n# a *comment*\n\n\n-x-\n```\n*so*", "# Why\n```\n# a *comment*\n\n\n-x-\n```\n**so**"),
    ("h1. Why\n|a|b|\n|---|:-:|\n|1|2|", "# Why\n| a | b |\n|---|:-:|\n| 1 | 2 |"),
    ("# Why\n\nh2. How\n# one\n# two", "# Why\n\n## How\n1. one\n1. two"),
    ("# one\n\n# two\n\n# three\n\nThen", "1. one\n\n1. two\n\n1. three\n\nThen"),
    ("{code}\n```\n*a*\n```\n{code}", "````\n```\n*a*\n```\n````"),
    ("h1. Why\n``` opens nothing", "# Why\n``` opens nothing"),
]

#: Clearly Markdown, also in a list of Jira's.
MARKDOWN = [
    "# Why\n\nPeople *wait*.\n\n## How\n\n- one\n- two",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "| a | b |\n| --- | :-: |\n| *1* | 2 |",
    "Run\n```sh\n# a comment\n# another -x-\nls | wc\n\n\n```",
    "**bold** and [a link](https://example.org/-a-)",
    "- [ ] one\n- [x] two",
]

HTML = [
    ("<div>Hello <b>you</b> &amp; me<br>next</div>", "Hello **you** & me\nnext"),
    ("<p>one</p><p>two</p>", "one\n\ntwo"),
    ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
    ("<ol><li>one</li><li>two<ul><li>three</li></ul></li></ol>", "1. one\n2. two\n\n  - three"),
    ('<a href="https://example.org/a">here</a>', "[here](https://example.org/a)"),
    ('<a href="javascript:alert(1)">here</a>', "[here]"),
    ("<h2>Why</h2><pre>a  *b*</pre>", "## Why\n\n```\na  *b*\n```"),
    ('<div><img src="x" alt="a picture"></div>', "(a picture)"),
    ("<div>a<script>alert(1)</script>b<!-- c --></div>", "ab"),
    ("<div>never closed <b>at all", "never closed **at all**"),
]

KEPT = [
    "# A heading\n\n* a point\n\n**bold**, ~~struck~~, [a link](https://example.org)",
    "a < b and <b> is a tag",
    "```\n<div>\n```",
    "",
]


@pytest.mark.parametrize(("wiki", "markdown"), WIKI)
def test_the_notation_of_jira_becomes_markdown(wiki: str, markdown: str) -> None:
    assert to_markdown(wiki, from_jira=True) == markdown


@pytest.mark.parametrize("text", MARKDOWN)
def test_what_is_markdown_already_stays_as_it_is_in_a_list_of_jiras_too(text: str) -> None:
    assert to_markdown(text, from_jira=True) == text


@pytest.mark.parametrize(("html", "markdown"), HTML)
def test_html_becomes_markdown(html: str, markdown: str) -> None:
    assert to_markdown(html, from_jira=False) == markdown


@pytest.mark.parametrize("text", KEPT)
def test_markdown_from_elsewhere_stays_as_it_is(text: str) -> None:
    assert to_markdown(text, from_jira=False) == text


@given(st.text("ab *_-+#|[]!{}~?\\\n.,\0", max_size=80))
def test_no_word_gets_lost_or_changes_its_place(text: str) -> None:
    told = to_markdown(text, from_jira=True)
    assert re.sub("[^ab]", "", told) == re.sub("[^ab]", "", text)


@given(st.lists(st.sampled_from(["<div>", "<b>", "</b>", "<li>", "<a href='x'>", "</a>", "<pre>", "< ", "&lt;", "a "])))
def test_any_html_keeps_its_words(pieces: list[str]) -> None:
    told = to_markdown("<div>" + "".join(pieces), from_jira=False)
    assert told.count("a") == pieces.count("a ")


def test_a_file_of_jiras_is_known_by_its_columns() -> None:
    assert is_from_jira(["Summary", "Issue key"])
    assert is_from_jira(["Summary", " Custom field (Story Points)"])
    assert not is_from_jira(["Title", "Key", "Description"])


def test_the_descriptions_of_a_file_become_markdown_and_the_look_says_so() -> None:
    table = read_table(b"Summary,Issue key,Description\nPay,SHOP-1,# one\nSail,SHOP-2,plain\n")
    staged = read_items(table, suggest_mapping(table), "UTC")
    assert [item.description for item in staged.items] == ["1. one", "plain"]
    assert any(note.startswith("Descriptions in another format were turned into Markdown.") for note in staged.notes)


def test_a_file_of_another_tool_keeps_its_markdown() -> None:
    table = read_table(b"Title,Description\nPay,# one\nSail,h1. two\n")
    staged = read_items(table, suggest_mapping(table), "UTC")
    assert [item.description for item in staged.items] == ["# one", "# two"]
