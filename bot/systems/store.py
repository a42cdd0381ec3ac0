"""Rows of AI systems."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Integer, Row, String, Table, UniqueConstraint, bindparam, select

from bot.database import Database, metadata
from bot.systems.model import Named, System

systems = Table(
    "systems",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("workspace_id", String(20), nullable=False),
    Column("name", String(200), nullable=False),
    Column("version", String(40), nullable=False),
    # casefold may lengthen a name (ß, ligatures), at most threefold
    Column("name_key", String(600), nullable=False),
    Column("version_key", String(120), nullable=False),
    UniqueConstraint("workspace_id", "name_key", "version_key"),
)


_SAME = select(systems).where(
    systems.c.workspace_id == bindparam("workspace"),
    systems.c.name_key == bindparam("name_key"),
    systems.c.version_key == bindparam("version_key"),
)


def ensure(database: Database, connection: Connection, workspace: str, named: Named) -> System:
    """Find the system, or add it with this spelling."""
    found = _find(connection, workspace, named)
    if found:
        return found
    name_key, version_key = named.key
    row = {"workspace_id": workspace, "name": named.name, "version": named.version}
    added = database.add(connection, systems, row | {"name_key": name_key, "version_key": version_key})
    # On PostgreSQL another process may have added it between the two statements.
    found = System(added, workspace, named) if added else _find(connection, workspace, named)
    if found is None:
        raise LookupError("a system vanished inside its own transaction")
    return found


def _find(connection: Connection, workspace: str, named: Named) -> System | None:
    name_key, version_key = named.key
    keys = {"workspace": workspace, "name_key": name_key, "version_key": version_key}
    row = connection.execute(_SAME, keys).first()
    return _system(row) if row else None


def named_like(connection: Connection, workspace: str, named: Named) -> list[System]:
    """Give every version of the system of that name, or only the one version that was named."""
    name_key, version_key = named.key
    query = select(systems).where(systems.c.workspace_id == workspace, systems.c.name_key == name_key)
    if version_key:
        query = query.where(systems.c.version_key == version_key)
    return [_system(row) for row in connection.execute(query.order_by(systems.c.id))]


def by_id(connection: Connection, workspace: str, ids: Iterable[int]) -> dict[int, System]:
    """Give these systems by their ids."""
    query = select(systems).where(systems.c.workspace_id == workspace, systems.c.id.in_(list(ids)))
    return {row.id: _system(row) for row in connection.execute(query)}


def _system(row: Row[Any]) -> System:
    return System(row.id, row.workspace_id, Named(row.name, row.version))
