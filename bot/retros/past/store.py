"""Rows of what happened to retros."""

from sqlalchemy import JSON, Column, Connection, ForeignKey, String, Table, select

from bot.database import Utc, metadata
from bot.retros.model import Change
from bot.retros.store import ID

changes = Table(
    "retro_changes",
    metadata,
    Column("id", ID, primary_key=True),
    Column("workspace_id", String(20), nullable=False),
    Column("retro_id", ID, ForeignKey("retros.id"), nullable=False, index=True),
    Column("at", Utc, nullable=False),
    Column("by", String(20), nullable=False),
    Column("what", String(20), nullable=False),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
)


def history(connection: Connection, workspace: str, retro: int) -> list[Change]:
    """Give what happened to a retro, oldest first."""
    query = select(changes).where(changes.c.workspace_id == workspace, changes.c.retro_id == retro)
    rows = connection.execute(query.order_by(changes.c.id))
    return [Change(row.at, row.by, row.what, row.before, row.after) for row in rows]


def add_change(connection: Connection, workspace: str, retro: int, change: Change) -> None:
    """Write a line of a retro's history."""
    row = {"workspace_id": workspace, "retro_id": retro, "at": change.at, "by": change.by, "what": change.what}
    connection.execute(changes.insert(), row | {"before": dict(change.before), "after": dict(change.after)})
