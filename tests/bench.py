"""Measures the coach against a bare Bolt listener that only acks, in one run on one machine: `make bench`.

Four processes: a stand-in for Slack's API that answers at once, the bare listener, the coach (SQLite,
synchronous=FULL, cards posted and redrawn over many channels), and this one, which sends signed requests.
Bare and coach take turns in short rounds, so that a noisy machine is noisy for both.
"""

import asyncio
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

from slack_sdk.signature import SignatureVerifier

from tests import bench_parts

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "6"))
SEQUENTIAL = 1000
CONCURRENT = 600
WORKERS = 16
CHANNELS = 400


@dataclass
class Result:
    """Latencies in milliseconds, requests per second, and the work behind them."""

    latencies: list[float]
    rates: list[float]
    meanwhile: int = 0
    """Cards posted and redrawn while the one-by-one requests went on, back to back."""

    @property
    def p50(self) -> float:
        return statistics.median(self.latencies)

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.latencies, n=100)[98]

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)


class Sender:
    """Sends signed requests over kept-open connections, with as little work of its own as possible."""

    def __init__(self, port: int, secret: str) -> None:
        self._port = port
        self._verifier = SignatureVerifier(secret)
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    def request(self, body: bytes) -> bytes:
        stamp = str(int(time.time()))
        signature = self._verifier.generate_signature(timestamp=stamp, body=body)
        return (
            f"POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: {signature}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    async def send(self, raw: bytes) -> float:
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._port)
        start = time.perf_counter()
        writer.write(raw)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        if length:
            await reader.readexactly(length)
        took = (time.perf_counter() - start) * 1000
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        self._idle.append((reader, writer))
        return took

    async def one_by_one(self, bodies: list[bytes]) -> list[float]:
        self._hang_up()
        return [await self.send(self.request(body)) for body in bodies]

    def _hang_up(self) -> None:
        """Drop connections that the server may have closed between two rounds."""
        while self._idle:
            self._idle.pop()[1].close()

    async def at_once(self, bodies: list[bytes]) -> float:
        self._hang_up()
        raws = [self.request(body) for body in bodies]
        raws.reverse()

        async def work() -> None:
            while raws:
                await self.send(raws.pop())

        start = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(WORKERS)))
        return len(bodies) / (time.perf_counter() - start)


class Payloads:
    """Commands for ever new systems over many channels, and ticks on the cards that they made."""

    def __init__(self) -> None:
        self._n = 0

    def commands(self, count: int) -> list[bytes]:
        return [self._command() for _ in range(count)]

    def _command(self) -> bytes:
        self._n += 1
        fields = {
            "team_id": "T0BENCH", "team_domain": "bench", "channel_id": f"C{self._n % CHANNELS:05d}",
            "channel_name": "bench", "user_id": "U0BENCH", "user_name": "bench", "command": "/aipm",
            "text": f"ethics-check Fraud model {self._n} v3", "api_app_id": "A0BENCH",
            "response_url": "https://hooks.slack.com/commands/1/2/3", "trigger_id": f"{self._n}.{time.time_ns()}",
        }  # fmt: skip
        return urlencode(fields).encode()

    def ticks(self, cards: list[dict[str, object]], count: int) -> list[bytes]:
        return [self._tick(cards[self._next() % len(cards)]) for _ in range(count)]

    def _next(self) -> int:
        self._n += 1
        return self._n

    def _tick(self, card: dict[str, object]) -> bytes:
        boxes = [block for block in card["blocks"] if block["elements"][0].get("type") == "checkboxes"]  # type: ignore[attr-defined]
        block = boxes[self._n // CHANNELS % len(boxes)]
        element = block["elements"][0]
        chosen = {"options": element["options"], "selected_options": element["options"]}
        stamp = f"{time.time() + self._n / 1e5:.6f}"
        where = {"message_ts": card["ts"], "channel_id": card["channel"], "is_ephemeral": False, "type": "message"}
        payload = {
            "type": "block_actions", "api_app_id": "A0BENCH", "trigger_id": f"{self._n}.{time.time_ns()}",
            "team": {"id": "T0BENCH", "domain": "bench"}, "user": {"id": "U0BENCH", "team_id": "T0BENCH"},
            "container": where, "channel": {"id": card["channel"], "name": "bench"}, "message": card,
            "response_url": "https://hooks.slack.com/actions/1/2/3",
            "actions": [{"type": "checkboxes", "action_id": element["action_id"], "block_id": block["block_id"],
                         "selected_options": chosen["selected_options"], "action_ts": stamp}],
        }  # fmt: skip
        return urlencode({"payload": json.dumps(payload)}).encode()


def _start(stack: ExitStack, arguments: list[str], **environment: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, *arguments], env={**os.environ, **environment})
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return process


def _ready(url: str) -> float:
    start = time.perf_counter()
    while time.perf_counter() - start < 20:
        try:
            with urlopen(url):
                return time.perf_counter() - start
        except OSError:
            time.sleep(0.01)
    raise RuntimeError(f"{url} does not answer")


def _memory(process: subprocess.Popen[bytes]) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


@contextmanager
def running(database: str = "") -> Iterator[tuple[Sender, Sender, bench_parts.Api, subprocess.Popen[bytes], float]]:
    """Run the stand-in, the bare listener and the coach, on a database of its own unless one is named."""
    secret, token = secrets.token_hex(16), "xoxb-sandbox-bench"
    ports = [bench_parts.free_port() for _ in range(3)]
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        api = f"http://127.0.0.1:{ports[0]}"
        common = {"SLACK_SIGNING_SECRET": secret, "SLACK_BOT_TOKEN": token, "SLACK_API_URL": f"{api}/api/"}
        url = database or f"sqlite:///{folder}/bench.db"
        own = {"DATABASE_URL": url, "PORT": str(ports[2]), "AIPM_LOG_LEVEL": "error"}
        subprocess.run([sys.executable, "-m", "bot", "db", "upgrade"], env={**os.environ, **own}, check=True)
        _start(stack, ["-m", "tests.bench_parts", "api", str(ports[0])])
        _ready(f"{api}/healthz")
        _start(stack, ["-m", "tests.bench_parts", "bare", str(ports[1])], **common)
        _ready(f"http://127.0.0.1:{ports[1]}/healthz")
        coach = _start(stack, ["-m", "bot", "serve"], **common, **own)
        started = _ready(f"http://127.0.0.1:{ports[2]}/healthz")
        yield Sender(ports[1], secret), Sender(ports[2], secret), bench_parts.Api(api), coach, started


async def _compare(
    bare: Sender, coach: Sender, bodies: Callable[[int], list[bytes]], api: bench_parts.Api
) -> tuple[Result, Result, list[float]]:
    results = (Result([], []), Result([], []))
    settled = []
    for _ in range(ROUNDS):
        for sender, result in zip((bare, coach), results, strict=True):
            before = api.drawn()
            result.latencies += await sender.one_by_one(bodies(SEQUENTIAL))
            result.meanwhile += api.drawn() - before
            await api.settled()
        for sender, result in zip((bare, coach), results, strict=True):
            result.rates.append(await sender.at_once(bodies(CONCURRENT)))
            settled.append(await api.settled())
    return *results, settled[1::2]


def _line(name: str, bare: Result, coach: Result, most: float, least: float) -> bool:
    slower, share = coach.p50 / bare.p50, coach.rate / bare.rate
    good = slower <= most and share >= 1 / least
    print(
        f"{name:8} p50 {coach.p50:5.2f} ms (p99 {coach.p99:5.1f}) against {bare.p50:5.2f} ms: {slower:4.2f} times"
        f" (at most {most:g}), {coach.meanwhile} cards drawn during {len(coach.latencies)} requests back to back;"
        f" {coach.rate:5.0f}/s against {bare.rate:5.0f}/s at {WORKERS} concurrent:"
        f" 1/{1 / share:4.2f} (at least 1/{least:g})  {'ok' if good else 'MISSED'}"
    )
    return good


async def _measure() -> bool:
    with running() as (bare, coach, api, process, started):
        payloads = Payloads()
        await coach.one_by_one(payloads.commands(30))
        await bare.one_by_one(payloads.commands(30))
        commands = await _compare(bare, coach, payloads.commands, api)
        cards = api.cards()
        ticks = await _compare(bare, coach, lambda count: payloads.ticks(cards, count), api)
        fine = [_line("command", *commands[:2], 4, 6), _line("tick", *ticks[:2], 3, 4)]
        drawn = f"{statistics.median(commands[2]):.2f} s, redraws {statistics.median(ticks[2]):.2f} s"
        print(f"after {CONCURRENT} requests the last card is posted within {drawn}; {api.told()}")
        memory = _memory(process)
        print(f"ready {started:.2f} s after starting (at most 2); {memory:.0f} MB resident (under 120)")
        return all([*fine, started < 2, memory < 120])


def _card_time() -> bool:
    took = bench_parts.card_milliseconds()
    print(f"a 30-item card is built and serialised in {took:.2f} ms (under 1)")
    bench_parts.where_the_time_goes()
    return took < 1


def main() -> int:
    """Print the ratios; give 1 if one of them is missed."""
    return 0 if all([asyncio.run(_measure()), _card_time()]) else 1


if __name__ == "__main__":
    sys.exit(main())
