"""Rows of retros, of who took part and of their actions: the tables, who may see what, and reading it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    or_,
    select,
    update,
)
from sqlalchemy.sql import ColumnElement

from bot.database import Database, Utc, metadata
from bot.delivery.store import cards
from bot.installs.store import channels, public_at
from bot.retros.model import Action, Deleted, NewAction, Retro, Viewer, Words
from bot.systems.model import Named
from bot.systems.store import systems

ID = BigInteger().with_variant(Integer, "sqlite")
CARD = "retro"
"""The kind of a retro's card."""

counters = Table(
    "retro_counters",
    metadata,
    Column("workspace_id", String(20), primary_key=True),
    Column("last", Integer, nullable=False),
)

_SEEN_BY = ["channel_id", "visibility", "author", "state"]

retros = Table(
    "retros",
    metadata,
    Column("id", ID, primary_key=True),
    Column("workspace_id", String(20), nullable=False),
    Column("number", Integer, nullable=False),
    Column("channel_id", String(20), nullable=False),
    Column("system_id", ID, ForeignKey("systems.id")),
    Column("kind", String(12), nullable=False),
    Column("expected", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("keep", Text, nullable=False),
    Column("caught", Text, nullable=False),
    Column("causes", JSON, nullable=False),
    Column("visibility", String(10), nullable=False),
    Column("source", Text, nullable=False),
    Column("run_id", ID),
    Column("state", String(10), nullable=False),
    Column("author", String(20), nullable=False),
    Column("logged_at", Utc, nullable=False),
    Column("version", Integer, nullable=False),
    # The version that the search knows; what is behind is indexed after the ack (1), or its words scrubbed out (2).
    Column("indexed", Integer, nullable=False),
    Column("behind", Integer, nullable=False),
    # 1 until it was seen whether its causes keep coming back; once deleted, until its proposals have lost their words.
    Column("unweighed", Integer),
    Column("edited_at", Utc),
    Column("edited_by", String(20), nullable=False),
    UniqueConstraint("workspace_id", "number"),
    # Includes what `seen_by` asks, so that PostgreSQL reads who may see what without a row.
    Index("ix_retros_newest", "workspace_id", "id", postgresql_include=_SEEN_BY),
    # With the id, in whose order they are taken: or the whole table is walked where none is left.
    Index("ix_retros_behind", "behind", "id"),
    Index("ix_retros_unweighed", "unweighed", "id"),
    Index("ix_retros_channel", "workspace_id", "channel_id", "id"),
    Index("ix_retros_system", "workspace_id", "system_id", "id"),
)

participants = Table(
    "retro_people",
    metadata,
    Column("workspace_id", String(20), primary_key=True),
    Column("retro_id", ID, ForeignKey("retros.id"), primary_key=True),
    Column("user_id", String(20), primary_key=True),
    # With the retro, so that a look at what a person took part in needs no row.
    Index("ix_retro_people_user", "workspace_id", "user_id", "retro_id"),
)

actions = Table(
    "retro_actions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("workspace_id", String(20), nullable=False),
    Column("retro_id", ID, ForeignKey("retros.id"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("owner", String(20), nullable=False),
    Column("due", Date, nullable=False),
    Column("proof", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("note", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("done_at", Utc),
    Column("done_by", String(20), nullable=False),
    Column("snoozed_until", Date),
    # When its owner is to be asked whether the proof held; null where nobody will be.
    Column("check_at", Utc, index=True),
    Column("held", String(10), nullable=False),
    Column("carried_from", ID),
    Index("ix_retro_actions_owner", "workspace_id", "owner", "state"),
)

# Building a statement costs more than running it, so those of every form are built once.
_ONE = and_(retros.c.workspace_id == bindparam("w"), retros.c.id == bindparam("r"))
_LOGGED = retros.c.state == "logged"
_LAST = select(counters.c.last).where(counters.c.workspace_id == bindparam("w"))
_WHOLE = (
    select(retros, systems.c.name, systems.c.version.label("system_version"), cards.c.ts)
    .outerjoin(systems, and_(systems.c.id == retros.c.system_id, systems.c.workspace_id == retros.c.workspace_id))
    .outerjoin(
        cards,
        and_(cards.c.workspace_id == retros.c.workspace_id, cards.c.kind == CARD, cards.c.subject_id == retros.c.id),
    )
)
_LOCK = select(retros.c.version).where(_ONE).with_for_update()
_DELETED = select(retros.c.number, retros.c.edited_by, retros.c.edited_at).where(_ONE, retros.c.state == "deleted")
_PEOPLE = (
    select(participants.c.retro_id, participants.c.user_id)
    .where(participants.c.workspace_id == bindparam("w"), participants.c.retro_id.in_(bindparam("ids", expanding=True)))
    .order_by(participants.c.user_id)
)
_ADD_ACTIONS = actions.insert()
OF_RETRO = (
    select(actions, retros.c.number, retros.c.channel_id, systems.c.name, systems.c.version.label("system_version"))
    .join(retros, and_(retros.c.id == actions.c.retro_id, retros.c.workspace_id == actions.c.workspace_id))
    .outerjoin(systems, and_(systems.c.id == retros.c.system_id, systems.c.workspace_id == retros.c.workspace_id))
)
"""Actions with what an `Action` knows of its retro."""

_ACTIONS = OF_RETRO.where(
    actions.c.workspace_id == bindparam("w"), actions.c.retro_id.in_(bindparam("ids", expanding=True))
).order_by(actions.c.id)


def seen_by(viewer: Viewer) -> ColumnElement[bool]:
    """Say which retros a viewer may read: the one rule, for every list, search and offer."""
    here = retros.c.channel_id == viewer.channel
    seen = or_(here, _elsewhere(viewer, viewer.now)) if viewer.now else here
    return and_(retros.c.workspace_id == viewer.workspace, _LOGGED, seen)


def _elsewhere(viewer: Viewer, now: datetime) -> ColumnElement[bool]:
    public = retros.c.channel_id.in_(public_at(viewer.workspace, now))
    shared = retros.c.visibility == "workspace"
    if viewer.user:
        shared = or_(shared, retros.c.author == viewer.user, retros.c.id.in_(taken_part_in(viewer)))
    return and_(public, shared)


def taken_part_in(viewer: Viewer) -> Select[tuple[int]]:
    """Select the ids of the retros in which a viewer took part."""
    mine = and_(participants.c.workspace_id == viewer.workspace, participants.c.user_id == viewer.user)
    return select(participants.c.retro_id).where(mine)


def any_logged(connection: Connection, workspace: str) -> bool:
    """Say whether a workspace ever logged a retro; one that did not has nothing to look for at every start of work."""
    return connection.execute(_LAST, {"w": workspace}).first() is not None


def next_number(database: Database, connection: Connection, workspace: str) -> int:
    """Count one retro on."""
    return database.count_on(connection, counters, {"workspace_id": workspace}, "last")


def add_actions(
    connection: Connection,
    workspace: str,
    retro: int,
    new: Iterable[NewAction],
    now: datetime,
    carried_from: int | None = None,
) -> None:
    """Insert the actions of a retro."""
    frame = {"workspace_id": workspace, "retro_id": retro, "state": "open", "created_at": now, "note": "", "link": ""}
    frame |= {"done_by": "", "held": "", "carried_from": carried_from}
    rows = [{**frame, "text": one.text, "owner": one.owner, "due": one.due, "proof": one.proof} for one in new]
    if rows:
        connection.execute(_ADD_ACTIONS, rows)


def lock(connection: Connection, workspace: str, retro: int) -> int | None:
    """Read the version of a retro for a change; on PostgreSQL its row is locked."""
    return connection.execute(_LOCK, {"w": workspace, "r": retro}).scalar()


def touch(connection: Connection, workspace: str, retro: int) -> None:
    """Say that what the search knows of a retro is behind: one of its actions changed."""
    mine = and_(retros.c.workspace_id == workspace, retros.c.id == retro)
    connection.execute(update(retros).where(mine).values(version=retros.c.version + 1, behind=1))


def get(connection: Connection, workspace: str, ids: Sequence[int]) -> list[Retro]:
    """Give retros by id, in the order of the ids; what is deleted or not there is left out."""
    query = _WHOLE.where(retros.c.workspace_id == workspace, retros.c.id.in_(ids), _LOGGED)
    rows = {row.id: row for row in connection.execute(query)} if ids else {}
    known = {"w": workspace, "ids": list(rows)}
    people: dict[int, list[str]] = {one: [] for one in rows}
    listed: dict[int, list[Action]] = {one: [] for one in rows}
    for row in connection.execute(_PEOPLE, known) if rows else ():
        people[row.retro_id].append(row.user_id)
    for row in connection.execute(_ACTIONS, known) if rows else ():
        listed[row.retro_id].append(action_of(row))
    return [_retro(rows[one], people[one], listed[one]) for one in ids if one in rows]


def deleted(connection: Connection, workspace: str, retro: int) -> Deleted | None:
    """Give what is left of a deleted retro."""
    row = connection.execute(_DELETED, {"w": workspace, "r": retro}).first()
    return Deleted(row.number, row.edited_by, row.edited_at) if row else None


def visible(connection: Connection, viewer: Viewer, most: int = 50, **only: object) -> list[int]:
    """Give the ids of what a viewer may read, newest first; `only` narrows by column, one value or several."""
    query = select(retros.c.id).where(seen_by(viewer))
    for name, wanted in only.items():
        column = retros.c[name]
        query = query.where(column.in_(list(wanted)) if isinstance(wanted, (list, tuple, set)) else column == wanted)
    return [row.id for row in connection.execute(query.order_by(retros.c.id.desc()).limit(most))]


def took_part(connection: Connection, viewer: Viewer, most: int) -> list[int]:
    """Give the ids of what a viewer took part in and may read here, newest first."""
    query = select(retros.c.id).where(seen_by(viewer), retros.c.id.in_(taken_part_in(viewer)))
    return [row.id for row in connection.execute(query.order_by(retros.c.id.desc()).limit(most))]


def ids_for_export(connection: Connection, workspace: str | None) -> dict[str, list[int]]:
    """Give the ids of every retro of one or all workspaces, by workspace, oldest first."""
    query = select(retros.c.workspace_id, retros.c.id).where(_LOGGED)
    if workspace:
        query = query.where(retros.c.workspace_id == workspace)
    found: dict[str, list[int]] = {}
    for row in connection.execute(query.order_by(retros.c.workspace_id, retros.c.id)):
        found.setdefault(row.workspace_id, []).append(row.id)
    return found


def places_to_check(connection: Connection, before: datetime, limit: int) -> list[tuple[str, str]]:
    """Give workspace and channel of retros of which nobody has checked since `before` whether they are public."""
    mine = and_(retros.c.workspace_id == channels.c.workspace_id, retros.c.channel_id == channels.c.channel_id)
    query = select(channels.c.workspace_id, channels.c.channel_id).where(
        channels.c.seen_at < before, select(retros.c.id).where(mine).exists()
    )
    return [(row.workspace_id, row.channel_id) for row in connection.execute(query.limit(limit))]


def action_of(row: Any) -> Action:  # noqa: ANN401 - the type of a joined row is as long as its query
    """Read a row of `OF_RETRO`."""
    return Action(
        id=row.id,
        workspace=row.workspace_id,
        retro=row.retro_id,
        number=row.number,
        channel=row.channel_id,
        system=str(Named(row.name, row.system_version)) if row.name else "",
        text=row.text,
        owner=row.owner,
        due=row.due,
        proof=row.proof,
        state=row.state,
        created_at=row.created_at,
        note=row.note,
        link=row.link,
        done_at=row.done_at,
        snoozed_until=row.snoozed_until,
        held=row.held,
        carried_from=row.carried_from,
    )


def _retro(row: Row[Any], people: Sequence[str], listed: Sequence[Action]) -> Retro:
    words = Words(
        named=Named(row.name, row.system_version) if row.name else None,
        kind=row.kind,
        expected=row.expected,
        why=row.why,
        keep=row.keep,
        causes=tuple(row.causes),
        caught=row.caught,
        people=tuple(people),
        visibility=row.visibility,
        source=row.source,
        run=row.run_id,
    )
    return Retro(
        id=row.id,
        workspace=row.workspace_id,
        number=row.number,
        channel=row.channel_id,
        words=words,
        author=row.author,
        logged_at=row.logged_at,
        version=row.version,
        edited_at=row.edited_at,
        edited_by=row.edited_by,
        actions=tuple(listed),
        message_ts=row.ts,
    )
