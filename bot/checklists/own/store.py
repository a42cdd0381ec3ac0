"""Rows of items that a workspace added to a checklist."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    select,
    update,
)

from bot.checklists.model import Choices
from bot.checklists.own.model import OwnItem, Use
from bot.checklists.store import answers, runs, template
from bot.database import Utc, metadata
from bot.delivery.model import Key
from bot.schema import KEPT, Item

_ID = BigInteger().with_variant(Integer, "sqlite")
NEWEST = 1000
"""Runs that are looked at to say how often an item was used."""

own_items = Table(
    "own_items",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("workspace_id", String(20), nullable=False),
    Column("checklist_id", String(40), nullable=False),
    Column("phase_id", String(40), nullable=False),
    Column("item_id", String(40), nullable=False),
    Column("body", JSON, nullable=False),
    # The card that tells how the item is used: drawn anew when it is.
    Column("card", String(20), nullable=False),
    Column("subject_id", _ID, nullable=False),
    Column("added_by", String(20), nullable=False),
    Column("added_at", Utc, nullable=False),
    Column("dropped_by", String(20)),
    Column("dropped_at", Utc),
    UniqueConstraint("workspace_id", "checklist_id", "item_id"),
)

# Every start of a checklist asks this, so it is built once.
_ADDED = (
    select(own_items)
    .where(
        own_items.c.workspace_id == bindparam("w"),
        own_items.c.checklist_id == bindparam("c"),
        own_items.c.dropped_at.is_(None),
    )
    .order_by(own_items.c.id)
)
_CARD = select(own_items.c.card, own_items.c.subject_id).where(
    own_items.c.workspace_id == bindparam("w"),
    own_items.c.checklist_id == bindparam("c"),
    own_items.c.item_id == bindparam("i"),
)


def added(connection: Connection, workspace: str, checklist: str) -> list[OwnItem]:
    """Give everything that a workspace has added to a checklist and not taken out, oldest first."""
    return [_own(row) for row in connection.execute(_ADDED, {"w": workspace, "c": checklist})]


def card_of(connection: Connection, workspace: str, checklist: str, item: str) -> Key | None:
    """Give the card that tells how an item is used."""
    row = connection.execute(_CARD, {"w": workspace, "c": checklist, "i": item}).first()
    return Key(workspace, row.card, row.subject_id) if row else None


def every(connection: Connection, workspace: str) -> list[OwnItem]:
    """Give everything that a workspace has added and not taken out."""
    mine = (own_items.c.workspace_id == workspace, own_items.c.dropped_at.is_(None))
    query = select(own_items).where(*mine).order_by(own_items.c.checklist_id, own_items.c.id)
    return [_own(row) for row in connection.execute(query)]


def lock(connection: Connection, workspace: str, own: int) -> OwnItem | None:
    """Read an item for a change, taken out or not."""
    query = select(own_items).where(own_items.c.workspace_id == workspace, own_items.c.id == own).with_for_update()
    row = connection.execute(query).first()
    return _own(row) if row else None


def add(connection: Connection, new: OwnItem) -> None:
    """Insert an item; the database chooses its number."""
    row = {
        "workspace_id": new.workspace,
        "checklist_id": new.checklist,
        "phase_id": new.phase,
        "item_id": new.item.id,
        "body": new.item.model_dump(mode="json", exclude_defaults=True),
        "card": new.card.kind,
        "subject_id": new.card.subject,
        "added_by": new.by,
        "added_at": new.at,
    }
    connection.execute(own_items.insert(), row)


def drop(connection: Connection, workspace: str, own: int, by: str, now: datetime) -> None:
    """Note that later runs do not show an item any more."""
    mine = (own_items.c.workspace_id == workspace, own_items.c.id == own)
    connection.execute(update(own_items).where(*mine).values(dropped_by=by, dropped_at=now))


def use(connection: Connection, workspace: str, checklist: str, item: str, channels: Iterable[str]) -> Use:
    """Count in which runs of some channels an item was shown since it was added, and how it stands in them."""
    mine = (own_items.c.workspace_id == workspace, own_items.c.checklist_id == checklist, own_items.c.item_id == item)
    known = connection.execute(select(own_items.c.added_at, own_items.c.dropped_at).where(*mine)).first()
    if known is None:
        return Use()
    showing = (
        select(runs)
        .where(runs.c.workspace_id == workspace, runs.c.channel_id.in_(sorted(channels)))
        .where(runs.c.checklist_id == checklist, runs.c.state != "discarded", runs.c.started_at >= known.added_at)
        .order_by(runs.c.id.desc())
        .limit(NEWEST)
    )
    shown = [row.id for row in connection.execute(showing).all() if _shows(connection, workspace, row, item)]
    states = _states(connection, workspace, shown, item)
    met = sum(state in {"done", "na"} for state in states)
    return Use(len(shown), met, states.count("risk"), known.dropped_at)


def _shows(connection: Connection, workspace: str, row: Row[Any], item: str) -> bool:
    choices = Choices(row.kind, row.labelled, row.scope, row.purpose)
    return choices.includes(template(connection, workspace, row.digest), item)


def _states(connection: Connection, workspace: str, shown: list[int], item: str) -> list[str]:
    query = select(answers.c.state).where(
        answers.c.workspace_id == workspace, answers.c.run_id.in_(shown), answers.c.item_id == item
    )
    return [row.state for row in connection.execute(query)] if shown else []


def _own(row: Row[Any]) -> OwnItem:
    return OwnItem(
        id=row.id,
        card=Key(row.workspace_id, row.card, row.subject_id),
        checklist=row.checklist_id,
        phase=row.phase_id,
        item=Item.model_validate(row.body, context=KEPT),
        by=row.added_by,
        at=row.added_at,
        dropped_at=row.dropped_at,
    )
