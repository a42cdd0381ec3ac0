"""The retros of the bench: skewed workspaces, skewed words, some channels public and some not."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate, product
from typing import Any

from sqlalchemy import Table, create_engine, text

from bot.database import Database
from bot.installs.store import channels
from bot.retros import store
from bot.retros.search import store as searching

WORKSPACES = 200
VOCABULARY = 20_000
WORDS = 200
CHANNELS = [f"C{number:05}" for number in range(12)]
PUBLIC = CHANNELS[:8]
PEOPLE = [f"U{number:05}" for number in range(30)]
_CHUNK = 2000
_NOW = datetime.now(UTC)
# What is dropped and made again around the load, as one does it.
_GIN = "CREATE INDEX ix_retro_words ON retro_words USING gin (words) WITH (fastupdate = off)"


def vocabulary(chance: random.Random) -> list[str]:
    """Give pronounceable words of four to eight letters, the commonest first; some begin like others."""
    syllables = ["".join(one) for one in product("bdfghklmnprstvz", "aeiou")]
    made: dict[str, None] = {}
    while len(made) < VOCABULARY:
        made["".join(chance.choices(syllables, k=chance.choice((2, 3, 3, 4))))] = None
    return list(made)


@dataclass
class Corpus:
    """Draws retros; the same seed draws the same ones."""

    chance: random.Random = field(default_factory=lambda: random.Random(4))

    def __post_init__(self) -> None:
        self.words = vocabulary(self.chance)
        self.numbers: Counter[str] = Counter()
        self._words = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
        self._places = list(accumulate(1 / rank for rank in range(1, WORKSPACES + 1)))

    def workspace(self) -> str:
        """Draw a workspace by its size."""
        return f"TBENCH{self.chance.choices(range(WORKSPACES), cum_weights=self._places)[0]:03}"

    def text(self) -> str:
        """Draw the words of a retro."""
        return " ".join(self.chance.choices(self.words, cum_weights=self._words, k=WORDS))

    def rows(self, count: int) -> Iterator[tuple[dict[str, Any], str]]:
        """Draw retros, with their words in one line."""
        for retro in range(1, count + 1):
            workspace, body = self.workspace(), self.text()
            self.numbers[workspace] += 1
            yield self._row(retro, workspace, self.numbers[workspace], body.split()), body

    def _row(self, retro: int, workspace: str, number: int, words: Sequence[str]) -> dict[str, Any]:
        answers = {"expected": words[:80], "why": words[80:140], "keep": words[140:180], "caught": words[180:]}
        said = {name: " ".join(part) for name, part in answers.items()}
        place = {"id": retro, "workspace_id": workspace, "number": number, "channel_id": self.chance.choice(CHANNELS)}
        rest = {"system_id": None, "kind": "launch", "causes": ["data"], "source": "", "run_id": None}
        rest |= {"visibility": self.chance.choice(("channel", "workspace")), "state": "logged", "version": 1}
        rest |= {"author": self.chance.choice(PEOPLE), "logged_at": _NOW - timedelta(minutes=retro)}
        return place | said | rest | {"indexed": 1, "behind": 0, "edited_by": ""}


def load(database: Database, corpus: Corpus, count: int) -> None:
    """Write retros and what the search knows of them straight into the tables."""
    seen: dict[str, Counter[str]] = {}
    _places(database)
    _run(database, "DROP INDEX ix_retro_words", only="postgresql")
    rows: list[tuple[dict[str, Any], str]] = []
    for row in corpus.rows(count):
        rows.append(row)
        if len(rows) == _CHUNK or row[0]["id"] == count:
            _write(database, rows, corpus, seen)
            rows = []
    for workspace, found in seen.items():
        _add(database, store.counters, [{"workspace_id": workspace, "last": corpus.numbers[workspace]}])
        _add(database, searching.terms, [_term(workspace, *one) for one in found.items()])
    _run(database, _GIN, only="postgresql")
    _tidy(database)


def _term(workspace: str, word: str, docs: int) -> dict[str, Any]:
    return {"workspace_id": workspace, "term": word, "docs": docs}


def _places(database: Database) -> None:
    frame = {"seen_at": _NOW}
    _add(
        database,
        channels,
        [
            {"workspace_id": f"TBENCH{number:03}", "channel_id": one, "public": one in PUBLIC, **frame}
            for number in range(WORKSPACES)
            for one in CHANNELS
        ],
    )


def _write(
    database: Database, rows: list[tuple[dict[str, Any], str]], corpus: Corpus, seen: dict[str, Counter[str]]
) -> None:
    people, bodies = [], []
    for row, body in rows:
        mine = {"workspace_id": row["workspace_id"], "retro_id": row["id"]}
        took_part = {row["author"], *corpus.chance.choices(PEOPLE, k=2)}
        people += [{**mine, "user_id": one} for one in sorted(took_part)]
        bodies.append({**mine, "body": body})
        seen.setdefault(row["workspace_id"], Counter()).update(set(body.split()))
    _add(database, store.retros, [row for row, _ in rows])
    _add(database, store.participants, people)
    _add(database, searching.texts, bodies)


def _add(database: Database, table: Table, rows: list[dict[str, Any]]) -> None:
    with database.write() as tx:
        tx.execute(table.insert(), rows)


def _tidy(database: Database) -> None:
    """Do what PostgreSQL does by itself some minutes after so many rows came."""
    if not database.is_sqlite:
        engine = create_engine(database.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))
        engine.dispose()


def _run(database: Database, statement: str, only: str) -> None:
    with database.write() as tx:
        if tx.dialect.name == only:
            tx.execute(text("SET LOCAL statement_timeout = 0"))
            tx.execute(text(statement))
