"""Rows of subscriptions."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    select,
    update,
)

from bot.database import Database, Utc, metadata
from bot.learning.model import Schedule, Subscription

ID = BigInteger().with_variant(Integer, "sqlite")

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("workspace_id", String(20), nullable=False),
    Column("channel_id", String(20), nullable=False),
    Column("track", String(40), nullable=False),
    Column("weekday", Integer, nullable=False),
    Column("at", String(5), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("country", String(20), nullable=False),
    Column("by_gaps", Boolean, nullable=False),
    Column("owner", String(20), nullable=False),
    Column("state", String(10), nullable=False),
    Column("until", Date),
    Column("trouble", String(80), nullable=False),
    # Null where nothing will ever be due: then no look for what is due meets the row.
    Column("next_due", Utc, index=True),
    UniqueConstraint("workspace_id", "channel_id"),
)

# Building a statement costs more than running it, so those of every click and every pass are built once.
_HERE = and_(subscriptions.c.workspace_id == bindparam("w"), subscriptions.c.channel_id == bindparam("c"))
_FIND = select(subscriptions).where(_HERE)
_LOCK = _FIND.with_for_update()
_DUE = (
    select(subscriptions)
    .where(subscriptions.c.next_due <= bindparam("now"))
    .order_by(subscriptions.c.next_due)
    .limit(bindparam("most"))
)
_ASTRAY = (
    select(subscriptions)
    .where(subscriptions.c.next_due > bindparam("far"), subscriptions.c.state == "active")
    .order_by(subscriptions.c.next_due.desc())  # or PostgreSQL expects many, and reads the whole table to find none
    .limit(bindparam("most"))
)
# On PostgreSQL two processes that look at once take different rows; SQLite has one writer anyway.
_TAKE_DUE = _DUE.with_for_update(skip_locked=True)
_STATES = select(subscriptions.c.id, subscriptions.c.state).where(
    subscriptions.c.workspace_id == bindparam("w"), subscriptions.c.id.in_(bindparam("ids", expanding=True))
)
_ADVANCE = (
    update(subscriptions)
    .where(subscriptions.c.workspace_id == bindparam("w"), subscriptions.c.id == bindparam("s"))
    .values(state=bindparam("to"), until=bindparam("day"), next_due=bindparam("due"))
)


def find(connection: Connection, workspace: str, channel: str) -> Subscription | None:
    """Give a channel's subscription, stopped or not."""
    row = connection.execute(_FIND, {"w": workspace, "c": channel}).first()
    return _subscription(row) if row else None


def lock(connection: Connection, workspace: str, channel: str) -> Subscription | None:
    """Read a channel's subscription for a change; on PostgreSQL its row is locked."""
    row = connection.execute(_LOCK, {"w": workspace, "c": channel}).first()
    return _subscription(row) if row else None


def states(connection: Connection, workspace: str, ids: Sequence[int]) -> Mapping[int, str]:
    """Give the states of some subscriptions."""
    return {row.id: row.state for row in connection.execute(_STATES, {"w": workspace, "ids": list(ids)})}


def add(database: Database, connection: Connection, new: Subscription) -> bool:
    """Insert a subscription, whose id the database chooses; False if the channel has one."""
    return database.add(connection, subscriptions, _row(new)) is not None


def save(connection: Connection, changed: Subscription) -> None:
    """Write a subscription as it is now."""
    mine = and_(subscriptions.c.workspace_id == changed.workspace, subscriptions.c.id == changed.id)
    connection.execute(update(subscriptions).where(mine).values(**_row(changed)))


def pause_for(connection: Connection, workspace: str, subscription: int, trouble: str) -> None:
    """Pause what runs until somebody resumes, and keep Slack's word for why."""
    mine = and_(
        subscriptions.c.workspace_id == workspace,
        subscriptions.c.id == subscription,
        subscriptions.c.state != "stopped",
    )
    values = {"state": "paused", "until": None, "trouble": trouble[:80], "next_due": None}
    connection.execute(update(subscriptions).where(mine).values(**values))


def due(connection: Connection, now: datetime, most: int) -> list[Subscription]:
    """List those of every workspace whose slot has come, the oldest first."""
    return [_subscription(row) for row in connection.execute(_DUE, {"now": now, "most": most})]


def take_due(connection: Connection, now: datetime, most: int) -> list[Subscription]:
    """Take them for a change; on PostgreSQL without those that another process has taken."""
    return [_subscription(row) for row in connection.execute(_TAKE_DUE, {"now": now, "most": most})]


def astray(connection: Connection, far: datetime, most: int) -> list[Subscription]:
    """Give those of every workspace that are not paused, and whose next slot is further ahead than can be."""
    return [_subscription(row) for row in connection.execute(_ASTRAY, {"far": far, "most": most})]


def advance(connection: Connection, changed: Sequence[Subscription]) -> None:
    """Write when each is due next, and that its pause is over."""
    rows = [
        {"w": one.workspace, "s": one.id, "to": one.state, "day": one.until, "due": one.next_due} for one in changed
    ]
    if rows:
        connection.execute(_ADVANCE, rows)


def _row(one: Subscription) -> dict[str, Any]:
    return {
        "workspace_id": one.workspace,
        "channel_id": one.channel,
        "track": one.track,
        "weekday": one.schedule.weekday,
        "at": f"{one.schedule.at:%H:%M}",
        "zone": one.schedule.zone,
        "country": one.country,
        "by_gaps": one.by_gaps,
        "owner": one.owner,
        "state": one.state,
        "until": one.until,
        "trouble": one.trouble,
        "next_due": one.next_due,
    }


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        id=row.id,
        workspace=row.workspace_id,
        channel=row.channel_id,
        track=row.track,
        schedule=Schedule(row.weekday, time.fromisoformat(row.at), row.zone),
        country=row.country,
        by_gaps=row.by_gaps,
        owner=row.owner,
        state=row.state,
        until=row.until,
        trouble=row.trouble,
        next_due=row.next_due,
    )
