"""Rows of checklist items that retros propose."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    cast,
    false,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.sql import ColumnElement

from bot.database import Utc, metadata
from bot.retros.model import Cause, Viewer, causes_of
from bot.retros.proposals.model import Proposal, Wording
from bot.retros.store import ID, counters, retros, seen_by

proposals = Table(
    "retro_proposals",
    metadata,
    Column("id", ID, primary_key=True),
    Column("workspace_id", String(20), nullable=False),
    Column("retro_id", ID, ForeignKey("retros.id"), nullable=False),
    Column("channel_id", String(20), nullable=False),
    # The cause that came back so often that the coach proposed this by itself; else empty.
    Column("cause", String(12), nullable=False),
    Column("times", Integer, nullable=False),
    # The newest retro that was counted; the next count begins after it.
    Column("upto", ID),
    Column("checklist_id", String(40), nullable=False),
    Column("phase_id", String(40), nullable=False),
    Column("title", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("check", Text, nullable=False),
    Column("level", String(4), nullable=False),
    Column("state", String(10), nullable=False),
    Column("item_id", String(40), nullable=False),
    Column("proposed_by", String(20), nullable=False),
    Column("proposed_at", Utc, nullable=False),
    Column("decided_by", String(20), nullable=False),
    Column("decided_at", Utc),
    Index("ix_retro_proposals_retro", "workspace_id", "retro_id"),
    Index("ix_retro_proposals_channel", "workspace_id", "channel_id", "cause"),
)


def add(connection: Connection, new: Proposal, upto: int | None = None) -> int:
    """Insert a proposal; give the id that the database chooses."""
    row = _words_row(new.words) | {
        "workspace_id": new.workspace,
        "retro_id": new.retro,
        "channel_id": new.channel,
        "cause": new.cause,
        "times": new.times,
        "upto": upto,
        "state": new.state,
        "item_id": new.item,
        "proposed_by": new.by,
        "proposed_at": new.at,
        "decided_by": new.decided_by,
        "decided_at": new.decided_at,
    }
    return int(connection.execute(proposals.insert().returning(proposals.c.id), row).scalar_one())


def get(connection: Connection, workspace: str, proposal: int) -> Proposal | None:
    """Give a proposal."""
    row = connection.execute(select(proposals).where(_is(workspace, proposal))).first()
    return _proposal(row) if row else None


def of_retro(connection: Connection, workspace: str, retro: int) -> list[Proposal]:
    """Give what a retro proposed, oldest first."""
    query = select(proposals).where(proposals.c.workspace_id == workspace, proposals.c.retro_id == retro)
    return [_proposal(row) for row in connection.execute(query.order_by(proposals.c.id))]


def reword(connection: Connection, workspace: str, proposal: int, words: Wording, by: str, now: datetime) -> None:
    """Write what somebody made of a suggestion: it is a person's proposal from now on."""
    values = _words_row(words) | {"state": "proposed", "proposed_by": by, "proposed_at": now}
    connection.execute(update(proposals).where(_is(workspace, proposal)).values(**values))


def decide(connection: Connection, workspace: str, decided: Proposal) -> None:
    """Write how a proposal was decided, and the item that came of it."""
    values: dict[str, Any] = {"state": decided.state, "item_id": decided.item}
    values |= {"decided_by": decided.decided_by, "decided_at": decided.decided_at}
    connection.execute(update(proposals).where(_is(workspace, decided.id)).values(**values))


def forget(connection: Connection, workspace: str, retro: int) -> None:
    """Take the words out of what a deleted retro proposed; an item that was accepted has its own."""
    mine = (proposals.c.workspace_id == workspace, proposals.c.retro_id == retro)
    connection.execute(update(proposals).where(*mine).values(title="", hint="", check="", state="gone"))


def unweighed(connection: Connection, limit: int) -> list[tuple[str, int]]:
    """Give workspace and id of retros of any workspace of which nobody has looked whether their causes come back."""
    query = select(retros.c.workspace_id, retros.c.id).where(retros.c.unweighed == 1)
    return [(row.workspace_id, row.id) for row in connection.execute(query.order_by(retros.c.id).limit(limit))]


def take_turns(connection: Connection, workspace: str) -> None:
    """Wait until nobody else weighs retros of this workspace, or two would suggest the same."""
    query = select(counters.c.last).where(counters.c.workspace_id == workspace)
    connection.execute(query.with_for_update()).first()


def weighed(connection: Connection, workspace: str, retro: int) -> None:
    """Note that a retro was looked at."""
    mine = (retros.c.workspace_id == workspace, retros.c.id == retro)
    connection.execute(update(retros).where(*mine).values(unweighed=None))


def counted_upto(connection: Connection, workspace: str, channel: str, cause: Cause) -> int:
    """Give the newest retro that was counted when a cause last suggested an item in a channel."""
    query = select(func.max(proposals.c.upto)).where(
        proposals.c.workspace_id == workspace, proposals.c.channel_id == channel, proposals.c.cause == cause
    )
    return int(connection.execute(query).scalar() or 0)


def naming(connection: Connection, viewer: Viewer, cause: Cause, after: int, this: int, most: int) -> list[int]:
    """Give the newest retros after another that a viewer may read and that name a cause; `this` is being weighed."""
    ready = or_(retros.c.unweighed.is_(None), retros.c.id == this)
    query = select(retros.c.id).where(seen_by(viewer), retros.c.id > after, ready, _names(cause))
    return [row.id for row in connection.execute(query.order_by(retros.c.id.desc()).limit(most))]


def what_would_have_caught(connection: Connection, viewer: Viewer, cause: Cause) -> str:
    """Give what the newest retro with a cause says of it, among those that a viewer may read."""
    query = select(retros.c.caught).where(seen_by(viewer), _names(cause), retros.c.caught != "")
    return str(connection.execute(query.order_by(retros.c.id.desc()).limit(1)).scalar() or "")


def later(
    connection: Connection, viewer: Viewer, causes: Sequence[Cause], retro: int, since: datetime, most: int = 100
) -> list[tuple[int, tuple[Cause, ...]]]:
    """Give number and causes of the retros after another, and since a time, that a viewer may read."""
    again = or_(false(), *map(_names, causes))
    query = select(retros.c.number, retros.c.causes).where(
        seen_by(viewer), retros.c.id > retro, retros.c.logged_at >= since, again
    )
    rows = connection.execute(query.order_by(retros.c.id).limit(most))
    return [(row.number, causes_of(row.causes)) for row in rows]


def watching(connection: Connection, workspace: str, causes: Sequence[Cause], channel: str = "") -> set[int]:
    """Give the retros whose accepted items watch for one of these causes, of one channel if it is named."""
    mine = [proposals.c.workspace_id == workspace, proposals.c.state == "accepted", or_(false(), *map(_names, causes))]
    mine += [proposals.c.channel_id == channel] if channel else []
    same = (retros.c.id == proposals.c.retro_id) & (retros.c.workspace_id == proposals.c.workspace_id)
    query = select(proposals.c.retro_id).join(retros, same).where(*mine)
    return {row.retro_id for row in connection.execute(query)}


def _names(cause: Cause) -> ColumnElement[bool]:
    """Look into the list as it is written: no cause's name holds another's in quotes."""
    return cast(retros.c.causes, Text).like(f'%"{cause}"%')


def _is(workspace: str, proposal: int) -> ColumnElement[bool]:
    return (proposals.c.workspace_id == workspace) & (proposals.c.id == proposal)


def _words_row(words: Wording) -> dict[str, Any]:
    return {
        "checklist_id": words.checklist,
        "phase_id": words.phase,
        "title": words.title,
        "hint": words.hint,
        "check": words.check,
        "level": words.level,
    }


def _proposal(row: Row[Any]) -> Proposal:
    return Proposal(
        id=row.id,
        workspace=row.workspace_id,
        retro=row.retro_id,
        channel=row.channel_id,
        words=Wording(row.checklist_id, row.phase_id, row.title, row.hint, row.check, row.level),
        state=row.state,
        by=row.proposed_by,
        at=row.proposed_at,
        cause=row.cause,
        times=row.times,
        item=row.item_id,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
