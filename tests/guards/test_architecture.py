"""What must be true of every file: where commits and clocks may be, what is caught, what templates contain."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from flask import Flask

from kanban import access, guard, policy

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "kanban"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "node_modules" not in path.parts)
TEMPLATES = sorted((PACKAGE / "templates").rglob("*.html"))
WRITTEN = sorted(
    path
    for folder in ("kanban", "migrations", "tests", "bench", "assets", "docs")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".html", ".css", ".js", ".md") and not {"node_modules", "dist", "data"} & set(path.parts)
)

MAY_COMMIT = (
    "blueprints/",
    "background/worker.py",
    "mail/outbox.py",
    "background/chores.py",
    "background/following.py",
    "background/notifying.py",
    "background/courier.py",
    "background/scheduling.py",
    "cli/",
    "access.py",
    "identity.py",
)
MAY_CATCH_ALL = ("background/due_loop.py", "background/worker.py", "background/courier.py")
CLOCK = "clock.py"

Node = TypeVar("Node", bound=ast.AST)


def test_only_the_edges_commit() -> None:
    found = [
        f"{name(path)}:{call.lineno}"
        for path in MODULES
        if not name(path).startswith(MAY_COMMIT)
        for call in calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "commit" and name_of(call.func.value) != "access"
    ]
    assert found == []


def test_nothing_catches_everything_but_the_loops_in_the_background() -> None:
    found = [
        f"{name(path)}:{handler.lineno}"
        for path in MODULES
        if name(path) not in MAY_CATCH_ALL
        for handler in nodes(path, ast.ExceptHandler)
        if catches_all(handler) and not raises_again(handler)
    ]
    assert found == []


def test_the_handler_of_bugs_is_the_only_one_registered_for_every_exception(app_of_routes: Flask) -> None:
    handlers = app_of_routes.error_handler_spec[None][None]
    assert [handler.__name__ for kind, handler in handlers.items() if kind is Exception] == ["_bug"]


def test_only_the_clock_reads_the_clock() -> None:
    found = [
        f"{name(path)}:{call.lineno}"
        for path in MODULES
        if name(path) != CLOCK
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and (
            call.func.attr in ("now", "utcnow", "today")
            and name_of(call.func.value) in ("datetime", "dt.datetime", "date", "dt.date", "datetime.datetime")
            or call.func.attr in ("time", "time_ns")
            and name_of(call.func.value) == "time"
        )
    ]
    assert found == []


def test_models_know_nothing_of_the_web_and_make_no_session() -> None:
    found = [
        f"{name(path)}: {module}"
        for path in MODULES
        if name(path).startswith("models/")
        for module in imports(path)
        if module.split(".")[0].startswith(("flask", "werkzeug", "jinja2"))
        or module in ("kanban.extensions", "kanban.transactions")
    ]
    assert found == []


def test_views_never_look_a_row_up_by_what_a_request_said() -> None:
    """`session.get(Model, id)` finds a row for anybody; only users of the installation may be looked up like that."""
    found = [
        f"{name(path)}:{call.lineno}"
        for path in MODULES
        if name(path).startswith("blueprints/")
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in ("get", "get_one")
        and name_of(call.func.value).endswith("session")
        and call.args
        and name_of(call.args[0]) not in ("User",)
    ]
    assert found == []


def test_every_module_says_what_it_holds() -> None:
    assert [name(path) for path in MODULES if not ast.get_docstring(tree(path))] == []


def test_every_public_function_says_what_its_signature_cannot() -> None:
    found = [
        f"{name(path)}: {node.name}"
        for path in MODULES
        if name(path).startswith("models/")
        for node in tree(path).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert found == []


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in WRITTEN
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if later.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a style attribute", r"<[^>]*\sstyle\s*="),
        ("an inline handler", r"<[^>]*\son[a-z]+\s*="),
        ("an inline script", r"<script(?![^>]*\ssrc=)[^>]*>"),
        ("an inline style sheet", r"<style\b"),
        ("a javascript address", r"javascript:"),
        ("markup that is believed", r"\|\s*safe\b"),
        ("a foreign address", r"(?:src|href)=[\"'](?:https?:)?//"),
        (
            "a name whose letters may turn the date beside it around (put it into <bdi>)",
            r"\{\{ [\w.]*\b(?:\w+_)?(?:by|name|who|of|listed)(?: or [^}]*)? \}\}(?:</(?!bdi)\w+>)?(?:, | · | )"
            r"(?:\{%[^%]*%\})*(?:\{\{ (?:day|moment|lately)\(|<time)",
        ),
        (
            "a sentence with a bare < (what is said there counts as markup)",
            r"""\b(?:_|ngettext)\((?:"[^"]*", )?"[^"]*<""",
        ),
    ],
)
def test_pages_hold_none_of(what: str, pattern: str) -> None:
    """The content security policy forbids them on pages; mails are no pages and need inline styles."""
    pages = [path for path in TEMPLATES if path.parent.name != "mail"]
    assert pages
    found = [name(path) for path in pages if re.search(pattern, without_comments(path.read_text(encoding="utf-8")))]
    assert found == [], f"{what} in a template"


def test_templates_ask_neither_the_database_nor_the_policy() -> None:
    forbidden = re.compile(r"\b(session|query|policy|db)\.|\.may\(")
    found = [name(path) for path in TEMPLATES if forbidden.search(without_comments(path.read_text(encoding="utf-8")))]
    assert found == []


def test_every_form_that_acts_carries_its_token() -> None:
    """Forms behind a personal link need none, since their signed address proves them."""
    found = []
    for path in TEMPLATES:
        if path.parent.name in ("mail", "public"):
            continue
        for form in re.findall(r"<form\b.*?</form>", path.read_text(encoding="utf-8"), re.DOTALL):
            acts = re.search(r"method=[\"']post", form, re.IGNORECASE)
            if acts and "csrf" not in form:
                found.append(name(path))
    assert found == []


def test_every_route_declares_what_it_needs(app_of_routes: Flask) -> None:
    guard.check_routes(app_of_routes)
    for rule in app_of_routes.url_map.iter_rules():
        if rule.endpoint != "static":
            need = access.need_of(app_of_routes.view_functions[rule.endpoint])
            assert need is not None
            assert (need.kind == "product") == (need.action is not None), rule.endpoint


def test_a_route_without_a_declaration_stops_the_start(app_of_routes: Flask) -> None:
    app_of_routes.add_url_rule("/bare", "bare", lambda: "")
    try:
        with pytest.raises(RuntimeError, match="bare"):
            guard.check_routes(app_of_routes)
    finally:
        app_of_routes.view_functions["bare"] = access.public(lambda: "")


def test_a_product_route_changes_by_post_and_never_by_get(app_of_routes: Flask) -> None:
    for rule in app_of_routes.url_map.iter_rules():
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        assert len(methods) == 1, f"{rule.rule} answers {methods}: reading and changing are two views"


def test_an_unknown_role_may_do_nothing() -> None:
    assert not any(policy.allows("guest", action) for action in policy.Action)


# Reading source


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def nodes(path: Path, kind: type[Node]) -> Iterator[Node]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, kind))


def calls(path: Path) -> Iterator[ast.Call]:
    return nodes(path, ast.Call)


def name_of(node: ast.expr) -> str:
    return ast.unparse(node)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def catches_all(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(name_of(kind) in ("Exception", "BaseException") for kind in kinds)


def raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def without_comments(template: str) -> str:
    return re.sub(r"\{#.*?#\}", "", template, flags=re.DOTALL)


def test_what_pages_say_has_the_apostrophe_of_print() -> None:
    words = re.compile(r"""\b(?:_|ngettext)\((?:"[^"]*"(?:, )?)+""")
    said = [(path.name, text) for path in TEMPLATES for text in words.findall(without_comments(path.read_text()))]
    assert len(said) > 1000 and [(name, text) for name, text in said if re.search(r"\w'\w", text)] == []


def test_what_the_program_says_has_it_too() -> None:
    """In sentences of its modules; the demo workspace is left out, since it is written as people type."""
    said = [(name(path), text) for path in MODULES if "demo" not in path.parts for text in spoken(tree(path))]
    assert len(said) > 1000 and [(path, text) for path, text in said if re.search(r"[a-z]'[a-z]\b", text)] == []


def spoken(module: ast.Module) -> list[str]:
    """The strings of a module that are no docstrings and contain a space, as sentences do."""
    docstrings = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    texts = (node for node in ast.walk(module) if isinstance(node, ast.Constant) and id(node) not in docstrings)
    return [node.value for node in texts if isinstance(node.value, str) and " " in node.value]


def test_every_token_that_a_style_names_exists() -> None:
    sheets = "\n".join(path.read_text() for path in WRITTEN if path.suffix == ".css")
    set_by_scripts = "\n".join(path.read_text() for path in WRITTEN if path.suffix in (".js", ".html"))
    known = set(re.findall(r"(--[\w-]+)\s*:", sheets)) | set(re.findall(r"--[\w-]+", set_by_scripts))
    assert set(re.findall(r"var\((--[\w-]+)\)", sheets)) - known == set()
