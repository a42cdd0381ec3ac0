"""Rows of calls for answers, and of the answers."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    ForeignKey,
    Index,
    Row,
    String,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    func,
    select,
    update,
)

from bot.database import Database, Utc, metadata
from bot.delivery.store import cards
from bot.retros.rounds.model import Answer, Call, Given, Round
from bot.retros.store import ID, retros
from bot.systems.model import Named
from bot.systems.store import systems

CARD = "round"
"""The kind of a call's card."""

rounds = Table(
    "retro_rounds",
    metadata,
    Column("id", ID, primary_key=True),
    Column("workspace_id", String(20), nullable=False),
    Column("channel_id", String(20), nullable=False),
    Column("system_id", ID, ForeignKey("systems.id")),
    Column("kind", String(12), nullable=False),
    Column("source", Text, nullable=False),
    Column("run_id", ID),
    Column("state", String(10), nullable=False),
    Column("facilitator", String(20), nullable=False),
    # Everyone who could read the answers before, the first first.
    Column("earlier", JSON, nullable=False),
    # What the order of the answers is drawn from.
    Column("salt", String(16), nullable=False),
    Column("opened_at", Utc, nullable=False),
    Column("retro_id", ID, ForeignKey("retros.id")),
    # One open call per channel and system; null as soon as it is closed.
    Column("open_key", String(80), unique=True),
    Index("ix_retro_rounds_retro", "workspace_id", "retro_id"),
)

# No time is kept: it would tell who a nameless answer is from.
answers = Table(
    "retro_answers",
    metadata,
    Column("id", ID, primary_key=True),
    Column("workspace_id", String(20), nullable=False),
    Column("round_id", ID, ForeignKey("retro_rounds.id"), nullable=False),
    # Who may change it; emptied for a nameless answer as soon as the round is over, and for one that was deleted.
    Column("user_id", String(20), nullable=False),
    # Of an answer that was deleted nothing is left but that it was.
    Column("named", String(5), nullable=False),
    Column("expected", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("keep", Text, nullable=False),
    Index("ix_retro_answers_round", "workspace_id", "round_id", "user_id"),
)

_NAMELESS, _DROPPED = "no", "gone"
_ONE = and_(rounds.c.workspace_id == bindparam("w"), rounds.c.id == bindparam("r"))
_COUNT = (
    select(func.count())
    .where(answers.c.workspace_id == rounds.c.workspace_id, answers.c.round_id == rounds.c.id)
    .correlate(rounds)
)
_GET = (
    select(
        rounds,
        systems.c.name,
        systems.c.version,
        cards.c.ts,
        retros.c.number,
        retros.c.state.label("retro_state"),
        _COUNT.where(answers.c.named != _DROPPED).scalar_subquery().label("how_many"),
        _COUNT.where(answers.c.named == _DROPPED).scalar_subquery().label("dropped"),
    )
    .outerjoin(systems, and_(systems.c.id == rounds.c.system_id, systems.c.workspace_id == rounds.c.workspace_id))
    .outerjoin(retros, and_(retros.c.id == rounds.c.retro_id, retros.c.workspace_id == rounds.c.workspace_id))
    .outerjoin(
        cards,
        and_(cards.c.workspace_id == rounds.c.workspace_id, cards.c.kind == CARD, cards.c.subject_id == rounds.c.id),
    )
    .where(_ONE)
)
_LOCK = select(rounds.c.state).where(_ONE).with_for_update()
_OPEN = select(rounds.c.id).where(rounds.c.open_key == bindparam("k"))
_ANSWERS = (
    select(answers)
    .where(answers.c.workspace_id == bindparam("w"), answers.c.round_id == bindparam("r"), answers.c.named != _DROPPED)
    .order_by(answers.c.id)
)
_MINE = _ANSWERS.where(answers.c.user_id == bindparam("u"))
_INSERT = answers.insert()


def add(database: Database, connection: Connection, new: Round, system: int | None) -> int | None:
    """Insert a call; None if one for the same system is open in its channel."""
    row: dict[str, Any] = {
        "workspace_id": new.workspace,
        "channel_id": new.channel,
        "system_id": system,
        "kind": new.about.kind,
        "source": new.about.source,
        "run_id": new.about.run,
        "state": "open",
        "facilitator": new.facilitator,
        "earlier": [],
        "salt": new.salt,
        "opened_at": new.opened_at,
        "open_key": _open_key(new.workspace, new.channel, system),
    }
    added = database.add(connection, rounds, row)
    return None if added is None else int(added)


def open_one(connection: Connection, workspace: str, channel: str, system: int | None) -> int | None:
    """Give the call that is open for a system in a channel."""
    found = connection.execute(_OPEN, {"k": _open_key(workspace, channel, system)}).scalar()
    return None if found is None else int(found)


def _open_key(workspace: str, channel: str, system: int | None) -> str:
    return f"{workspace}/{channel}/{system or 0}"


def get(connection: Connection, workspace: str, round_id: int) -> Round | None:
    """Give a call."""
    row = connection.execute(_GET, {"w": workspace, "r": round_id}).first()
    return _round(row) if row else None


def lock(connection: Connection, workspace: str, round_id: int) -> Round | None:
    """Read a call for a change; on PostgreSQL its row is locked."""
    connection.execute(_LOCK, {"w": workspace, "r": round_id})
    return get(connection, workspace, round_id)


def hand_over(connection: Connection, of: Round, user: str) -> None:
    """Make somebody else the facilitator."""
    changed = {"facilitator": user, "earlier": [*of.earlier, of.facilitator]}
    mine = (rounds.c.workspace_id == of.workspace, rounds.c.id == of.id)
    connection.execute(update(rounds).where(*mine).values(**changed))


def close(connection: Connection, workspace: str, round_id: int, retro: int | None) -> None:
    """Close a call, for a retro or without one, and forget who gave the nameless answers."""
    mine = (rounds.c.workspace_id == workspace, rounds.c.id == round_id)
    connection.execute(update(rounds).where(*mine).values(state="closed", open_key=None, retro_id=retro))
    nameless = (answers.c.workspace_id == workspace, answers.c.round_id == round_id, answers.c.named == _NAMELESS)
    connection.execute(update(answers).where(*nameless).values(user_id=""))


def of_retro(connection: Connection, workspace: str, retro: int) -> list[int]:
    """Give the calls that were closed for a retro."""
    query = select(rounds.c.id).where(rounds.c.workspace_id == workspace, rounds.c.retro_id == retro)
    return [row.id for row in connection.execute(query)]


def erase(connection: Connection, workspace: str, round_id: int) -> None:
    """Delete the answers of a call."""
    mine = (answers.c.workspace_id == workspace, answers.c.round_id == round_id)
    connection.execute(delete(answers).where(*mine))


def put(connection: Connection, workspace: str, round_id: int, user: str, given: Given) -> None:
    """Keep somebody's answer in place of their earlier one; the call must be locked, or there may be two."""
    row = {"expected": given.expected, "why": given.why, "keep": given.keep}
    row["named"] = "yes" if given.named else _NAMELESS
    mine = (answers.c.workspace_id == workspace, answers.c.round_id == round_id, answers.c.user_id == user)
    if not connection.execute(update(answers).where(*mine).values(**row)).rowcount:
        connection.execute(_INSERT, row | {"workspace_id": workspace, "round_id": round_id, "user_id": user})


def drop(connection: Connection, workspace: str, round_id: int, user: str) -> bool:
    """Delete somebody's answer, and note that one was deleted, but not whose; False if there is none."""
    mine = (answers.c.workspace_id == workspace, answers.c.round_id == round_id, answers.c.user_id == user)
    empty = {"user_id": "", "named": _DROPPED, "expected": "", "why": "", "keep": ""}
    return bool(user and connection.execute(update(answers).where(*mine).values(**empty)).rowcount)


def given_by(connection: Connection, workspace: str, round_id: int, user: str) -> Given | None:
    """Give what somebody answered."""
    row = connection.execute(_MINE, {"w": workspace, "r": round_id, "u": user}).first() if user else None
    return _given(row) if row else None


def listed(connection: Connection, workspace: str, round_id: int) -> Sequence[Answer]:
    """Give the answers of a call; who gave a nameless one is left out."""
    rows = connection.execute(_ANSWERS, {"w": workspace, "r": round_id})
    return [Answer(row.id, _given(row), "" if row.named == _NAMELESS else row.user_id) for row in rows]


def _given(row: Row[Any]) -> Given:
    return Given(row.expected, row.why, row.keep, named=row.named != _NAMELESS)


def _round(row: Row[Any]) -> Round:
    named = Named(row.name, row.version) if row.name else None
    return Round(
        id=row.id,
        workspace=row.workspace_id,
        channel=row.channel_id,
        about=Call(named, row.kind, row.source, row.run_id),
        state=row.state,
        facilitator=row.facilitator,
        opened_at=row.opened_at,
        count=row.how_many,
        salt=row.salt,
        dropped=row.dropped,
        earlier=tuple(row.earlier),
        message_ts=row.ts or "",
        retro=row.retro_id,
        number=row.number,
        deleted=row.retro_state == "deleted",
    )
