"""Rows of what is half written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, String, Table, bindparam, delete, select

from bot.database import Database, Utc, metadata
from bot.retros.store import ID

drafts = Table(
    "retro_drafts",
    metadata,
    Column("workspace_id", String(20), primary_key=True),
    Column("user_id", String(20), primary_key=True),
    Column("channel_id", String(20), primary_key=True),
    # The retro that is being edited, or 0 for a new one.
    Column("retro_id", ID, primary_key=True),
    Column("body", JSON, nullable=False),
    Column("saved_at", Utc, nullable=False),
)

_FORGET = delete(drafts).where(
    drafts.c.workspace_id == bindparam("w"),
    drafts.c.user_id == bindparam("u"),
    drafts.c.channel_id == bindparam("c"),
    drafts.c.retro_id == bindparam("r"),
)


def find(
    connection: Connection, workspace: str, user: str, channel: str, retro: int
) -> tuple[Mapping[str, Any], datetime] | None:
    """Give what a person has half written in a channel, and when it was saved."""
    query = select(drafts).where(
        drafts.c.workspace_id == workspace,
        drafts.c.user_id == user,
        drafts.c.channel_id == channel,
        drafts.c.retro_id == retro,
    )
    row = connection.execute(query).first()
    return (row.body, row.saved_at) if row else None


def keep(
    database: Database, connection: Connection, of: tuple[str, str, str, int], body: Mapping[str, Any], now: datetime
) -> None:
    """Keep what is half written; `of` is workspace, person, channel and retro."""
    workspace, user, channel, retro = of
    row = {"workspace_id": workspace, "user_id": user, "channel_id": channel, "retro_id": retro}
    database.put(connection, drafts, row | {"body": dict(body), "saved_at": now})


def forget(connection: Connection, workspace: str, user: str, channel: str, retro: int) -> None:
    """Drop what was half written."""
    connection.execute(_FORGET, {"w": workspace, "u": user, "c": channel, "r": retro})
