"""The full-text index, for both databases alike: one row per text, kept in sync by triggers.

The database itself writes it, in the transaction that changes a text and only if a text changed: a move touches no
text and so costs nothing. SOURCES lists what is indexed. `settle` rebuilds triggers and rows after an upgrade, so a
migration that rebuilds a table, or a new source, needs nothing else. The index is queried in `reads.search`. On SQLite
it is an FTS5 table with the texts, on PostgreSQL a table of word vectors.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa

from kanban.errors import Refused
from kanban.models.base import Model

KINDS_AT_MOST = 16
_CHARACTERS_AT_MOST = 100_000
_LETTERS = {"ß": "ss", "ẞ": "ss", "ø": "o", "Ø": "o", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ł": "l", "Ł": "l"}


@dataclass(frozen=True)
class Source:
    """The texts of one table that are indexed.

    `number` tells its rows in the index from those of other tables. `title` and `body` are columns; `lists` is a JSON
    column whose texts are indexed as well.
    """

    number: int
    table: str
    title: str | None
    body: tuple[str, ...]
    lists: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns whose changes affect the index."""
        return tuple(name for name in (self.title, *self.body, self.lists) if name)

    @property
    def trigger(self) -> str:
        """The prefix of its triggers' names."""
        return f"search_of_{self.table}"


SOURCES = {
    "item": Source(1, "item", "title", ("description",)),
    "comment": Source(2, "comment", None, ("body",)),
    "question": Source(3, "question", None, ("body",)),
    "answer": Source(4, "answer", None, ("body",)),
    "decision": Source(5, "decision", "body", ("context", "who")),
    "request": Source(7, "request", "title", ("body",)),
    "criterion": Source(8, "criterion", None, ("text",)),
    "asked": Source(9, "update_question", None, ("body", "answer")),
    "update": Source(6, "status_update", "headline", ("summary", "health_reason"), "sections"),
}
FORGET_REMOVED = "INSERT INTO search_index (search_index) VALUES ('optimize')"
"""Run when a person is erased: removes the words of deleted texts, which FTS5 otherwise keeps until its next merge."""
_IN_LINES = ("text", "note", "options")


def fold(text: str) -> list[str]:
    """Each character as the index has it, without accents and in lower case; an empty string for a combining mark."""
    return list(text.lower()) if text.isascii() else [_folded(character) for character in text]


@lru_cache(maxsize=4_096)
def _folded(character: str) -> str:
    plain = unicodedata.normalize("NFD", _LETTERS.get(character, character))
    return "".join(part for part in plain if not "\u0300" <= part <= "\u036f").lower()


def is_word_character(character: str) -> bool:
    """Whether a character is part of words: letters, digits, and the vowels that many scripts write as marks."""
    return character.isalnum() or unicodedata.category(character) in ("Mn", "Mc")


def settle(connection: sa.Connection) -> None:
    """Rebuild the index, its triggers and its rows, for the existing tables."""
    unsettle(connection)
    tables = set(sa.inspect(connection).get_table_names())
    sources = [source for source in SOURCES.values() if source.table in tables]
    dialect = _DIALECTS[connection.dialect.name]
    try:
        for statement in (*dialect.table(), *(each for source in sources for each in dialect.of(source))):
            connection.exec_driver_sql(statement)
    except sa.exc.OperationalError as error:
        if "no such module" not in str(error):
            raise
        sentence = "This SQLite was built without full-text search (FTS5). Use a Python whose SQLite has it."
        raise Refused(sentence, "no_full_text") from None


def unsettle(connection: sa.Connection) -> None:
    """Drop the triggers, since SQLite can't rename a table that another table's trigger refers to."""
    tables = set(sa.inspect(connection).get_table_names())
    for source in SOURCES.values():
        for statement in _DIALECTS[connection.dialect.name].without(source) if source.table in tables else ():
            connection.exec_driver_sql(statement)


def differences(connection: sa.Connection) -> int:
    """How many texts are indexed wrongly, not indexed, or indexed although they are gone."""
    statement = _DIALECTS[connection.dialect.name].differing()
    return int(connection.exec_driver_sql(statement).scalar_one())


class _Sqlite:
    def table(self) -> Iterator[str]:
        yield (
            "CREATE VIRTUAL TABLE IF NOT EXISTS search_index USING fts5"
            "(title, body, tokenize = 'unicode61 remove_diacritics 2')"
        )
        yield "DELETE FROM search_index"

    def of(self, source: Source) -> Iterator[str]:
        new, old = self._row(source, "NEW"), f"OLD.id * {KINDS_AT_MOST} + {source.number}"
        changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in source.columns)
        yield f"INSERT INTO search_index (rowid, title, body) {self.rows(source)}"
        yield (
            f"CREATE TRIGGER {source.trigger}_in AFTER INSERT ON {source.table} BEGIN"
            f" INSERT INTO search_index (rowid, title, body) VALUES ({', '.join(new)}); END"
        )
        yield (
            f"CREATE TRIGGER {source.trigger}_on AFTER UPDATE OF {', '.join(source.columns)} ON {source.table}"
            f" WHEN {changed} BEGIN UPDATE search_index SET title = {new[1]}, body = {new[2]} WHERE rowid = {old}; END"
        )
        yield (
            f"CREATE TRIGGER {source.trigger}_out AFTER DELETE ON {source.table} BEGIN"
            f" DELETE FROM search_index WHERE rowid = {old}; END"
        )

    def without(self, source: Source) -> Iterator[str]:
        for end in ("in", "on", "out"):
            yield f"DROP TRIGGER IF EXISTS {source.trigger}_{end}"

    def differing(self) -> str:
        texts = " UNION ALL ".join(self.rows(source) for source in SOURCES.values())
        index = "SELECT rowid, title, body FROM search_index"
        both = f"SELECT * FROM ({texts}) EXCEPT {index}", f"{index} EXCEPT SELECT * FROM ({texts})"
        return f"SELECT (SELECT count(*) FROM ({both[0]})) + (SELECT count(*) FROM ({both[1]}))"

    def rows(self, source: Source) -> str:
        return f"SELECT {', '.join(self._row(source, 'given'))} FROM {source.table} AS given"

    def _row(self, source: Source, row: str) -> tuple[str, str, str]:
        title = f"{row}.{source.title}" if source.title else "''"
        body = " || ' ' || ".join(f"{row}.{name}" for name in source.body)
        if source.lists:
            texts = (
                f"SELECT group_concat(word.value, ' ') FROM json_each({row}.{source.lists}) AS part,"
                " json_each(part.value, '$.lines') AS line, json_each(line.value) AS word"
                f" WHERE word.key IN {_IN_LINES}"
            )
            body += f" || ' ' || coalesce(({texts}), '')"
        return f"{row}.id * {KINDS_AT_MOST} + {source.number}", self._fold(title), self._fold(body)

    def _fold(self, text: str) -> str:
        """Wrap an SQL expression so that it replaces the letters which FTS5 does not fold by itself."""
        text = f"substr({text}, 1, {_CHARACTERS_AT_MOST})"
        for letter, plain in _LETTERS.items():
            text = f"replace({text}, '{letter}', '{plain}')"
        return text


class _Postgres:
    def table(self) -> Iterator[str]:
        lowered = "lower(regexp_replace(regexp_replace(normalize(left(given, {}), NFD), {}, '', 'g'), {}, ' ', 'g'))"
        folded = lowered.format(_CHARACTERS_AT_MOST, "'[\\u0300-\\u036f]'", f"'[{_BETWEEN_WORDS}]+'")
        for letter, plain in _LETTERS.items():
            folded = f"replace({folded}, '{letter}', '{plain}')"
        yield (
            "CREATE OR REPLACE FUNCTION search_words(given text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE"
            f" AS $$ SELECT to_tsvector('simple'::regconfig, {folded}) $$"
        )
        yield (
            "CREATE TABLE IF NOT EXISTS search_index"
            " (id bigint PRIMARY KEY, title tsvector NOT NULL, words tsvector NOT NULL)"
        )
        yield "CREATE INDEX IF NOT EXISTS search_index_words ON search_index USING gin (words)"
        yield "DELETE FROM search_index"

    def of(self, source: Source) -> Iterator[str]:
        new, old = self._row(source, "NEW"), f"OLD.id::bigint * {KINDS_AT_MOST} + {source.number}"
        changed = " OR ".join(f"OLD.{name}::text IS DISTINCT FROM NEW.{name}::text" for name in source.columns)
        run = f"FOR EACH ROW {{}}EXECUTE FUNCTION {source.trigger}()"
        yield f"INSERT INTO search_index (id, title, words) {self.rows(source)}"
        yield (
            f"CREATE OR REPLACE FUNCTION {source.trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF TG_OP <> 'INSERT' THEN DELETE FROM search_index WHERE id = {old}; END IF;"
            " IF TG_OP <> 'DELETE' THEN"
            f" INSERT INTO search_index (id, title, words) VALUES ({', '.join(new)}); END IF;"
            " RETURN NULL; END $$"
        )
        yield f"CREATE TRIGGER {source.trigger}_in AFTER INSERT OR DELETE ON {source.table} {run.format('')}"
        yield (
            f"CREATE TRIGGER {source.trigger}_on AFTER UPDATE OF {', '.join(source.columns)} ON {source.table}"
            f" {run.format(f'WHEN ({changed}) ')}"
        )

    def without(self, source: Source) -> Iterator[str]:
        for end in ("in", "on"):
            yield f"DROP TRIGGER IF EXISTS {source.trigger}_{end} ON {source.table}"

    def differing(self) -> str:
        texts = " UNION ALL ".join(self.rows(source) for source in SOURCES.values())
        index = "SELECT id, title, words FROM search_index"
        missing, left_over = f"(({texts}) EXCEPT {index}) AS missing", f"({index} EXCEPT ({texts})) AS left_over"
        return f"SELECT (SELECT count(*) FROM {missing}) + (SELECT count(*) FROM {left_over})"

    def rows(self, source: Source) -> str:
        return f"SELECT {', '.join(self._row(source, 'given'))} FROM {source.table} AS given"

    def _row(self, source: Source, row: str) -> tuple[str, str, str]:
        title = f"{row}.{source.title}" if source.title else "''"
        words = " || ' ' || ".join(f"{row}.{name}" for name in (source.title, *source.body) if name)
        if source.lists:
            values = " UNION ALL ".join(
                f"SELECT jsonb_path_query({row}.{source.lists}::jsonb, '$[*].lines[*].{name}') AS word"
                for name in _IN_LINES
            )
            words += f" || ' ' || coalesce((SELECT string_agg(word #>> '{{}}', ' ') FROM ({values}) AS line), '')"
        return (
            f"{row}.id::bigint * {KINDS_AT_MOST} + {source.number}",
            f"search_words({title})",
            f"search_words({words})",
        )


_BETWEEN_WORDS = (
    "\\u0001-\\u002f\\u003a-\\u0040\\u005b-\\u0060\\u007b-\\u00a9\\u00ab-\\u00b4\\u00b6-\\u00b9\\u00bb\\u00bf\\u00d7\\u00f7"
    "\\u2000-\\u206f\\u20a0-\\u20cf\\u2190-\\u2bff\\u3000-\\u3004\\u3008-\\u3020\\ufe0f\\U0001f000-\\U0001faff"
)
"""Characters that become spaces on PostgreSQL, whose parser would otherwise find addresses, tags and numbers."""

_DIALECTS: dict[str, _Sqlite | _Postgres] = {"sqlite": _Sqlite(), "postgresql": _Postgres()}


@sa.event.listens_for(Model.metadata, "after_create")
def _settle_what_was_created(_metadata: sa.MetaData, connection: sa.Connection, **_options: object) -> None:
    settle(connection)
