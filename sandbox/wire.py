"""Carries out one call of the bot: the faults that strike it, its answer, and the traffic log."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.faults import Fault
from sandbox.state import Workspace
from sandbox.traffic import Traffic, redact

REFUSALS = {
    "not_in_channel": "not_in_channel",
    "is_archived": "is_archived",
    "invalid_auth": "invalid_auth",
    "uninstalled": "account_inactive",
    "missing_scope": "missing_scope",
}


class DroppableProtocol(H11Protocol):
    """uvicorn's HTTP, with the connection at hand, so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection for `request.state`."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


@dataclass
class Outcome:
    """What a call answers."""

    body: dict[str, Any] | str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def limited(seconds: int) -> Outcome:
    """Say 429, as Slack does."""
    return Outcome({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(seconds)})


async def carry_out(
    request: Request, name: str, sent: object, run: Callable[[], Outcome], needed: str = ""
) -> Response:
    """Run one call under the faults that are on; log what was asked and what the bot was told."""
    ws: Workspace = request.app.state.workspace
    began = time.perf_counter()
    fault = ws.faults.next(name)
    outcome = await _before(ws, fault, needed)
    outcome = outcome or _after(fault, run())
    took = (time.perf_counter() - began) * 1000
    told = {"fault": fault.kind, "answer": outcome.body} if fault else outcome.body
    ws.record(Traffic(ws.clock.now(), "in", name, redact(sent), redact(told), outcome.status, took))
    if fault and fault.kind == "timeout_after":
        await _hang(request, fault.seconds)
    if fault and fault.kind.startswith("dropped"):
        await _cut(request)
    if isinstance(outcome.body, str):
        return PlainTextResponse(outcome.body, outcome.status, outcome.headers)
    return JSONResponse(outcome.body, outcome.status, outcome.headers)


async def _before(ws: Workspace, fault: Fault | None, needed: str) -> Outcome | None:
    kind = fault.kind if fault else ""
    if fault and kind == "slow":
        await asyncio.sleep(fault.seconds)
    if fault and kind == "ratelimited":
        return limited(int(fault.seconds))
    if kind in ("error_before", "dropped_before"):
        return Outcome({"ok": False, "error": "internal_error"}, 500)
    if kind not in REFUSALS:
        return None
    scopes = {"needed": needed, "provided": ",".join(sorted(ws.manifest.scopes))}
    return Outcome({"ok": False, "error": REFUSALS[kind], **(scopes if kind == "missing_scope" else {})})


def _after(fault: Fault | None, outcome: Outcome) -> Outcome:
    if fault and fault.kind == "error_after":
        return Outcome({"ok": False, "error": "internal_error"}, 500)
    return outcome


async def _hang(request: Request, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(_gone(request), seconds)


async def _cut(request: Request) -> None:
    transport: asyncio.Transport = request.state.transport
    transport.abort()
    # Only when the loop has noticed is an answer silently dropped.
    await _gone(request)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
