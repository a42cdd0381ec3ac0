"""Brings requests to the bot: signed, within three seconds, and logged."""

import asyncio
import json
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

import aiohttp
from slack_sdk.signature import SignatureVerifier

from sandbox.faults import DELIVERY_KINDS
from sandbox.state import Json, Workspace
from sandbox.traffic import Traffic, redact

DEADLINE = 3.0
"""Seconds that the bot has to answer, always in real time."""

Kind = Literal["slash_commands", "interactive", "events_api"]


@dataclass(frozen=True)
class Retry:
    """Which repetition of an event this is, and why the one before failed."""

    number: int
    reason: str


@dataclass(frozen=True)
class Answer:
    """What the bot answered; `reason` says in Slack's words why it does not count, "" if it does."""

    status: int = 0
    body: str = ""
    reason: str = ""
    no_retry: bool = False
    took_ms: float = 0.0

    @property
    def ok(self) -> bool:
        """Say whether the bot took the request."""
        return not self.reason

    @property
    def json(self) -> Json | None:
        """Give the body if it is a JSON object."""
        try:
            found = json.loads(self.body)
        except json.JSONDecodeError:
            return None
        return found if isinstance(found, dict) else None


class Courier(ABC):
    """Delivers under the faults that are on; how, is what HTTP and Socket Mode differ in."""

    def __init__(self, ws: Workspace) -> None:
        self.ws = ws

    async def send(self, kind: Kind, name: str, payload: Json, retry: Retry | None = None) -> Answer:
        """Deliver one request and wait for its answer."""
        fault = self.ws.faults.next(name, DELIVERY_KINDS)
        if fault and fault.kind == "unreachable":
            return self._logged(name, payload, Answer(reason="connection_failed"))
        deliveries = [self._one(kind, name, payload, retry) for _ in range(2 if fault else 1)]
        return (await asyncio.gather(*deliveries))[0]

    @abstractmethod
    async def carry(self, kind: Kind, payload: Json, retry: Retry | None) -> Answer:
        """Bring one request to the bot."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of connections."""

    async def _one(self, kind: Kind, name: str, payload: Json, retry: Retry | None) -> Answer:
        began = time.perf_counter()
        answer = await self.carry(kind, payload, retry)
        took = (time.perf_counter() - began) * 1000
        timed = Answer(answer.status, answer.body, answer.reason, answer.no_retry, took)
        return self._logged(name, payload, timed)

    def _logged(self, name: str, payload: Json, answer: Answer) -> Answer:
        told = answer.reason if not answer.status else answer.json or answer.body
        entry = Traffic(self.ws.clock.now(), "out", name, redact(payload), redact(told), answer.status, answer.took_ms)
        self.ws.record(entry)
        return answer


class HttpCourier(Courier):
    """Posts to the bot's request URL, signed as Slack signs."""

    def __init__(self, ws: Workspace, url: str) -> None:
        super().__init__(ws)
        self.url = url
        self._signer = SignatureVerifier(ws.signing_secret)
        self._session: aiohttp.ClientSession | None = None

    async def carry(self, kind: Kind, payload: Json, retry: Retry | None) -> Answer:
        """Post one request."""
        session = self._session = self._session or aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=DEADLINE), connector=aiohttp.TCPConnector(limit=0)
        )
        body, content_type = _encoded(kind, payload)
        try:
            async with session.post(
                self.url, data=body, headers=self._headers(body, content_type, retry), allow_redirects=False
            ) as response:
                text = (await response.read()).decode(errors="replace")
                headers = response.headers
        except TimeoutError:
            return Answer(reason="http_timeout")
        except aiohttp.ClientError:
            return Answer(reason="connection_failed")
        taken = 200 <= response.status < 300  # noqa: PLR2004
        return Answer(response.status, text, "" if taken else "http_error", headers.get("X-Slack-No-Retry") == "1")

    async def close(self) -> None:
        """Close the connection pool."""
        if self._session:
            await self._session.close()

    def _headers(self, body: str, content_type: str, retry: Retry | None) -> dict[str, str]:
        # The bot refuses a signature older than five minutes, so this is never the moved clock.
        timestamp = str(int(time.time()))
        signature = self._signer.generate_signature(timestamp=timestamp, body=body) or ""
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature,
        }
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason}
        return headers


def _encoded(kind: Kind, payload: Json) -> tuple[str, str]:
    if kind == "events_api":
        return json.dumps(payload), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form), "application/x-www-form-urlencoded"
