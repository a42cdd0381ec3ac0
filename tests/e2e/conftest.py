"""What a story may ask for: a sandbox with the coach in it, the same with short waits for trouble, and a team."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.e2e.stage import Beside, beside
from tests.e2e.team import Team, complaints, pings

_numbers = count(1)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """One sandbox for all stories in which Slack works; what the coach said last is looked through at the end."""
    with beside(tmp_path_factory.mktemp("stage"), "redraws") as started:
        yield started
        assert harm(started) == []


@pytest.fixture(scope="session")
def storm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """One sandbox for all stories in which something fails."""
    with beside(tmp_path_factory.mktemp("storm"), "everything") as started:
        yield started
        assert list(pings(started.client.traffic())) == []


@pytest.fixture(scope="module")
def listening(stage: Beside) -> Iterator[None]:
    """Look through all that the stories of one file made the coach say."""
    yield
    assert harm(stage) == []


def harm(stage: Beside) -> list[str]:
    """Find what would ping, and what either side did not understand."""
    heard = stage.client.traffic()
    return [*pings(heard), *complaints(heard)]


@pytest.fixture
def team(stage: Beside) -> Iterator[Team]:
    """A team with a system of its own, where Slack works."""
    made = Team(stage, f"Model {next(_numbers):03d} v3")
    yield made
    made.clear()


@pytest.fixture
def crew(storm: Beside) -> Iterator[Team]:
    """A team with a system of its own, where Slack fails."""
    storm.revive()
    made = Team(storm, f"Model {next(_numbers):03d} v3")
    yield made
    made.clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for a process that must not find a .env file or a database of somebody else."""
    return tmp_path
