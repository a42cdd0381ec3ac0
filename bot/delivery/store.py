"""Rows of cards."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    Row,
    String,
    Table,
    and_,
    bindparam,
    case,
    select,
    update,
)
from sqlalchemy.sql import ColumnElement

from bot.database import Database, Utc, metadata
from bot.delivery.model import GRACE, Card, Key

cards = Table(
    "cards",
    metadata,
    Column("workspace_id", String(20), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("subject_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("channel_id", String(20), nullable=False),
    Column("asked_by", String(20), nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("drawn", Integer, nullable=False),
    Column("undrawn", Integer, nullable=False, index=True),
    Column("ts", String(30)),
    Column("claimed_at", Utc),
    Column("error", String(80), nullable=False),
)


# Building a statement costs more than running it, so those of every click are built once.
_IS = and_(cards.c.workspace_id == bindparam("w"), cards.c.kind == bindparam("k"), cards.c.subject_id == bindparam("s"))
_FIND = select(cards).where(_IS)
_INSERT = cards.insert()
_TOUCH = update(cards).where(_IS).values(revision=cards.c.revision + 1, undrawn=1).returning(cards.c.state)
_ADOPT = update(cards).where(_IS).values(state="sent", ts=bindparam("at"))
_CLAIM = update(cards).where(_IS, cards.c.state == "ready").values(state="sending", claimed_at=bindparam("now"))
_SHOWN: dict[str, Any] = {"drawn": bindparam("d"), "undrawn": cards.c.revision - bindparam("d"), "error": ""}
_SENT = update(cards).where(_IS).values(state="sent", ts=bindparam("at"), **_SHOWN)
_ALONE = cards.c.drawn == bindparam("was")
_DRAWN = (
    update(cards)
    .where(_IS)
    .values(
        drawn=case((_ALONE, _SHOWN["drawn"]), else_=0), undrawn=case((_ALONE, _SHOWN["undrawn"]), else_=1), error=""
    )
)


def _of(key: Key) -> dict[str, Any]:
    return {"w": key.workspace, "k": key.kind, "s": key.subject}


def _is(key: Key) -> ColumnElement[bool]:
    return and_(cards.c.workspace_id == key.workspace, cards.c.kind == key.kind, cards.c.subject_id == key.subject)


def add(connection: Connection, key: Key, channel: str, asked_by: str) -> None:
    """Record a card that is to be posted."""
    row = {"workspace_id": key.workspace, "kind": key.kind, "subject_id": key.subject, "channel_id": channel}
    state = {"asked_by": asked_by, "state": "ready", "revision": 1, "drawn": 0, "undrawn": 1, "error": ""}
    connection.execute(_INSERT, row | state)


def prepare(database: Database, connection: Connection, some: Sequence[tuple[Key, str, str]]) -> None:
    """Record cards (key, channel, asked by) that the outbox posts: what changes meanwhile is drawn afterwards."""
    state = {"state": "outbox", "revision": 1, "drawn": 0, "undrawn": 1, "error": ""}
    rows = [
        {"workspace_id": key.workspace, "kind": key.kind, "subject_id": key.subject, "channel_id": channel}
        | {"asked_by": asked_by, **state}
        for key, channel, asked_by in some
    ]
    database.add_all(connection, cards, rows)


def posted(connection: Connection, some: Sequence[tuple[Key, str]]) -> None:
    """Record at which ts the outbox has posted cards; each shows the first revision, or is drawn once too often."""
    if some:
        connection.execute(_SENT, [_of(key) | {"d": 1, "at": ts} for key, ts in some])


def touch(connection: Connection, key: Key, seen_at: str = "") -> None:
    """Say that what the card shows has changed.

    `seen_at` is the ts of a card that was clicked: it settles a post that was never confirmed.
    """
    state = connection.execute(_TOUCH, _of(key)).scalar()
    if seen_at and state in {"sending", "unknown", "held"}:
        connection.execute(_ADOPT, _of(key) | {"at": seen_at})


def move(connection: Connection, key: Key, channel: str, asked_by: str) -> None:
    """Have the card posted anew; the old message stays behind as it was."""
    fresh = {"state": "ready", "ts": None, "channel_id": channel, "asked_by": asked_by, "undrawn": 1}
    connection.execute(update(cards).where(_is(key)).values(**fresh, drawn=0, error=""))


def settle(connection: Connection, key: Key, values: Mapping[str, Any]) -> None:
    """Record how a post or a redraw went, where it did not go as it usually does."""
    changed = dict(values)
    if "drawn" in changed:
        changed["undrawn"] = cards.c.revision - changed["drawn"]
    connection.execute(update(cards).where(_is(key)).values(**changed))


def conclude(connection: Connection, card: Card, values: Mapping[str, Any]) -> None:
    """Settle a post as this one look at it found it, unless somebody else has settled or begun it since."""
    same = and_(_is(card.key), cards.c.state == card.state, cards.c.claimed_at == card.claimed_at)
    connection.execute(update(cards).where(same).values(**values))


def drawn(connection: Connection, key: Key, was: int, revision: int) -> None:
    """Record that the card shows a revision.

    If another process has drawn it meanwhile, nobody knows whose drawing Slack took last: it is to be drawn anew.
    """
    connection.execute(_DRAWN, _of(key) | {"was": was, "d": revision})


def sent(connection: Connection, key: Key, revision: int, ts: str) -> None:
    """Record that the card was posted, and where it is."""
    connection.execute(_SENT, _of(key) | {"d": revision, "at": ts})


def claim(connection: Connection, key: Key, now: datetime) -> bool:
    """Commit to posting, before the first byte is written; False if somebody else did."""
    return connection.execute(_CLAIM, _of(key) | {"now": now}).rowcount == 1


def find(connection: Connection, key: Key) -> Card | None:
    """Give the card."""
    row = connection.execute(_FIND, _of(key)).first()
    return _card(row) if row else None


def undrawn(connection: Connection, limit: int = 200) -> list[Card]:
    """List the cards of every workspace that a worker has yet to post or redraw."""
    waiting = and_(cards.c.undrawn != 0, cards.c.state.in_(["ready", "sent"]))
    return [
        _card(row) for row in connection.execute(select(cards).where(waiting).order_by(cards.c.subject_id).limit(limit))
    ]


def unconfirmed(connection: Connection, now: datetime, limit: int = 200) -> list[Card]:
    """List the cards of every workspace that were begun and never confirmed."""
    # Slack may still take a post for which it did not answer in time: an early look would not find it.
    lost = and_(cards.c.state.in_(["sending", "unknown"]), cards.c.claimed_at < now - GRACE)
    query = select(cards).where(lost).order_by(cards.c.claimed_at).limit(limit)
    return [_card(row) for row in connection.execute(query)]


def _card(row: Row[Any]) -> Card:
    key = Key(row.workspace_id, row.kind, row.subject_id)
    return Card(
        key,
        row.channel_id,
        row.asked_by,
        row.state,
        row.revision,
        row.drawn,
        row.ts,
        row.claimed_at,
        row.error,
    )
