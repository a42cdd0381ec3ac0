from collections.abc import Iterator

import pytest

from tests.sandbox import engine


@pytest.fixture
def world() -> Iterator[engine.World]:
    with engine.world() as made:
        yield made
