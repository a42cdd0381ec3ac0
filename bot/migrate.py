"""Brings the database to the state that the code needs."""

from importlib.resources import files

from alembic import command
from alembic.config import Config

from bot.database import SCHEMA, Database
from bot.errors import SetupError


def config(url: str) -> Config:
    """Give Alembic's configuration for a database."""
    made = Config()
    made.set_main_option("script_location", str(files("migrations")))
    made.attributes["url"] = url
    return made


def upgrade(url: str) -> str:
    """Run every migration that is missing; give a sentence for the log."""
    database = Database(url, checkpoints=False)
    trouble = database.trouble()
    if trouble:
        raise SetupError(f"The database does not answer: {trouble}. Run: aipm doctor")
    before = database.revision()
    database.close()
    command.upgrade(config(url), "head")
    return f"The database is at {SCHEMA}." if before == SCHEMA else f"Migrated the database to {SCHEMA}."
