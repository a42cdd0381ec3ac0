"""Rows of retros as they are counted and exported: in batches by id, so that no record is too long for it."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, time

from sqlalchemy import Connection, and_, select
from sqlalchemy.sql import ColumnElement

from bot.retros.model import Action, Cause, Viewer
from bot.retros.record.model import Noted, Wanted
from bot.retros.store import OF_RETRO, action_of, actions, retros, seen_by


def batch(
    connection: Connection,
    viewer: Viewer,
    wanted: Wanted,
    systems: Collection[int] | None,
    *,
    after: int,
    most: int,
) -> list[tuple[int, list[Cause]]]:
    """Give id and causes of the next retros that a viewer may read, oldest first; causes do not narrow it yet."""
    query = select(retros.c.id, retros.c.causes).where(seen_by(viewer), *_narrowed(wanted, systems))
    query = query.where(retros.c.id > after).order_by(retros.c.id).limit(most)
    return [(row.id, row.causes) for row in connection.execute(query)]


def noted(connection: Connection, viewer: Viewer, *, after: int, most: int) -> list[tuple[int, Noted]]:
    """Give what is counted of the next retros of the viewer's channel, by id, oldest first."""
    query = select(retros.c.id, retros.c.logged_at, retros.c.causes).where(
        seen_by(viewer), retros.c.channel_id == viewer.channel, retros.c.id > after
    )
    rows = connection.execute(query.order_by(retros.c.id).limit(most)).all()
    mine = and_(actions.c.workspace_id == viewer.workspace, actions.c.retro_id.in_([row.id for row in rows]))
    agreed: defaultdict[int, list[Action]] = defaultdict(list)
    for row in connection.execute(OF_RETRO.where(mine)) if rows else ():
        agreed[row.retro_id].append(action_of(row))
    return [(row.id, Noted(row.logged_at, row.causes, agreed[row.id])) for row in rows]


def _narrowed(wanted: Wanted, systems: Collection[int] | None) -> Iterator[ColumnElement[bool]]:
    if systems is not None:
        yield retros.c.system_id.in_(sorted(systems))
    if wanted.kind:
        yield retros.c.kind == wanted.kind
    if wanted.since:
        yield retros.c.logged_at >= datetime.combine(wanted.since, time(), UTC)
