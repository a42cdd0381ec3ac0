"""Alembic's environment: the address comes from the caller, the tables from the stores."""

import sqlite3

from alembic import context
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url

from bot import app  # noqa: F401 - loads every store, so that `metadata` knows every table
from bot.database import metadata

# What the search adds to its table on PostgreSQL only: SQLAlchemy's description of it is the same for both.
OF_SEARCH = {"words", "ix_retro_texts_words"}

# A name by which two processes that migrate at once recognise each other.
LOCK = 7_304_621


def run() -> None:
    """Migrate in one transaction, one process at a time."""
    url = make_url(context.config.attributes.get("url") or context.config.get_main_option("sqlalchemy.url") or "")
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        _in_one_transaction(engine)
    try:
        with engine.connect() as connection:
            _migrate(connection)
    finally:
        engine.dispose()


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
        include_name=_is_ours,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        context.run_migrations()


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out the tables in which SQLite keeps its full text."""
    return name in metadata.tables if kind == "table" else name not in OF_SEARCH


def _in_one_transaction(engine: Engine) -> None:
    """Begin as the coach does: SQLite's driver would leave each CREATE TABLE on its own, and a crash half of them."""

    @event.listens_for(engine, "connect")
    def _ours(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


run()
