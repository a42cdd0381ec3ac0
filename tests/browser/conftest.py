"""What a browser story may ask for: a sandbox with the coach in it, and people with a window each.

Where no Chromium is found the stories are skipped, loudly, and with CI=true they fail.
"""

import os
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.browser.stage import DESK, PATIENCE, NoChromium, Stage, Window, browsing, chromium, playing

Opener = Callable[..., Window]
_numbers = count(1)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One sandbox for all stories, without rate limits."""
    try:
        chromium()
    except NoChromium as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))
    with playing(tmp_path_factory.mktemp("stage")) as started:
        yield started


# Not longer than this package: Playwright keeps an event loop in this thread, in which other tests could run none.
@pytest.fixture(scope="package")
def browser(stage: Stage) -> Iterator[Browser]:
    """A browser, once the sandbox is there."""
    assert stage.url
    with browsing() as launched:
        expect.set_options(timeout=PATIENCE)
        yield launched


@pytest.fixture
def scene(stage: Stage) -> Stage:
    """Where a story plays: the sandbox of all of them, unless its module has one of its own."""
    return stage


@pytest.fixture
def window(scene: Stage, browser: Browser) -> Iterator[Opener]:
    """Open a window as somebody in a channel; at the end no console may have complained."""
    opened: list[Window] = []

    def open_as(who: str, channel: str = "fraud-team", size: ViewportSize = DESK, **more: str) -> Window:
        opened.append(scene.open(browser, who, channel, size, **more))
        return opened[-1]

    yield open_as
    complaints = [one for each in opened for one in each.complaints]
    scene.tidy()
    assert complaints == []


@pytest.fixture
def anna(window: Opener) -> Window:
    """Anna, looking at #fraud-team."""
    return window("anna")


@pytest.fixture
def ben(window: Opener) -> Window:
    """Ben, in a browser of his own."""
    return window("ben")


@pytest.fixture
def system() -> str:
    """A system that no other story works on."""
    return f"Fraud model {next(_numbers)}b v3"
