"""A sandbox with the coach in it, as a process of its own, and people's windows on it in a real browser."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, sync_playwright

from sandbox.client import SandboxClient

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PEOPLE = ("anna", "ben", "chika")
DESK = ViewportSize(width=1280, height=860)
PHONE = ViewportSize(width=390, height=844)
PATIENCE = 10_000
"""Milliseconds that a click waits for its target; long, because a busy machine is no mistake of ours."""


class NoChromium(Exception):
    """Browser stories NOT TESTED: there is no Chromium; on Debian: apt install chromium"""


def chromium() -> str:
    """Find the browser that the machine has."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    path = next(filter(None, found), None)
    if path is None:
        raise NoChromium(NoChromium.__doc__)
    return path


@contextmanager
def browsing() -> Iterator[Browser]:
    """Start the browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Card:
    """A checklist's card, as one person sees it."""

    root: Locator

    def box(self, title: str) -> Locator:
        """Give the tick-box of an item."""
        return self.root.get_by_role("checkbox", name=re.compile(f"^{re.escape(title)}"))

    def line(self, title: str) -> Locator:
        """Give the line of an item that is no tick-box, because it is not applicable or at risk."""
        return self.root.locator(".section").filter(has_text=title)

    def button(self, label: str) -> Locator:
        """Give a button."""
        return self.root.get_by_role("button", name=label, exact=True)

    def choose(self, label: str) -> None:
        """Take a choice behind the three dots."""
        self.root.get_by_label("More options").click()
        self.button(label).click()


@dataclass(frozen=True)
class Window:
    """One person's browser window; `complaints` is what the page wrote to the console."""

    page: Page
    complaints: list[str]

    def type(self, text: str) -> None:
        """Type into the channel and send it."""
        self.composer.fill(text)
        self.composer.press("Enter")

    @property
    def composer(self) -> Locator:
        """Give the channel's field."""
        return self.page.get_by_role("textbox", name=re.compile("^Message "))

    @property
    def log(self) -> Locator:
        """Give the channel's messages."""
        return self.page.get_by_role("log", name=re.compile("^Messages in"))

    def card(self, heading: str) -> Card:
        """Find the newest card with this heading."""
        shown = self.page.get_by_role("heading", name=heading, exact=True)
        return Card(self.log.get_by_role("article").filter(has=shown).last)

    def whisper(self, text: str) -> Locator:
        """Find the newest message with this text that only this person sees."""
        private = self.log.get_by_role("article").filter(has_text="Only visible to you")
        return private.filter(has_text=text).last

    def message(self, text: str) -> Locator:
        """Find the newest message with this text."""
        return self.log.get_by_role("article").filter(has_text=text).last

    def dialog(self, title: str) -> Locator:
        """Find an open modal."""
        return self.page.get_by_role("dialog", name=title, exact=True)

    def overflowing(self) -> list[str]:
        """Name what stands out of the page sideways, or scrolls sideways in itself."""
        return list(self.page.evaluate(_OVERFLOWING))


_OVERFLOWING = """() => {
  const parts = [document.documentElement, ...document.querySelectorAll(
    ".scroll, .modal, .modal-body, .composer, .menu-list, .suggestions, .thread, .panel, .toast")];
  const out = (one) => one.getBoundingClientRect().left < 0 || one.getBoundingClientRect().right > innerWidth;
  const scrolls = (one) => one.scrollWidth > one.clientWidth;
  return parts.filter((one) => one.checkVisibility({contentVisibilityAuto: true}) && (out(one) || scrolls(one)))
    .map((one) => `${one.tagName}.${one.className}#${one.id} ${one.scrollWidth} of ${one.clientWidth}`);
}"""


@dataclass
class Stage:
    """A running sandbox, and the windows that were opened on it."""

    process: subprocess.Popen[str]
    url: str
    client: SandboxClient
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, browser: Browser, who: str, channel: str, size: ViewportSize = DESK, **more: str) -> Window:
        """Open a browser context of its own, as somebody in a channel."""
        touch = size["width"] < 500
        context = browser.new_context(viewport=size, has_touch=touch, is_mobile=touch, accept_downloads=True)
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page, complaints = context.new_page(), []
        page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        query = "&".join(f"{key}={value}" for key, value in {"as": who, "c": channel, **more}.items())
        page.goto(f"{self.url}/w?{query}")
        return Window(page, complaints)

    def tidy(self) -> None:
        """Close every window and every modal, which is the person's and not the window's; switch every fault off."""
        while self.contexts:
            self.contexts.pop().close()
        self.client.clear_faults()
        for person in map(self.client.person, PEOPLE):
            if person.modal():
                person.close_all()

    def bot(self) -> int:
        """Give the process id of the bot, which the sandbox runs as its only child."""
        parent = self.process.pid
        (child,) = Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii").split()
        return int(child)


@contextmanager
def playing(folder: Path) -> Iterator[Stage]:
    """Run a sandbox, with its bot and a fresh database in a folder of its own, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "sandbox", "--json", "--port", "0"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = _ready(process)
        client = SandboxClient(url)
        client.set_limits(False)
        yield Stage(process, url, client)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(15)
        if process.stdout:
            process.stdout.close()


def _ready(process: subprocess.Popen[str]) -> str:
    mark = "SANDBOX_READY "
    line = next((one for one in process.stdout or () if one.startswith(mark)), None)
    assert line, "The sandbox ended before it was ready; what it said is above."
    return str(json.loads(line.removeprefix(mark))["url"])
