"""Rows of deliveries and of lanes; a lane is the right to post into one workspace, leased to one process."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    or_,
    select,
    update,
)

from bot.database import Database, Utc, metadata
from bot.outbox.model import RESTORED, Delivery, New, Outcome, State

LEASE = timedelta(seconds=60)
_BIG = BigInteger().with_variant(Integer, "sqlite")

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("workspace_id", String(20), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("series", _BIG, nullable=False),
    Column("subject", _BIG, nullable=False),
    Column("slot", String(40), nullable=False),
    Column("channel_id", String(20), nullable=False),
    Column("owner", String(20), nullable=False),
    Column("due", Utc, nullable=False),
    Column("asked", Boolean, nullable=False),
    Column("thread", String(30), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("looked", Integer, nullable=False),
    Column("sending_at", Utc),
    Column("retry_at", Utc),
    Column("ts", String(30)),
    Column("error", String(80), nullable=False),
    UniqueConstraint("workspace_id", "kind", "series", "slot"),
    # Plain, not partial: SQLite ignores a partial index whose condition is a bound parameter.
    Index("ix_deliveries_state", "state", "workspace_id", "due"),
    Index("ix_deliveries_channel", "workspace_id", "channel_id", "due"),
)

lanes = Table(
    "lanes",
    metadata,
    Column("workspace_id", String(20), primary_key=True),
    Column("owner", String(40), nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("lease_until", Utc, nullable=False),
    Column("blocked_until", Utc),
    Column("stopped", String(80), nullable=False),
)

_OPEN: tuple[State, ...] = ("sending", "unknown")
_ONE = and_(deliveries.c.workspace_id == bindparam("w"), deliveries.c.id == bindparam("d"))
_SOME = and_(deliveries.c.workspace_id == bindparam("w"), deliveries.c.id.in_(bindparam("ids", expanding=True)))

# Spelled out: a list in `IN` is written into the statement anew each time it runs.
_IN_DOUBT = or_(deliveries.c.state == "sending", deliveries.c.state == "unknown")
_BEGUN = (
    select(deliveries.c.id, deliveries.c.sending_at)
    .where(_SOME, or_(_IN_DOUBT, deliveries.c.state == "held"))
    .with_for_update()
)
_UNCLEAR = (
    select(deliveries)
    .where(
        deliveries.c.workspace_id == bindparam("w"),
        _IN_DOUBT,
        deliveries.c.sending_at < bindparam("before"),
        or_(deliveries.c.retry_at.is_(None), deliveries.c.retry_at <= bindparam("at")),
    )
    .order_by(deliveries.c.sending_at)
)
_HAD = select(deliveries.c.channel_id, deliveries.c.due).where(
    deliveries.c.workspace_id == bindparam("w"),
    deliveries.c.channel_id >= bindparam("first"),
    deliveries.c.channel_id <= bindparam("last"),
    deliveries.c.due >= bindparam("since"),
    deliveries.c.state != "ready",
    deliveries.c.state != "skipped",
    deliveries.c.state != "refused",
    deliveries.c.asked.is_(False),
)
_RELEASE = (
    update(lanes)
    .where(lanes.c.workspace_id == bindparam("w"), lanes.c.owner == bindparam("me"))
    .values(lease_until=bindparam("at"))
)
_CLAIM = (
    update(deliveries)
    .where(_SOME, deliveries.c.state == "ready")
    .values(state="sending", sending_at=bindparam("at"), attempt=deliveries.c.attempt + 1)
    .returning(deliveries.c.id)
)
_SETTLE = (
    update(deliveries)
    .where(_ONE)
    .values(
        state=bindparam("to"),
        ts=bindparam("posted"),
        retry_at=bindparam("again"),
        looked=bindparam("looks"),
        error=bindparam("why"),
    )
)
_SKIP = update(deliveries).where(_ONE, deliveries.c.state == "ready").values(state="skipped", error=bindparam("why"))
_READY = (
    select(deliveries)
    .where(
        deliveries.c.workspace_id == bindparam("w"),
        deliveries.c.state == "ready",
        deliveries.c.due <= bindparam("due"),
        or_(deliveries.c.retry_at.is_(None), deliveries.c.retry_at <= bindparam("real")),
    )
    .order_by(deliveries.c.due, deliveries.c.id)
    .limit(bindparam("most"))
)
_TAKE = (
    update(lanes)
    .where(
        lanes.c.workspace_id == bindparam("w"),
        or_(lanes.c.owner == bindparam("me"), lanes.c.lease_until < bindparam("at")),
    )
    .values(owner=bindparam("me"), token=lanes.c.token + 1, lease_until=bindparam("until"))
    .returning(lanes.c.blocked_until, lanes.c.stopped)
)


def plan(database: Database, connection: Connection, some: Sequence[New]) -> set[str]:
    """Record what is to be posted; name, by id, what was new: a slot of a series is recorded once."""
    rows = [
        {
            "id": new.id,
            "workspace_id": new.workspace,
            "kind": new.kind,
            "series": new.series,
            "subject": new.subject,
            "slot": new.slot,
            "channel_id": new.channel,
            "owner": new.owner,
            "due": new.due,
            "asked": new.asked,
            "thread": new.thread,
            "zone": new.zone,
            "state": "ready",
            "attempt": 0,
            "looked": 0,
            "error": "",
        }
        for new in some
    ]
    return {row.id for row in database.add_all(connection, deliveries, rows, deliveries.c.id)}


def withdraw(connection: Connection, workspace: str, kind: str, series: int) -> None:
    """Skip what of a series is planned and not begun."""
    mine = and_(
        deliveries.c.workspace_id == workspace,
        deliveries.c.kind == kind,
        deliveries.c.series == series,
        deliveries.c.state == "ready",
    )
    connection.execute(update(deliveries).where(mine).values(state="skipped", error="withdrawn"))


def due_workspaces(connection: Connection, due: datetime) -> list[str]:
    """Name the workspaces that have something to post or to find out about."""
    ready = and_(deliveries.c.state == "ready", deliveries.c.due <= due)
    query = select(deliveries.c.workspace_id).where(or_(ready, deliveries.c.state.in_(_OPEN))).distinct()
    return [row.workspace_id for row in connection.execute(query.order_by(deliveries.c.workspace_id))]


def take(database: Database, connection: Connection, workspace: str, me: str, now: datetime) -> tuple[bool, str]:
    """Take or renew the lane; (False, "") if another process has it, and with a word if it may not be used now."""
    row = {"workspace_id": workspace, "owner": me, "token": 1, "lease_until": now + LEASE, "stopped": ""}
    known = {"w": workspace, "me": me, "at": now, "until": now + LEASE}
    found = connection.execute(_TAKE, known).first()
    if found is None:
        return database.add(connection, lanes, row) is not None, ""
    blocked = found.blocked_until is not None and found.blocked_until > now
    return (not found.stopped and not blocked), found.stopped or ("blocked" if blocked else "")


def release(connection: Connection, workspace: str, me: str, now: datetime) -> None:
    """Give the lane back."""
    connection.execute(_RELEASE, {"w": workspace, "me": me, "at": now})


def block(connection: Connection, workspace: str, until: datetime) -> None:
    """Have every process leave the workspace alone for a while."""
    connection.execute(update(lanes).where(lanes.c.workspace_id == workspace).values(blocked_until=until))


def stop(connection: Connection, workspace: str, code: str) -> None:
    """Have every process leave the workspace alone until its token works; an empty code lets them go on."""
    connection.execute(update(lanes).where(lanes.c.workspace_id == workspace).values(stopped=code))


def ready(connection: Connection, workspace: str, due: datetime, now: datetime, most: int) -> list[Delivery]:
    """List what is due, oldest first; `due` decides what is, `now` what may be tried again."""
    return [_of(row) for row in connection.execute(_READY, {"w": workspace, "due": due, "real": now, "most": most})]


def claim(connection: Connection, workspace: str, ids: Sequence[str], now: datetime) -> set[str]:
    """Commit to posting, before the first byte is written; name those that were ready for it."""
    found = connection.execute(_CLAIM, {"w": workspace, "ids": ids, "at": now}) if ids else ()
    return {row.id for row in found}


def skip(connection: Connection, one: Delivery, why: str) -> bool:
    """Give up a slot."""
    return connection.execute(_SKIP, {"w": one.workspace, "d": one.id, "why": why}).rowcount == 1


def put_off(connection: Connection, one: Delivery, until: datetime) -> None:
    """Leave a delivery alone until then."""
    mine = and_(deliveries.c.workspace_id == one.workspace, deliveries.c.id == one.id)
    connection.execute(update(deliveries).where(mine).values(retry_at=until))


def settle(connection: Connection, workspace: str, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Record how attempts went; leave out what a later attempt or a person has settled."""
    known = {"w": workspace, "ids": [one.delivery.id for one in outcomes]}
    begun = {row.id: row.sending_at for row in connection.execute(_BEGUN, known)}
    settled = [one for one in outcomes if (one.delivery.id, one.delivery.sending_at) in begun.items()]
    if settled:
        connection.execute(_SETTLE, [_settling(workspace, one) for one in settled])
    return settled


def _settling(workspace: str, one: Outcome) -> dict[str, Any]:
    given = {"to": one.state, "posted": one.ts, "again": one.retry_at, "looks": one.looked, "why": one.code[:80]}
    return {"w": workspace, "d": one.delivery.id, **given}


def ask_for(connection: Connection, one: Delivery) -> None:
    """Note that a person asked for it: then it is posted at any hour, and however late."""
    mine = and_(deliveries.c.workspace_id == one.workspace, deliveries.c.id == one.id)
    connection.execute(update(deliveries).where(mine).values(asked=True))


def unclear(connection: Connection, workspace: str, begun_before: datetime, now: datetime) -> list[Delivery]:
    """List the attempts that nobody has confirmed for a while."""
    known = {"w": workspace, "before": begun_before, "at": now}
    return [_of(row) for row in connection.execute(_UNCLEAR, known)]


def doubt(connection: Connection, now: datetime) -> list[Delivery]:
    """Take what is due in any workspace for perhaps posted, at its time or after it; give it."""
    due = and_(deliveries.c.state == "ready", deliveries.c.due <= now)
    values = {"state": "unknown", "sending_at": deliveries.c.due, "retry_at": None, "looked": 0, "error": RESTORED}
    changed = update(deliveries).where(due).values(**values).returning(deliveries)
    return [_of(row) for row in connection.execute(changed)]


def find(connection: Connection, workspace: str, delivery_id: str) -> Delivery | None:
    """Give a delivery."""
    query = select(deliveries).where(deliveries.c.workspace_id == workspace, deliveries.c.id == delivery_id)
    row = connection.execute(query).first()
    return _of(row) if row else None


def of_subject(connection: Connection, workspace: str, kind: str, subject: int) -> Delivery | None:
    """Give the delivery of a thing that has only one."""
    query = select(deliveries).where(
        deliveries.c.workspace_id == workspace, deliveries.c.kind == kind, deliveries.c.subject == subject
    )
    row = connection.execute(query.order_by(deliveries.c.due.desc())).first()
    return _of(row) if row else None


def posted_since(connection: Connection, some: Sequence[Delivery], since: datetime) -> Mapping[str, list[datetime]]:
    """Give the slots that the channels of some deliveries of one workspace have had unasked since a moment."""
    channels = sorted(one.channel for one in some)
    known = {"w": some[0].workspace, "first": channels[0], "last": channels[-1], "since": since}
    found: dict[str, list[datetime]] = {}
    for row in connection.execute(_HAD, known):
        found.setdefault(row.channel_id, []).append(row.due)
    return found


def listing(connection: Connection, workspace: str | None, states: Sequence[State], limit: int) -> list[Delivery]:
    """List deliveries of one or (for whoever runs the server) all workspaces, newest first."""
    query = select(deliveries).where(deliveries.c.state.in_(states))
    if workspace:
        query = query.where(deliveries.c.workspace_id == workspace)
    return [_of(row) for row in connection.execute(query.order_by(deliveries.c.due.desc()).limit(limit))]


def troubles(connection: Connection) -> Mapping[str, str]:
    """Give the workspaces that are stopped, each with Slack's word for why."""
    rows = connection.execute(select(lanes.c.workspace_id, lanes.c.stopped).where(lanes.c.stopped != ""))
    return {row.workspace_id: row.stopped for row in rows}


def _of(row: Sequence[Any]) -> Delivery:
    return Delivery(*row)  # the fields stand in the order of the columns
