"""What every test may ask for: a clock, a migrated and empty database of each kind, and the services on it.

A test that takes `database_url`, or anything that stands on it, runs twice: on SQLite and on a real PostgreSQL.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine, delete

import handlers.listeners  # noqa: F401 - commands are listed in the order of their loading: the coach's, not the tests'
from bot.app import Coach, build
from bot.checklists.service import Checklists
from bot.database import Database, metadata
from bot.installs.service import Installs
from bot.library import Library
from bot.migrate import upgrade
from bot.settings import Settings
from tests import samples
from tests.copies import Copies, PostgresCopies, SqliteCopies
from tests.postgres import PostgresServer, skip_reason
from tests.samples import Clock

# A busy machine is no failure: pytest-timeout watches over tests that hang.
settings.register_profile("ours", deadline=None)
settings.load_profile("ours")


@dataclass(frozen=True)
class Migrated:
    """A PostgreSQL database that keeps its tables and is emptied between tests."""

    url: str
    engine: Engine

    def empty(self) -> None:
        with self.engine.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(delete(table))


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_set_outside() -> Iterator[None]:
    """A developer's own settings must not reach a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields:
            patch.delenv(name.upper(), raising=False)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server; where none is found its tests are skipped, and with CI=true they fail."""
    reason = skip_reason()
    if reason:
        pytest.skip(reason)
    with PostgresServer.start() as server:
        yield server


@pytest.fixture(scope="session")
def _migrated_postgres(postgres: PostgresServer) -> Iterator[Migrated]:
    postgres.create_database("aipm_tests")
    url = postgres.url("aipm_tests")
    upgrade(url)
    engine = create_engine(url)
    yield Migrated(url, engine)
    engine.dispose()


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "aipm.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(_migrated_sqlite: Path, tmp_path: Path) -> str:
    """The address of a migrated, empty SQLite database."""
    shutil.copy(_migrated_sqlite, tmp_path / "aipm.db")
    return f"sqlite:///{tmp_path / 'aipm.db'}"


@pytest.fixture
def postgresql_url(_migrated_postgres: Migrated) -> str:
    """The address of a migrated, empty PostgreSQL database."""
    _migrated_postgres.empty()
    return _migrated_postgres.url


@pytest.fixture(params=["sqlite_url", "postgresql_url"], ids=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated, empty database of either kind."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture(scope="session")
def _sqlite_copies(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Copies:
    return SqliteCopies(_migrated_sqlite, tmp_path_factory.mktemp("copies"))


@pytest.fixture(scope="session")
def _postgresql_copies(postgres: PostgresServer) -> Copies:
    return PostgresCopies(postgres)


@pytest.fixture(params=["sqlite", "postgresql"])
def copies(request: pytest.FixtureRequest) -> Copies:
    """Copies of databases of either kind that were furnished once."""
    found: Copies = request.getfixturevalue(f"_{request.param}_copies")
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which nothing was ever made."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'folder' / 'aipm.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"empty_{uuid4().hex}"
    server.create_database(name)
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture
def clock() -> Clock:
    """A clock that moves when the test says so."""
    return Clock()


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where many write at once, a slow disk is no failure: everybody gets a turn in the end."""
    monkeypatch.setattr("bot.database.WAIT", 30.0)


@pytest.fixture
def library() -> Library:
    """The checklists made for tests."""
    return samples.library()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def coach(sqlite_url: str, clock: Clock) -> Iterator[Coach]:
    """The coach with its own content, on SQLite."""
    built = build(Settings(_env_file=None, database_url=sqlite_url), now=clock, content=samples.shipped())
    yield built
    built.close()


@pytest.fixture
def checklists(database: Database, library: Library, clock: Clock) -> Checklists:
    """What people can do with checklists."""
    return Checklists(database, library, clock)


@pytest.fixture
def installs(database: Database, clock: Clock) -> Installs:
    """What the coach knows of workspaces."""
    return Installs(database, clock)
