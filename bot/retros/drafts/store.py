"""Rows of what is half written: one for each form that somebody has left open or come back from."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, FromClause, String, Table, and_, bindparam, delete, select
from sqlalchemy.sql import ColumnElement

from bot.database import Actor, Database, Utc, metadata, seen
from bot.retros.store import ID

Of = tuple[str, str, str, int]
"""Whose draft, and of what: workspace, person, channel, and the retro that is edited or 0 for a new one."""

MOST = 5
"""Drafts that a person keeps of the same: what they have not come back to after so many others, they will not."""

drafts = Table(
    "retro_drafts",
    metadata,
    Column("workspace_id", String(20), primary_key=True),
    Column("user_id", String(20), primary_key=True),
    Column("channel_id", String(20), primary_key=True),
    # The retro that is being edited, or 0 for a new one.
    Column("retro_id", ID, primary_key=True),
    # Which form, so that two that are open at once do not write over each other; empty in drafts of old.
    Column("form", String(20), primary_key=True),
    Column("body", JSON, nullable=False),
    Column("saved_at", Utc, nullable=False),
)


def _of(table: FromClause) -> ColumnElement[bool]:
    return and_(
        table.c.workspace_id == bindparam("w"),
        table.c.user_id == bindparam("u"),
        table.c.channel_id == bindparam("c"),
        table.c.retro_id == bindparam("r"),
    )


# Building a statement costs more than running it, so those of every form are built once.
_FORM = drafts.c.form == bindparam("f")
_ALL = select(drafts.c.form, drafts.c.body, drafts.c.saved_at).where(_of(drafts))
_ONE = _ALL.where(_FORM)
_NEWEST = _ALL.order_by(drafts.c.saved_at.desc(), drafts.c.form.desc()).limit(1)
_FORGET = delete(drafts).where(_of(drafts), _FORM)
_OTHER = drafts.alias()
_KEPT = (
    select(_OTHER.c.form)
    .where(_of(_OTHER), _OTHER.c.form != bindparam("f"))
    .order_by(_OTHER.c.saved_at.desc(), _OTHER.c.form.desc())
    .limit(MOST - 1)
)
_TIDY = delete(drafts).where(_of(drafts), drafts.c.form != bindparam("f"), drafts.c.form.not_in(_KEPT))
_LOGGED = select(seen.c.at).where(seen.c.workspace_id == bindparam("w"), seen.c.request == bindparam("k"))


def find(connection: Connection, of: Of, form: str | None = None) -> tuple[str, Mapping[str, Any], datetime] | None:
    """Give what is half written, from which form and when it was saved: that of one form, or the newest."""
    known = _named(of)
    row = connection.execute(*((_NEWEST, known) if form is None else (_ONE, known | {"f": form}))).first()
    return (row.form, row.body, row.saved_at) if row else None


def keep(database: Database, connection: Connection, of: Of, form: str, body: Mapping[str, Any], now: datetime) -> None:
    """Keep what is half written, and drop what was left long before it."""
    workspace, user, channel, retro = of
    row = {"workspace_id": workspace, "user_id": user, "channel_id": channel, "retro_id": retro, "form": form}
    database.put(connection, drafts, row | {"body": dict(body), "saved_at": now})
    connection.execute(_TIDY, _named(of) | {"f": form})


def forget(connection: Connection, of: Of, form: str) -> None:
    """Drop what was half written in a form."""
    connection.execute(_FORGET, _named(of) | {"f": form})


def note_logged(database: Database, connection: Connection, by: Actor, form: str, number: int, now: datetime) -> bool:
    """Note as which retro a form was logged, like a request that was handled: for two days; False if it was before."""
    one = _logging(by, form)
    database.take_turn(connection, f"{by.workspace}:{one}")
    row = {"workspace_id": by.workspace, "at": now}
    if database.add(connection, seen, row | {"request": one}) is None:
        return False
    database.add(connection, seen, row | {"request": f"{one}:{number}"})
    return True


def logged_as(database: Database, connection: Connection, by: Actor, form: str) -> int:
    """Give the number of the retro as which a form was logged, or 0; whoever logs it meanwhile waits."""
    one = _logging(by, form)
    database.take_turn(connection, f"{by.workspace}:{one}")
    if connection.execute(_LOGGED, {"w": by.workspace, "k": one}).first() is None:
        return 0
    # So seldom that it may look through all that was handled.
    mine = (seen.c.workspace_id == by.workspace, seen.c.request.startswith(f"{one}:", autoescape=True))
    return int(connection.execute(select(seen.c.request).where(*mine)).scalar_one().rpartition(":")[2])


def _logging(by: Actor, form: str) -> str:
    return f"logged:{by.user}:{form}"


def _named(of: Of) -> dict[str, str | int]:
    workspace, user, channel, retro = of
    return {"w": workspace, "u": user, "c": channel, "r": retro}
