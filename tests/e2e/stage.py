"""A sandbox and the coach as real processes, and the people of a team in it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sandbox.child import environment
from sandbox.client import SandboxClient
from tests.e2e import wire

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
PEOPLE = ("anna", "ben", "chika")
READY = "SANDBOX_READY "
PATIENCE = 20
"""Seconds to wait for something that should be there at once; long, because a busy machine is no mistake of ours."""


def environ(**settings: str) -> dict[str, str]:
    """Give an environment without anything that is set outside for the coach."""
    return {**environment(os.environ, settings), **settings}


def aipm(*arguments: str, folder: Path, program: str = "", **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run one `aipm` command to its end, as a module or as the program that is named."""
    return subprocess.run(
        [*([program] if program else [sys.executable, "-m", "bot"]), *arguments],
        cwd=folder,
        env=environ(**settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@dataclass
class Stage:
    """A running sandbox, and where the coach in it listens."""

    folder: Path
    ready: Mapping[str, str]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.client = SandboxClient(self.ready["url"], timeout=60)
        self.client.set_limits(False)

    @property
    def bot_url(self) -> str:
        """Where the coach listens."""
        return self.ready["bot_url"]

    @property
    def secret(self) -> str:
        """What Slack signs with."""
        return self.ready["signing_secret"]

    @property
    def settings(self) -> dict[str, str]:
        """Give the environment variables of a coach in this sandbox, but for its database."""
        return {
            "SLACK_BOT_TOKEN": self.ready["token"],
            "SLACK_SIGNING_SECRET": self.secret,
            "SLACK_API_URL": self.ready["api_url"],
            "HOST": "127.0.0.1",
            "PORT": self.bot_url.rpartition(":")[2],
        }

    def deliver(self, payload: Json) -> tuple[int, str]:
        """Send the coach a payload, signed, past the sandbox; give status and body of the answer."""
        return wire.deliver(self.bot_url, self.secret, payload)

    def delete(self, channel: str, ts: str) -> None:
        """Take a card away, as an administrator may: a channel with a hundred of them is slow to read."""
        body = urlencode({"token": self.ready["token"], "channel": channel, "ts": ts}).encode()
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        wire.send(self.ready["url"], body, form, path="/api/chat.delete")

    def sent(self, name: str) -> Json:
        """Give the newest payload of that name that Slack sent to the coach."""
        found: Json = self.client.traffic(name, "out")[-1]["request"]
        return found


def raised(folder: Path, *options: str, **settings: str) -> "subprocess.Popen[str]":
    """Start `aipm sandbox`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "sandbox.log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", "sandbox", "--port", "0", "--json", *options],
            cwd=folder,
            env=environ(**settings),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )


def lowered(process: "subprocess.Popen[str]") -> None:
    """End a process kindly."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(15)
    if process.stdout:
        process.stdout.close()


def read_ready(process: "subprocess.Popen[str]", folder: Path) -> Mapping[str, str]:
    """Wait for the line that says where everything is."""
    line = next((one for one in process.stdout or () if one.startswith(READY)), None)
    assert line, f"The sandbox ended before it was ready: {(folder / 'sandbox.log').read_text('utf-8')}"
    found: Mapping[str, str] = json.loads(line.removeprefix(READY))
    return found


@contextmanager
def playing(folder: Path, *options: str, **settings: str) -> Iterator[Stage]:
    """Run a sandbox with a coach of its own, as a newcomer does."""
    process = raised(folder, *options, **settings)
    try:
        yield Stage(folder, read_ready(process, folder))
    finally:
        lowered(process)


@dataclass
class Beside(Stage):
    """A sandbox beside a coach with shorter waits, which can be killed and started again."""

    shortened: str = "redraws"
    bot: "subprocess.Popen[str] | None" = None

    @property
    def database(self) -> str:
        """Give the address of the coach's database."""
        return f"sqlite:///{self.folder / 'aipm.db'}"

    @property
    def log(self) -> Path:
        """Give what the coach wrote."""
        return self.folder / "bot.log"

    def start(self) -> None:
        """Start the coach and wait until it answers."""
        with self.log.open("a") as log:
            self.bot = subprocess.Popen(
                [sys.executable, "-m", "tests.e2e.impatient", self.shortened],
                cwd=self.folder,
                env=environ(DATABASE_URL=self.database, **self.settings),
                stderr=log,
                text=True,
            )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self.bot.poll() is None, self.log.read_text("utf-8")
            assert time.monotonic() < deadline, "the coach does not answer"
            time.sleep(0.05)

    def revive(self) -> None:
        """Start the coach if a test left it dead."""
        if self.bot and self.bot.poll() is not None:
            self.start()

    def stop(self) -> None:
        """End the coach kindly."""
        if self.bot:
            lowered(self.bot)

    def kill(self) -> None:
        """Kill the coach without a warning."""
        if self.bot:
            self.bot.kill()
            self.bot.wait(10)

    def _answers(self) -> bool:
        with suppress(OSError):
            return wire.send(self.bot_url, method="GET", path="/healthz")[0] == 200
        return False


@contextmanager
def beside(folder: Path, shortened: str) -> Iterator[Beside]:
    """Run a sandbox and, beside it, a coach with shorter waits."""
    process = raised(folder, "--no-bot", "--bot-url", f"http://127.0.0.1:{free_port()}")
    try:
        migrated = aipm("db", "upgrade", folder=folder, DATABASE_URL=f"sqlite:///{folder / 'aipm.db'}")
        assert migrated.returncode == 0, migrated.stderr
        stage = Beside(folder, read_ready(process, folder), shortened=shortened)
        try:
            stage.start()
            yield stage
        finally:
            stage.stop()
    finally:
        lowered(process)
