"""The processes of a campaign: the coach, which may be killed at any moment, and a pretend Slack that stays."""

import asyncio
import ctypes
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom
from typing import Any, Self

import aiohttp

from sandbox.child import environment
from sandbox.client import SandboxClient
from tests.chaos.clients import signed

Json = dict[str, Any]
DEADLINE = 3.0
"""Seconds after which Slack gives up on a request."""

PATIENCE = 30.0
CHANNELS = ("C0GENERAL", "C0FRAUDTEAM", "C0LAUNCHES", "C0RISKBOARD")
ANNA, BEN, CHIKA = "U0ANNABERG", "U0BENORTIZ", "U0CHIKAITO"
_SANDBOX = "import sys; from sandbox.cli import run; sys.exit(run(sys.argv[1:]))"


class ChildError(Exception):
    """A process did not come up; the text is what it said last."""


def free_port() -> int:
    """Find a port below those that outgoing connections take, so that it stays free while its owner is dead."""
    while True:
        port = SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@dataclass
class Bot:
    """The coach as production starts it, in a folder without a .env file; `hasty` is one with short waits."""

    folder: Path
    settings: Mapping[str, str]
    port: int = field(default_factory=free_port)
    hasty: bool = False
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Give its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *point: str, command: Sequence[str] = ("serve",)) -> None:
        """Start a command; with a point (see killpoint.py) it dies there."""
        module = "tests.chaos.killpoint" if point and not self.hasty else self._module
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *point, *command],
                cwd=self.folder,
                env=self._environment(),
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - before any thread
            )

    def arm(self) -> None:
        """Let it die the next time that it reaches its point."""
        (self.folder / "armed").touch()

    async def ready(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + PATIENCE
        while self.process and self.process.poll() is None and time.monotonic() < deadline:
            if await _answers(self.port):
                return
            await asyncio.sleep(0.02)
        raise ChildError(self.said())

    def kill(self) -> None:
        """Kill it, without a chance to tidy up."""
        self.signal(signal.SIGKILL)
        if self.process:
            self.process.wait()

    def signal(self, what: signal.Signals) -> None:
        """Send it a signal, if it lives."""
        if self.process and self.process.poll() is None:
            os.kill(self.process.pid, what)

    async def died(self) -> int:
        """Wait until it is dead; give how it died."""
        process = self.process
        return await asyncio.wait_for(asyncio.to_thread(process.wait), PATIENCE) if process else 0

    async def frozen(self) -> None:
        """Wait until it has stopped moving."""
        deadline = time.monotonic() + PATIENCE
        while self.process and _state(self.process.pid) not in "TZ":
            if time.monotonic() > deadline:
                raise ChildError(f"It never froze. {self.said()}")
            await asyncio.sleep(0.02)

    def run(self, *arguments: str) -> str:
        """Run one `aipm` command to its end; give what it printed."""
        command = [sys.executable, "-m", self._module, *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=self._environment(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise ChildError(done.stderr)
        return done.stdout

    def said(self, *, whole: bool = False) -> str:
        """Give what it said last, or in all its lives."""
        text = self._log.read_text("utf-8", errors="replace") if self._log.exists() else ""
        return text if whole else text[-6000:]

    @property
    def _module(self) -> str:
        return "tests.chaos.hasty" if self.hasty else "bot"

    @property
    def _log(self) -> Path:
        return self.folder / f"coach-{self.port}.log"

    def _environment(self) -> dict[str, str]:
        return environment(os.environ, {**self.settings, "HOST": "127.0.0.1", "PORT": str(self.port)})


@dataclass(frozen=True)
class Answer:
    """What came back on a request; status 0 if nothing came within Slack's three seconds."""

    status: int = 0
    body: str = ""

    @property
    def taken(self) -> bool:
        """Say whether Slack saw the request taken."""
        return self.status == 200

    @property
    def quiet(self) -> bool:
        """Say whether it was taken without a word."""
        return self.taken and not self.body.strip()


class Wire:
    """The way from Slack to the coach."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    async def __aenter__(self) -> Self:
        # Slack's own connections do not outlive the coach's process.
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=DEADLINE), connector=connector)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def send(self, bot: Bot, form: Mapping[str, str]) -> Answer:
        """Post a form to the coach."""
        body, headers = signed(self._secret, form)
        try:
            async with self._session.post(f"{bot.url}/slack/events", data=body, headers=headers) as response:
                return Answer(response.status, await response.text())
        except (aiohttp.ClientError, TimeoutError):
            return Answer()


@dataclass(frozen=True)
class PretendSlack:
    """A running sandbox without a bot of its own."""

    url: str
    token: str
    secret: str

    def settings(self, database_url: str) -> dict[str, str]:
        """Give what a coach needs to work for it."""
        return {
            "SLACK_API_URL": f"{self.url}/api/",
            "SLACK_BOT_TOKEN": self.token,
            "SLACK_SIGNING_SECRET": self.secret,
            "DATABASE_URL": database_url,
        }

    async def do(self, action: str, **arguments: object) -> Json:
        """Do what a person, or a switch, does."""
        return await self._call("POST", f"/control/{action}", json=arguments)

    async def state(self, **query: str) -> Json:
        """See the workspace as one person does."""
        return await self._call("GET", "/control/state", params=query)

    async def _call(self, verb: str, path: str, **more: Any) -> Json:  # noqa: ANN401 - aiohttp's own options
        async with aiohttp.ClientSession() as session, session.request(verb, self.url + path, **more) as response:
            answer: Json = await response.json()
            return answer

    @contextmanager
    def without(self, *scopes: str) -> Iterator[None]:
        """Take optional scopes away for a while."""
        client = SandboxClient(self.url)
        for one in scopes:
            client.set_scope(one, granted=False)
        try:
            yield
        finally:
            for one in scopes:
                client.set_scope(one, granted=True)

    async def posted(self) -> dict[str, list[Json]]:
        """Give every card in the channels by its delivery id, each as it was drawn last, with its channel."""
        found: dict[str, list[Json]] = {}
        for channel in CHANNELS:
            for one in (await self.state(person="anna", channel=channel))["messages"]:
                marked = one["data"].get("metadata", {})
                if marked.get("event_type") == "aipm_card":
                    delivery = marked["event_payload"]["delivery_id"]
                    found.setdefault(delivery, []).append({**one["data"], "channel": channel})
        return found

    async def deliveries(self, channel: str) -> list[str]:
        """Name the deliveries that stand in a channel, each as often as it does."""
        seen = (await self.state(person="anna", channel=channel))["messages"]
        marks = [one["data"].get("metadata", {}) for one in seen]
        return [one["event_payload"]["delivery_id"] for one in marks if one.get("event_type") == "aipm_delivery"]

    async def asked(self, person: str, channel: str) -> list[Json]:
        """Give what only this person sees in a channel and that has a button to post a card again."""
        seen = (await self.state(person=person, channel=channel))["messages"]
        return [one["data"] for one in seen if one["ephemeral"] and "card.post_again" in json.dumps(one["data"])]

    async def times_told(self, person: str, words: str) -> int:
        """Count how often only this person was told something in the channels."""
        seen = [await self.state(person=person, channel=channel) for channel in CHANNELS]
        return sum(one["ephemeral"] and words in one["data"]["text"] for each in seen for one in each["messages"])


@contextmanager
def pretend_slack(folder: Path, bot_url: str = "http://127.0.0.1:9") -> Iterator[PretendSlack]:
    """Start a sandbox that brings its own people's clicks to a coach at an address."""
    token, secret = f"xoxb-sandbox-{secrets.token_hex(8)}", secrets.token_hex(16)
    options = ["--json", "--port", "0", "--no-bot", "--bot-url", bot_url, "--token", token, "--signing-secret", secret]
    process = subprocess.Popen(
        [sys.executable, "-c", _SANDBOX, *options],
        cwd=folder,
        env=environment(os.environ, {}),
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - before any thread
    )
    assert process.stdout
    try:
        ready = next((one for one in process.stdout if one.startswith("SANDBOX_READY ")), "")
        if not ready:
            raise ChildError("The sandbox ended before it was ready.")
        yield PretendSlack(json.loads(ready.removeprefix("SANDBOX_READY "))["url"], token, secret)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@asynccontextmanager
async def serving(*bots: Bot) -> AsyncIterator[None]:
    """Start coaches, and kill them in the end."""
    for bot in bots:
        bot.start()
    try:
        for bot in bots:
            await bot.ready()
        yield
    finally:
        for bot in bots:
            bot.signal(signal.SIGCONT)
            bot.kill()


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]


def _die_with_parent() -> None:
    """Let Linux end a child whose test was killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
