"""Alembic's environment: the address comes from the caller, the tables from the stores."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from bot import app  # noqa: F401 - loads every store, so that `metadata` knows every table
from bot.database import metadata

# A name by which two processes that migrate at once recognise each other.
LOCK = 7_304_621


def run() -> None:
    """Migrate in one transaction; on PostgreSQL one process at a time."""
    url = make_url(context.config.attributes.get("url") or context.config.get_main_option("sqlalchemy.url") or "")
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,
            compare_type=True,
            transactional_ddl=True,
            include_name=lambda name, kind, _parents: kind != "table" or name in metadata.tables,
        )
        with context.begin_transaction():
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
            context.run_migrations()
    engine.dispose()


run()
