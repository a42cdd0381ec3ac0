"""The bot as a child process, started exactly as production starts it, on throw-away settings."""

import asyncio
import ctypes
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from sandbox.state import Workspace

ROOT = Path(__file__).resolve().parents[1]
GRACE = 5
"""Seconds that the bot has to finish its work."""

START_TIMEOUT = 30
LONGEST_PAUSE = 30
_OURS = ("SLACK_", "AIPM_", "DATABASE_", "PORT", "HOST")
_PR_SET_PDEATHSIG = 1


class ChildError(Exception):
    """The bot could not be started; the text is what it said last."""


def environment(outside: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """Copy the environment without anything that is meant for a real Slack, and add our own settings."""
    kept = {name: value for name, value in outside.items() if not name.startswith(_OURS)}
    if content := outside.get("AIPM_CONTENT_DIR"):
        kept["AIPM_CONTENT_DIR"] = str(Path(content).resolve())
    path = os.pathsep.join(filter(None, [str(ROOT), outside.get("PYTHONPATH")]))
    return {**kept, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **settings}


async def aipm(env: Mapping[str, str], folder: Path, *arguments: str) -> str:
    """Run one `aipm` command to its end; give what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        env=env,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, wrong = await process.communicate()
    if process.returncode:
        raise ChildError((wrong or printed).decode(errors="replace").strip())
    return printed.decode(errors="replace").strip()


@dataclass
class Child:
    """Runs the bot and starts it again when it dies; `folder` keeps it away from a .env file of yours."""

    ws: Workspace
    url: str
    env: dict[str, str]
    folder: Path
    stopping: bool = False
    process: asyncio.subprocess.Process | None = None
    _can_tick: bool | None = field(default=None, repr=False)

    async def tick(self, since: float, now: float) -> str:
        """Let the bot do what became due between two moments; a bot without a schedule has nothing to do."""
        if self._can_tick is None:
            try:
                self._can_tick = bool(await aipm(self.env, self.folder, "tick", "--help"))
            except ChildError:
                self._can_tick = False
        if not self._can_tick:
            return ""
        try:
            span = [datetime.fromtimestamp(moment, UTC).isoformat() for moment in (since, now)]
            return await aipm(self.env, self.folder, "tick", "--since", span[0], "--now", span[1])
        except ChildError as error:
            return str(error)

    async def start(self) -> None:
        """Start the bot and wait until it answers."""
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "serve"),
            env=self.env,
            cwd=self.folder,
            stdout=sys.stderr.fileno(),
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and self.process.returncode is None:
            if await self._answers():
                return
            await asyncio.sleep(0.05)
        raise ChildError("The bot did not start; what it said is above.")

    async def supervise(self) -> None:
        """Start the bot again whenever it dies, on the same database, ever more slowly if it keeps dying."""
        pause, began = 1.0, time.monotonic()
        while self.process:
            code = await self.process.wait()
            await asyncio.sleep(0.2)  # Ctrl+C reaches the bot too, perhaps first
            if self.stopping:
                return
            pause = 1.0 if time.monotonic() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            self._announce(
                f"The bot stopped (exit code {code}). It starts again in {pause:.0f} s, on the same database."
            )
            await asyncio.sleep(pause)
            began = time.monotonic()
            await self._restart()

    async def stop(self) -> None:
        """End the bot: first kindly, then not."""
        self.stopping = True
        process = self.process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), GRACE)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _restart(self) -> None:
        try:
            await self.start()
        except ChildError as error:
            self._announce(str(error))
            if self.process and self.process.returncode is None:
                self.process.kill()
        else:
            self._announce(None)

    def _announce(self, text: str | None) -> None:
        self.ws.notice = text
        self.ws.touch()
        sys.stderr.write(f"{text or 'The bot is back.'}\n")

    async def _answers(self) -> bool:
        if self.ws.manifest.socket_mode:
            return bool(self.ws.links and self.ws.links.open)
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.url}/healthz") as response:
                return response.status == 200  # noqa: PLR2004
        except aiohttp.ClientError:
            return False


def _die_with_parent() -> None:
    """Let Linux end the bot when the sandbox is killed without a chance to do it itself."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
