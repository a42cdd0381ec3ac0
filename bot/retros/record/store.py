"""Rows of retros as they are counted and exported: in batches by id, so that no record is too long for it."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, time

from sqlalchemy import Connection, select
from sqlalchemy.sql import ColumnElement

from bot.retros.model import Cause, Viewer
from bot.retros.record.model import Wanted
from bot.retros.store import retros, seen_by


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


def _narrowed(wanted: Wanted, systems: Collection[int] | None) -> Iterator[ColumnElement[bool]]:
    if systems is not None:
        yield retros.c.system_id.in_(sorted(systems))
    if wanted.kind:
        yield retros.c.kind == wanted.kind
    if wanted.since:
        yield retros.c.logged_at >= datetime.combine(wanted.since, time(), UTC)
