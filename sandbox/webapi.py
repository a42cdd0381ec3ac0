"""The Web API: reads a call, checks token, scope and rate, and runs the method."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from sandbox.state import Json, Workspace
from sandbox.wire import Outcome, carry_out, limited


class SlackError(Exception):
    """A refusal; `code` is Slack's word for it, `extra` what stands beside it in the answer."""

    def __init__(self, code: str, **extra: object) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


class RateLimitedError(Exception):
    """Too many calls; `seconds` until the next may come."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"ratelimited for {seconds} s")
        self.seconds = seconds


@dataclass
class Call:
    """One call of a method, whether it came as JSON, as a form or as a query."""

    ws: Workspace
    method: str
    args: Json

    def text(self, name: str, default: str = "") -> str:
        """Give an argument as text."""
        value = self.args.get(name)
        return default if value is None else str(value)

    def need(self, name: str) -> str:
        """Give an argument that must be there."""
        if value := self.text(name):
            return value
        raise invalid(f"missing required field: {name}")

    def flag(self, name: str) -> bool:
        """Give a yes or no."""
        return self.text(name).lower() in ("true", "1")

    def number(self, name: str, default: float) -> float:
        """Give a number."""
        try:
            return float(self.text(name) or default)
        except ValueError:
            raise invalid(f"{name} must be a number") from None

    def parsed(self, name: str) -> Any:  # noqa: ANN401 - any JSON
        """Give JSON, which a form carries as text."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except json.JSONDecodeError:
            raise SlackError("invalid_blocks_format" if name == "blocks" else "invalid_arguments") from None

    def require(self, scope: str) -> None:
        """Refuse the call unless the bot's token has this scope."""
        provided = self.ws.manifest.scopes
        if scope not in provided:
            raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(provided)))


Method = Callable[[Call], Json]
_M = TypeVar("_M", bound=Method)


@dataclass(frozen=True)
class Endpoint:
    """A method, the scope it needs and its tier (0: no tier of its own)."""

    run: Method
    scope: str
    tier: int
    app_token: bool


METHODS: dict[str, Endpoint] = {}
"""Every Web API method there is here, by name."""


def method(name: str, *, scope: str = "", tier: int = 0, app_token: bool = False) -> Callable[[_M], _M]:
    """Register a function as a Web API method."""

    def register(run: _M) -> _M:
        METHODS[name] = Endpoint(run, scope, tier, app_token)
        return run

    return register


def invalid(*messages: str) -> SlackError:
    """Refuse arguments, with Slack's hints about them."""
    return SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {one}" for one in messages]})


async def api(request: Request) -> Response:
    """Answer POST or GET /api/{method}."""
    name = request.path_params["method"]
    try:
        args = await _read(request)
    except json.JSONDecodeError:
        return await carry_out(request, name, {}, lambda: Outcome({"ok": False, "error": "invalid_json"}))
    endpoint = METHODS.get(name)
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = bearer if scheme.lower() == "bearer" else str(args.pop("token", ""))
    call = Call(request.app.state.workspace, name, args)
    needed = endpoint.scope if endpoint else ""
    return await carry_out(request, name, args, lambda: _answer(call, endpoint, token), needed)


def _answer(call: Call, endpoint: Endpoint | None, token: str) -> Outcome:
    scopes = {"X-OAuth-Scopes": ",".join(sorted(call.ws.manifest.scopes))}
    try:
        body = {"ok": True, **_run(call, endpoint, token)}
    except SlackError as error:
        body = {"ok": False, "error": error.code, **error.extra}
    except RateLimitedError as error:
        return limited(error.seconds)
    return Outcome(body, headers=scopes)


def _run(call: Call, endpoint: Endpoint | None, token: str) -> Json:
    if endpoint is None:
        raise SlackError("unknown_method", req_method=call.method)
    _authenticate(call, endpoint, token)
    if endpoint.scope:
        call.require(endpoint.scope)
    rates = call.ws.rates
    if endpoint.tier and (wait := rates.wait(call.method, endpoint.tier, call.ws.clock.now())):
        raise RateLimitedError(wait)
    return endpoint.run(call)


def _authenticate(call: Call, endpoint: Endpoint, token: str) -> None:
    ws = call.ws
    wanted, other = (ws.app_token, ws.token) if endpoint.app_token else (ws.token, ws.app_token)
    if call.method == "api.test":
        return
    if not token:
        raise SlackError("not_authed")
    if token != wanted:
        raise SlackError("not_allowed_token_type" if token == other else "invalid_auth")
    if not ws.installed:
        raise SlackError("account_inactive")


async def _read(request: Request) -> Json:
    args: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json":
        sent = json.loads(await request.body() or b"{}")
        args |= sent if isinstance(sent, dict) else {}
    elif kind:
        args |= dict(await request.form())
    return {name: value for name, value in args.items() if value is not None}
