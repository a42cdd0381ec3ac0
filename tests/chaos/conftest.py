"""What chaos stands on, and what it says at the end: seeds, kills, and what was lost."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import SystemRandom
from uuid import uuid4

import pytest

from bot.migrate import upgrade
from tests.chaos.children import PretendSlack, free_port, pretend_slack
from tests.postgres import PostgresServer

SEED = "AIPM_CHAOS_SEED"
"""Names the variable with which one seed is played again."""

TOLD = pytest.StashKey[list[str]]()
Say = Callable[[str], None]


def seeds(*usual: int, fresh: int = 0) -> list[int]:
    """Give the seeds of a test: its usual ones and some fresh ones, or the one to be played again."""
    again = os.environ.get(SEED)
    return [int(again)] if again else [*usual, *(SystemRandom().randrange(1_000_000) for _ in range(fresh))]


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Say:
    """Give a way to say something at the end of the whole run."""
    return request.config.stash.setdefault(TOLD, []).append


@pytest.fixture(scope="session")
def slack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PretendSlack]:
    """One pretend Slack, to which only the coach speaks."""
    with pretend_slack(tmp_path_factory.mktemp("slack")) as started:
        yield started


@pytest.fixture
def port() -> int:
    """Where the first coach of a test listens."""
    return free_port()


@pytest.fixture
def own_slack(tmp_path: Path, port: int) -> Iterator[PretendSlack]:
    """A pretend Slack for one test, which knows where the coach listens: its runs count from 1 as every database's."""
    with pretend_slack(tmp_path, f"http://127.0.0.1:{port}") as started:
        yield started


@pytest.fixture(scope="session")
def durable_postgres(postgres: PostgresServer) -> Iterator[PostgresServer]:
    """A PostgreSQL that writes through to the disk; it is asked for after `postgres`, which knows when to skip."""
    del postgres
    with PostgresServer.start(fsync=True) as server:
        yield server


@pytest.fixture
def durable_sqlite() -> Iterator[str]:
    """The address of a fresh migrated SQLite database."""
    with tempfile.TemporaryDirectory(prefix="aipm-chaos-") as folder:
        url = f"sqlite:///{Path(folder) / 'aipm.db'}"
        upgrade(url)
        yield url


@pytest.fixture
def durable_postgresql(durable_postgres: PostgresServer) -> Iterator[str]:
    """The address of a fresh migrated PostgreSQL database that keeps what it was given."""
    name = f"chaos_{uuid4().hex}"
    durable_postgres.create_database(name)
    upgrade(durable_postgres.url(name))
    yield durable_postgres.url(name)
    durable_postgres.drop_database(name)


@pytest.fixture(params=["durable_sqlite", "durable_postgresql"], ids=["sqlite", "postgresql"])
def durable_url(request: pytest.FixtureRequest) -> str:
    """The address of such a database of either kind."""
    return str(request.getfixturevalue(request.param))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the figures of every campaign."""
    for line in config.stash.get(TOLD, []):
        terminalreporter.write_line(f"chaos: {line}")
