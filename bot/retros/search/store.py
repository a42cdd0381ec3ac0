"""The full text of retros: FTS5 on SQLite, tsvector on PostgreSQL, both over the same words, and how rare words are.

Both databases index each word with its workspace before it, so that a look never walks another workspace's words; the
tables' own conditions hold all the same. They find, `model.ranked` ranks: so both give the same answer.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from math import prod

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    bindparam,
    case,
    column,
    delete,
    func,
    literal,
    or_,
    select,
    table,
    text,
    true,
    update,
)
from sqlalchemy.sql import FromClause, Select

from bot.database import Actor, Database, metadata, seen
from bot.delivery.model import Key
from bot.delivery.store import cards
from bot.retros import store
from bot.retros.model import Viewer
from bot.retros.search.model import LONGEST, is_beginning

NEWEST = 500
"""Matches that are ranked: of a word that stands everywhere the newest are as good as any."""

texts = Table(
    "retro_texts",
    metadata,
    Column("retro_id", store.ID, ForeignKey("retros.id"), primary_key=True),
    Column("workspace_id", String(20), nullable=False),
    Column("body", Text, nullable=False),
)

terms = Table(
    "retro_terms",
    metadata,
    Column("workspace_id", String(20), primary_key=True),
    # Sorted by letters alone, so that PostgreSQL finds what begins like a word.
    Column("term", String(LONGEST).with_variant(String(LONGEST, collation="C"), "postgresql"), primary_key=True),
    Column("docs", Integer, nullable=False),
)

offers = Table(
    "retro_offers",
    metadata,
    Column("workspace_id", String(20), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("subject", store.ID, primary_key=True),
    Column("retro_id", store.ID, ForeignKey("retros.id"), primary_key=True),
    Index("ix_retro_offers_retro", "retro_id"),
)
"""Past retros that a card shows beside what it is about; whoever may see them is decided anew at each drawing."""

UNSCRUBBED = 2
"""In `retros.behind`: deleted, and no longer found, but its words may still be read in SQLite's files."""

# Negative: all of the index takes part, however old; so many pages of it each time.
_MERGE = "INSERT INTO retro_words(retro_words, rank) VALUES ('merge', -500)"
_FTS = table("retro_words", column("rowid"))
_VECTORS = table("retro_words", column("retro_id"), column("workspace_id"))
_LOGGED = select(store.counters.c.last).where(store.counters.c.workspace_id == bindparam("w")).scalar_subquery()
_ALL = 2**31
_OFFERED = (
    select(offers.c.retro_id)
    .where(offers.c.workspace_id == bindparam("w"), offers.c.kind == bindparam("k"), offers.c.subject == bindparam("s"))
    .order_by(offers.c.retro_id.desc())
)
_BODY = select(texts.c.body).where(texts.c.workspace_id == bindparam("w"), texts.c.retro_id == bindparam("r"))


def find(
    database: Database,
    connection: Connection,
    viewer: Viewer,
    wanted: Sequence[str],
    *,
    every: bool,
    most: int = 0,
) -> list[tuple[int, str]]:
    """Give the newest retros that a viewer may read, with their words; `every` asks for all of `wanted`, else any."""
    if not wanted:
        return []
    most = most or NEWEST
    if database.is_sqlite:
        query = _indexed(_fts(viewer, wanted, every=every), viewer, most)
    elif _is_common(connection, viewer, wanted, every=every):
        query = _walked(viewer, wanted, most, every=every)
    else:
        query = _indexed(_vector(viewer, wanted, every=every), viewer, most)
    return [(row.retro_id, row.body) for row in connection.execute(query)]


def _indexed(found: FromClause, viewer: Viewer, most: int) -> Select[tuple[int, str]]:
    newest = (
        select(store.retros.c.id)
        .select_from(found.join(store.retros, store.retros.c.id == found.c.id))
        .where(store.seen_by(viewer))
        .order_by(found.c.id.desc())  # SQLite walks its full text backwards, and stops when it has enough
        .limit(most)
        .subquery()
    )
    mine = and_(texts.c.retro_id == newest.c.id, texts.c.workspace_id == viewer.workspace)
    return select(texts.c.retro_id, texts.c.body).select_from(newest.join(texts, mine))


def _is_common(connection: Connection, viewer: Viewer, wanted: Sequence[str], *, every: bool) -> bool:
    """Say whether enough of the newest retros hold the words, so that PostgreSQL need not gather all that do."""
    likes = [terms.c.term.like(_like(one)) for one in wanted]
    counted = (func.sum(case((one, terms.c.docs), else_=0)) for one in likes)
    query = select(_LOGGED, *counted).where(terms.c.workspace_id == viewer.workspace, or_(*likes))
    all_of_it, *known = connection.execute(query, {"w": viewer.workspace}).one()
    logged = int(all_of_it or 1)
    shares = [min(1.0, int(docs or 0) / logged) for docs in known]
    # A walk meets one after another until it has enough; the index gives all of them, and then their rows are read.
    holding = logged * (prod(shares) if every else min(1.0, sum(shares)))
    return holding * holding > NEWEST * logged


def _walked(viewer: Viewer, wanted: Sequence[str], most: int, *, every: bool) -> Select[tuple[int, str]]:
    """Look through what a viewer may read, the newest first; the fences keep PostgreSQL from another order."""
    seen = select(store.retros.c.id).where(store.seen_by(viewer))
    newest = seen.order_by(store.retros.c.id.desc()).limit(_ALL).subquery()
    body = literal(" ") + texts.c.body + literal(" ")
    holds = (and_ if every else or_)(*(body.like(f"% {_like(one, ' ')}%") for one in wanted))
    mine = and_(texts.c.retro_id == newest.c.id, texts.c.workspace_id == viewer.workspace)
    found = select(texts.c.retro_id, texts.c.body).where(mine, holds).offset(0).lateral()
    query = select(found.c.retro_id, found.c.body).select_from(newest.join(found, true()))
    return query.order_by(newest.c.id.desc()).limit(most)


def _like(word: str, end: str = "") -> str:
    """Give the pattern of a word, which ends with `end` if it stands for itself; a word holds no sign of a pattern."""
    return f"{word}%" if is_beginning(word) else f"{word}{end}"


def known(connection: Connection, viewer: Viewer, ids: Sequence[int]) -> list[tuple[int, str]]:
    """Give the words of some retros, as far as a viewer may read them."""
    mine = and_(texts.c.retro_id == store.retros.c.id, texts.c.workspace_id == store.retros.c.workspace_id)
    query = select(texts.c.retro_id, texts.c.body).select_from(store.retros.join(texts, mine))
    query = query.where(store.retros.c.id.in_(ids), store.seen_by(viewer))
    return [(row.retro_id, row.body) for row in connection.execute(query)]


def _fts(viewer: Viewer, wanted: Sequence[str], *, every: bool) -> FromClause:
    between = " AND " if every else " OR "
    said = between.join(f'"{_placed(viewer, one)}"{"*" if is_beginning(one) else ""}' for one in wanted)
    return select(_FTS.c.rowid.label("id")).where(text("retro_words MATCH :said").bindparams(said=said)).subquery()


def _vector(viewer: Viewer, wanted: Sequence[str], *, every: bool) -> FromClause:
    between = " & " if every else " | "
    said = between.join(f"'{_placed(viewer, one)}'{':*' if is_beginning(one) else ''}" for one in wanted)
    match = text("words @@ CAST(:said AS tsquery)").bindparams(said=said)
    found = select(_VECTORS.c.retro_id.label("id")).where(match, _VECTORS.c.workspace_id == viewer.workspace)
    # Or PostgreSQL walks all retros backwards in the hope of meeting enough of them soon.
    return found.cte("found").prefix_with("MATERIALIZED")


def _placed(viewer: Viewer, word: str) -> str:
    """Put the workspace before a word, as the index does; neither holds anything that a query could mean."""
    return f"{re.sub('[^a-z0-9]', '', viewer.workspace.lower())}_{word}"


def behind(connection: Connection, limit: int) -> list[tuple[str, int]]:
    """Give workspace and id of retros of any workspace that the search does not know as they stand."""
    query = select(store.retros.c.workspace_id, store.retros.c.id).where(store.retros.c.behind == 1)
    rows = connection.execute(query.order_by(store.retros.c.id).limit(limit))
    return [(row.workspace_id, row.id) for row in rows]


def caught_up(connection: Connection, workspace: str, retro: int, behind: int = 0) -> None:
    """Note that the search knows a retro as it stands in this transaction."""
    mine = (store.retros.c.workspace_id == workspace, store.retros.c.id == retro)
    connection.execute(update(store.retros).where(*mine).values(behind=behind, indexed=store.retros.c.version))


def unscrubbed(connection: Connection, limit: int) -> list[tuple[str, int]]:
    """Give workspace and id of deleted retros of any workspace whose words may still stand in SQLite's files."""
    query = select(store.retros.c.workspace_id, store.retros.c.id).where(store.retros.c.behind == UNSCRUBBED)
    return [(row.workspace_id, row.id) for row in connection.execute(query.limit(limit))]


def scrub(connection: Connection) -> bool:
    """Rewrite a part of SQLite's full text, which keeps a deleted word until then; False when nothing is left to do."""
    before = connection.exec_driver_sql("SELECT total_changes()").scalar_one()
    connection.exec_driver_sql(_MERGE)
    # SQLite's documentation: a merge that had nothing to do makes fewer than two changes.
    return bool(connection.exec_driver_sql("SELECT total_changes()").scalar_one() - before > 1)


def put(database: Database, connection: Connection, workspace: str, retro: int, body: str) -> None:
    """Have the search know a retro by these words, or forget it if there are none."""
    old = connection.execute(_BODY, {"w": workspace, "r": retro}).scalar() or ""
    if body:
        database.put(connection, texts, {"retro_id": retro, "workspace_id": workspace, "body": body})
    else:
        mine = (texts.c.workspace_id == workspace, texts.c.retro_id == retro)
        connection.execute(delete(texts).where(*mine))
    was, now = _terms(old), _terms(body)
    _count(database, connection, workspace, dict.fromkeys(now - was, 1) | dict.fromkeys(was - now, -1))


def _terms(body: str) -> set[str]:
    return set(body.split())


def _count(database: Database, connection: Connection, workspace: str, changes: Mapping[str, int]) -> None:
    rows = [{"workspace_id": workspace, "term": word, "docs": 0} for word in sorted(changes)]
    database.add_all(connection, terms, rows)
    for by in (1, -1):
        these = [word for word, change in changes.items() if change == by]
        mine = (terms.c.workspace_id == workspace, terms.c.term.in_(sorted(these)))
        if these:
            connection.execute(update(terms).where(*mine).values(docs=terms.c.docs + by))
    gone = (terms.c.workspace_id == workspace, terms.c.term.in_(sorted(changes)), terms.c.docs < 1)
    connection.execute(delete(terms).where(*gone))


def rarity(connection: Connection, workspace: str, words: Collection[str]) -> Counter[str]:
    """Count, of each word, the retros of a workspace in which it stands."""
    mine = (terms.c.workspace_id == workspace, terms.c.term.in_(sorted(words)))
    return Counter({row.term: row.docs for row in connection.execute(select(terms.c.term, terms.c.docs).where(*mine))})


def words_of(connection: Connection, workspace: str, retro: int) -> set[str]:
    """Give the words by which the search knows a retro."""
    return _terms(connection.execute(_BODY, {"w": workspace, "r": retro}).scalar() or "")


def offer(database: Database, connection: Connection, key: Key, ids: Sequence[int]) -> None:
    """Have a card offer some retros."""
    row = {"workspace_id": key.workspace, "kind": key.kind, "subject": key.subject}
    database.add_all(connection, offers, [{**row, "retro_id": one} for one in ids])


def note_told(
    database: Database, connection: Connection, by: Actor, form: str, ids: Collection[int], now: datetime
) -> None:
    """Note which retros a form offered to a person when it opened, like a request that was handled: for two days."""
    rows = [{"workspace_id": by.workspace, "request": one, "at": now} for one in _telling(by, form, ids)]
    database.add_all(connection, seen, rows)


def told(connection: Connection, by: Actor, form: str, ids: Collection[int]) -> set[int]:
    """Give those retros that a form offered to a person when it opened."""
    asked = _telling(by, form, ids)
    mine = (seen.c.workspace_id == by.workspace, seen.c.request.in_(asked))
    return {asked[row.request] for row in connection.execute(select(seen.c.request).where(*mine))} if ids else set()


def _telling(by: Actor, form: str, ids: Collection[int]) -> Mapping[str, int]:
    return {f"offer:{by.user}:{form}:{one}": one for one in ids}


def offered(connection: Connection, key: Key) -> list[int]:
    """Give the ids of what a card offers, to whoever may see it."""
    return [row.retro_id for row in connection.execute(_OFFERED, {"w": key.workspace, "k": key.kind, "s": key.subject})]


def offering(
    connection: Connection, workspace: str, *, retro: int = 0, channel: str = "", but_in: str = ""
) -> list[tuple[Key, int]]:
    """Give the cards that offer a retro, or any retro of a channel, and which; without the cards in `but_in`."""
    card = and_(
        cards.c.workspace_id == offers.c.workspace_id,
        cards.c.kind == offers.c.kind,
        cards.c.subject_id == offers.c.subject,
    )
    of = and_(store.retros.c.id == offers.c.retro_id, store.retros.c.workspace_id == offers.c.workspace_id)
    query = (
        select(offers.c.kind, offers.c.subject, offers.c.retro_id)
        .select_from(offers.join(store.retros, of).join(cards, card))
        .where(offers.c.workspace_id == workspace, cards.c.channel_id != but_in)
        .where(store.retros.c.id == retro if retro else store.retros.c.channel_id == channel)
    )
    return [(Key(workspace, row.kind, row.subject), row.retro_id) for row in connection.execute(query)]


def withdraw(connection: Connection, key: Key, retro: int) -> None:
    """Have a card no longer offer a retro."""
    card = (offers.c.workspace_id == key.workspace, offers.c.kind == key.kind, offers.c.subject == key.subject)
    connection.execute(delete(offers).where(*card, offers.c.retro_id == retro))
