"""Rows of actions as people meet them, of weekly digests, and of past retros that cards show."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    or_,
    select,
    update,
)
from sqlalchemy.sql import ColumnElement

from bot.database import Database, Utc, metadata
from bot.retros.actions.model import ASKED, Listed, Setting
from bot.retros.model import Action, Viewer
from bot.retros.store import ID, OF_RETRO, action_of, actions, participants, retros, seen_by, taken_part_in
from bot.schedule import Schedule

digests = Table(
    "retro_digests",
    metadata,
    Column("id", ID, primary_key=True),
    Column("workspace_id", String(20), nullable=False),
    Column("channel_id", String(20), nullable=False),
    Column("weekday", Integer, nullable=False),
    Column("at", String(5), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("owner", String(20), nullable=False),
    Column("on", Boolean, nullable=False),
    # Null where nothing will ever be due: then no look for what is due meets the row.
    Column("next_due", Utc, index=True),
    # The subject of the list that was posted last, and when: an older one gives way to it.
    Column("newest", ID),
    Column("posted_at", Utc),
    UniqueConstraint("workspace_id", "channel_id"),
)

MOST = 200
"""Actions that one list holds; nobody reads on."""

_OPEN = actions.c.state == "open"
_KEPT = retros.c.state == "logged"
_ONE = and_(actions.c.workspace_id == bindparam("w"), actions.c.id == bindparam("a"))
_GET = OF_RETRO.where(_ONE, _KEPT)
_TOOK_PART = select(participants.c.retro_id).where(
    participants.c.workspace_id == bindparam("w"),
    participants.c.retro_id == bindparam("r"),
    participants.c.user_id == bindparam("u"),
)
_HERE = and_(actions.c.workspace_id == bindparam("w"), retros.c.channel_id == bindparam("c"), _KEPT)
_PAST_DUE = OF_RETRO.where(_HERE, _OPEN, actions.c.due < bindparam("today")).order_by(actions.c.due, actions.c.id)
_DONE_SINCE = OF_RETRO.where(_HERE, actions.c.state == "done", actions.c.done_at > bindparam("since")).order_by(
    actions.c.done_at, actions.c.id
)
# On PostgreSQL two processes that look at once take different rows; SQLite has one writer anyway.
_UNPROVEN = (
    OF_RETRO.where(actions.c.check_at <= bindparam("now"), actions.c.state == "done", _KEPT)
    .order_by(actions.c.check_at)
    .limit(bindparam("most"))
    .with_for_update(of=actions, skip_locked=True)
)
_ASKED = update(actions).where(_ONE).values(held=ASKED, check_at=bindparam("at"))
_DUE = (
    select(digests)
    .where(digests.c.next_due <= bindparam("now"))
    .order_by(digests.c.next_due)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_ADVANCE = (
    update(digests)
    .where(digests.c.workspace_id == bindparam("w"), digests.c.id == bindparam("d"))
    .values(next_due=bindparam("due"))
)
_DIGEST = select(digests).where(digests.c.workspace_id == bindparam("w"), digests.c.channel_id == bindparam("c"))
_LOCK_DIGEST = _DIGEST.with_for_update()


# Actions


def get(connection: Connection, workspace: str, action: int) -> Action | None:
    """Give an action; None if it or its retro is gone."""
    row = connection.execute(_GET, {"w": workspace, "a": action}).first()
    return action_of(row) if row else None


def took_part(connection: Connection, workspace: str, retro: int, user: str) -> bool:
    """Say whether a person took part in a retro."""
    return connection.execute(_TOOK_PART, {"w": workspace, "r": retro, "u": user}).first() is not None


def sees(connection: Connection, viewer: Viewer, retro: int) -> bool:
    """Say whether a viewer may read a retro."""
    return connection.execute(select(retros.c.id).where(seen_by(viewer), retros.c.id == retro)).first() is not None


def change(connection: Connection, workspace: str, action: int, **values: object) -> None:
    """Change columns of an action."""
    mine = and_(actions.c.workspace_id == workspace, actions.c.id == action)
    connection.execute(update(actions).where(mine).values(**values))


def of_owner(
    connection: Connection, viewer: Viewer, since: datetime, systems: Collection[int] | None = None
) -> list[Listed]:
    """Give what a person owns, wherever it was agreed: what is open, and what was done since a moment."""
    lately = and_(actions.c.state == "done", actions.c.done_at > since)
    about = [] if systems is None else [retros.c.system_id.in_(sorted(systems))]
    return _listed(connection, viewer, _KEPT, actions.c.owner == viewer.user, or_(_OPEN, lately), *about)


def of_channel(connection: Connection, viewer: Viewer) -> list[Listed]:
    """Give what is open in the viewer's channel."""
    return _listed(connection, viewer, seen_by(viewer), retros.c.channel_id == viewer.channel, _OPEN)


def of_systems(
    connection: Connection, viewer: Viewer, systems: Collection[int], readers: Viewer | None = None
) -> list[Listed]:
    """Give a viewer what is open for some systems, of the retros that they, or all of `readers`, may read."""
    return _listed(connection, viewer, seen_by(readers or viewer), retros.c.system_id.in_(sorted(systems)), _OPEN)


def of_retro(connection: Connection, viewer: Viewer, retro: int) -> list[Listed]:
    """Give the actions of a retro that a viewer may read."""
    here = actions.c.state.in_(["open", "done"])
    return _listed(connection, viewer, seen_by(viewer), retros.c.id == retro, here)


def _listed(connection: Connection, viewer: Viewer, *conditions: ColumnElement[bool]) -> list[Listed]:
    may = or_(actions.c.owner == viewer.user, retros.c.id.in_(taken_part_in(viewer)))
    query = OF_RETRO.add_columns(seen_by(viewer).label("seen"), may.label("may")).where(
        actions.c.workspace_id == viewer.workspace, *conditions
    )
    rows = connection.execute(query.order_by(actions.c.due, actions.c.id).limit(MOST))
    return [Listed(action_of(row), bool(row.seen), bool(row.may)) for row in rows]


def past_due(connection: Connection, workspace: str, channel: str, today: date) -> list[Action]:
    """Give the open actions of a channel whose day has passed, put off or not, the oldest first."""
    return [action_of(row) for row in connection.execute(_PAST_DUE, {"w": workspace, "c": channel, "today": today})]


def done_since(connection: Connection, workspace: str, channel: str, since: datetime) -> list[Action]:
    """Give the actions of a channel that were done since a moment, in that order."""
    return [action_of(row) for row in connection.execute(_DONE_SINCE, {"w": workspace, "c": channel, "since": since})]


def unproven(connection: Connection, now: datetime, most: int) -> list[Action]:
    """Take the actions of every workspace of which somebody is to be asked whether their proof held."""
    return [action_of(row) for row in connection.execute(_UNPROVEN, {"now": now, "most": most})]


def asked(connection: Connection, workspace: str, action: int, again: datetime | None) -> None:
    """Note that the question is planned, and when to look whether it was posted, if ever."""
    connection.execute(_ASKED, {"w": workspace, "a": action, "at": again})


# Digests


def begin_digest(database: Database, connection: Connection, new: Setting) -> None:
    """Insert a channel's digest, unless it has one."""
    database.add(connection, digests, _row(new))


def digest(connection: Connection, workspace: str, channel: str) -> Setting | None:
    """Give a channel's digest."""
    row = connection.execute(_DIGEST, {"w": workspace, "c": channel}).first()
    return _setting(row) if row else None


def lock_digest(connection: Connection, workspace: str, channel: str) -> Setting | None:
    """Read a channel's digest for a change; on PostgreSQL its row is locked."""
    row = connection.execute(_LOCK_DIGEST, {"w": workspace, "c": channel}).first()
    return _setting(row) if row else None


def posted(connection: Connection, workspace: str, digest_id: int, subject: int, at: datetime) -> None:
    """Note which list of a digest is the newest, and when it was posted."""
    mine = and_(digests.c.workspace_id == workspace, digests.c.id == digest_id)
    connection.execute(update(digests).where(mine).values(newest=subject, posted_at=at))


def digests_by_id(connection: Connection, workspace: str, ids: Collection[int]) -> dict[int, Setting]:
    """Give digests by their ids."""
    query = select(digests).where(digests.c.workspace_id == workspace, digests.c.id.in_(sorted(ids)))
    return {row.id: _setting(row) for row in connection.execute(query)}


def save_digest(connection: Connection, changed: Setting) -> None:
    """Write a digest as it is now."""
    mine = and_(digests.c.workspace_id == changed.workspace, digests.c.id == changed.id)
    connection.execute(update(digests).where(mine).values(**_row(changed)))


def switch_off(connection: Connection, workspace: str, digest_id: int) -> None:
    """Have no more of a digest planned until somebody switches it on."""
    mine = and_(digests.c.workspace_id == workspace, digests.c.id == digest_id)
    connection.execute(update(digests).where(mine).values(on=False, next_due=None))


def due_digests(connection: Connection, now: datetime, most: int) -> list[Setting]:
    """Take those of every workspace whose slot has come, the oldest first."""
    return [_setting(row) for row in connection.execute(_DUE, {"now": now, "most": most})]


def advance(connection: Connection, changed: Sequence[Setting]) -> None:
    """Write when each is due next."""
    rows = [{"w": one.workspace, "d": one.id, "due": one.next_due} for one in changed]
    if rows:
        connection.execute(_ADVANCE, rows)


def _row(one: Setting) -> dict[str, Any]:
    return {
        "workspace_id": one.workspace,
        "channel_id": one.channel,
        "weekday": one.schedule.weekday,
        "at": f"{one.schedule.at:%H:%M}",
        "zone": one.schedule.zone,
        "owner": one.owner,
        "on": one.on,
        "next_due": one.next_due,
    }


def _setting(row: Row[Any]) -> Setting:
    schedule = Schedule(row.weekday, time.fromisoformat(row.at), row.zone)
    return Setting(
        row.id, row.workspace_id, row.channel_id, schedule, row.owner, row.on, row.next_due, row.newest, row.posted_at
    )
