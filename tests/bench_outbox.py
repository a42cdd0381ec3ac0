"""Measures the dispatcher: `make bench` runs this after the rest.

10,000 due slots over 500 workspaces are posted to the sandbox's API; the bare loop posts the same messages with the
same client and as many at once; for comparison the same against a stand-in that answers at once. Then passes with
nothing due.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from urllib.request import urlopen

from slack_sdk.web.async_client import AsyncWebClient

from bot import app, migrate
from bot.app import Coach
from bot.delivery.courtesy import RightOfWay, take_short_turns
from bot.learning.model import Schedule, Subscription
from bot.learning.subscriptions import store as subscriptions
from bot.outbox.dispatcher import LANES, Dispatcher
from bot.outbox.service import BATCH
from bot.settings import Settings
from bot.slack import Slack
from tests.bench_parts import free_port
from tests.postgres import PostgresServer, skip_reason

SLOTS = int(os.environ.get("BENCH_SLOTS", "10000"))
WORKSPACES = 500
SUBSCRIBED = int(os.environ.get("BENCH_SUBSCRIBED", "100000"))
TOKEN = "xoxb-sandbox-bench"


def _noon() -> str:
    """Name a zone in which it is about noon, so that no quiet hours slow the bench."""
    off = (datetime.now(UTC).hour - 12 + 12) % 24 - 12
    return f"Etc/GMT{off:+d}" if off else "UTC"


def _subscribe(coach: Coach, count: int, due: datetime) -> None:
    zone, at = _noon(), clock_time(12, 0)
    one = Subscription(
        0, "", "", "core", Schedule(due.weekday(), at, zone), "", by_gaps=False, owner="U", state="active"
    )
    with coach.database.write() as tx:
        for number in range(count):
            place = {"workspace": f"T{number % WORKSPACES:05}", "channel": f"C{number // WORKSPACES:06}"}
            subscriptions.add(coach.database, tx, replace(one, **place, next_due=due))


@contextmanager
def _coach(url: str) -> Iterator[Coach]:
    migrate.upgrade(url)
    coach = app.build(Settings(database_url=url))
    yield coach
    coach.close()


def post(url: str, api: str) -> None:
    """Post everything that is due, and print seconds and megabytes."""
    take_short_turns()  # as every process of the coach does
    with _coach(url) as coach:
        _subscribe(coach, SLOTS, datetime.now(UTC) - timedelta(minutes=1))
        start, before = time.perf_counter(), _memory()
        asyncio.run(_post(coach, api))
        took, sent = time.perf_counter() - start, len(coach.outbox.listing(None, ["sent"], SLOTS + 1))
        print(json.dumps({"seconds": took, "before": before, "after": _memory(), "sent": sent}))


async def _post(coach: Coach, api: str) -> None:
    async with Slack(TOKEN, f"{api}/api/") as slack:
        dispatcher = Dispatcher(coach.outbox, slack, RightOfWay())
        await dispatcher.tick()
        await dispatcher.idle()


def bare(api: str) -> None:
    """Post as many messages of the same size, as many at once, and remember nothing."""
    with tempfile.TemporaryDirectory() as folder, _coach(f"sqlite:///{folder}/one.db") as coach:
        _subscribe(coach, 1, datetime.now(UTC) - timedelta(minutes=1))
        coach.outbox.plan(datetime.now(UTC))
        one = coach.outbox.listing(None, ["ready"])[0]
        message = coach.outbox.messages(one.workspace, [one])[one.id]
    start = time.perf_counter()
    asyncio.run(_flood(f"{api}/api/", message.payload()))
    print(json.dumps({"seconds": time.perf_counter() - start}))


async def _flood(url: str, payload: dict[str, object]) -> None:
    left = iter(range(SLOTS))
    import aiohttp

    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(TOKEN, base_url=url, session=session, retry_handlers=[])

        async def work() -> None:
            for number in left:
                mark = {"event_type": "aipm_delivery", "event_payload": {"delivery_id": f"{number:032x}"}}
                await client.chat_postMessage(channel=f"C{number % 20:06}", metadata=mark, **payload)  # type: ignore[arg-type]

        await asyncio.gather(*(work() for _ in range(LANES * BATCH)))


def _memory() -> float:
    status = Path("/proc/self/status").read_text("ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


def _child(*arguments: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench_outbox", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def rate(against: str, least: float) -> bool:
    """Compare the rates of posting."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        port = free_port()
        api = subprocess.Popen([sys.executable, "-m", "tests.bench_parts", against, str(port)])
        stack.callback(api.wait)
        stack.callback(api.terminate)
        url = f"http://127.0.0.1:{port}"
        _until(lambda: bool(urlopen(f"{url}/api/api.test", b"")))
        plain = _child("bare", url)
        ours = _child("post", f"sqlite:///{folder}/outbox.db", url)
    share = plain["seconds"] / ours["seconds"]
    good = share >= least and ours["after"] < 150 and ours["sent"] == SLOTS
    limit = f" (at least 1/{1 / least:g})" if least else ""
    print(
        f"outbox   {ours['sent']:.0f} of {SLOTS} due slots posted, {SLOTS / ours['seconds']:.0f}/s against"
        f" {SLOTS / plain['seconds']:.0f}/s of a bare loop on {against}: 1/{1 / share:.2f}{limit};"
        f" {ours['after']:.0f} MB after, {ours['before']:.0f} MB before (under 150)  {'ok' if good else 'MISSED'}"
    )
    return good


def _until(works: Callable[[], bool]) -> None:
    for _ in range(500):
        try:
            if works():
                return
        except OSError:
            time.sleep(0.02)


def _pass(coach: Coach, times: int = 30) -> float:
    took = []
    for _ in range(times):
        start = time.perf_counter()
        coach.outbox.plan(datetime.now(UTC))
        coach.outbox.due_workspaces(datetime.now(UTC))
        took.append((time.perf_counter() - start) * 1000)
    return statistics.median(took)


def idle() -> bool:
    """Measure a pass with nothing due over many subscriptions."""
    good = True
    with tempfile.TemporaryDirectory() as folder:
        good = _idle("SQLite", f"sqlite:///{folder}/idle.db")
    if skip_reason():
        print(f"PostgreSQL was not measured: {skip_reason()}")
        return good
    with PostgresServer.start() as server:
        server.create_database("bench")
        return _idle("PostgreSQL", server.url("bench")) and good


def _idle(name: str, url: str) -> bool:
    later = datetime.now(UTC) + timedelta(days=3)
    with _coach(url) as coach:
        _subscribe(coach, SUBSCRIBED // 100, later)
        few = _pass(coach)
    with _coach(url) as coach:
        with coach.database.write() as tx:
            tx.execute(subscriptions.subscriptions.delete())
        _subscribe(coach, SUBSCRIBED, later)
        many = _pass(coach)
    good = many < 20
    told = "ok" if good else "MISSED"
    figures = f"{many:.2f} ms over {SUBSCRIBED}, {few:.2f} ms over {SUBSCRIBED // 100}"
    print(f"nothing due on {name}: {figures} (under 20)  {told}")
    return good


def main() -> int:
    """Print the figures; give 1 if one is missed."""
    return 0 if all([rate("sandbox", 1 / 2), rate("api", 0), idle()]) else 1


if __name__ == "__main__":
    chosen: dict[str, Callable[..., None]] = {"post": post, "bare": bare}
    if sys.argv[1:]:
        chosen[sys.argv[1]](*sys.argv[2:])
    else:
        sys.exit(main())
