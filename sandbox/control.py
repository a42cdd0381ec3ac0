"""The control routes: everything that a person can do, and everything there is to see, as JSON."""

import asyncio
import contextlib
import inspect
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox import humans
from sandbox.conversations import channel_json
from sandbox.events import verify_url
from sandbox.faults import Fault
from sandbox.files import file_json
from sandbox.forms import initial
from sandbox.state import Json, Message, View, Workspace

Deed = Callable[..., Awaitable[Json]]


async def fault(ws: Workspace, kind: str, method: str = "*", count: int | None = None, seconds: float = 30) -> Json:
    """Switch a fault on."""
    ws.faults.set(Fault(kind, method, count, seconds))
    ws.touch()
    return {"faults": ws.faults.listed()}


async def clear_faults(ws: Workspace, kind: str = "*", method: str = "*") -> Json:
    """Switch one fault off, or all."""
    ws.faults.clear(kind, method)
    ws.touch()
    return {"faults": ws.faults.listed()}


async def set_scope(ws: Workspace, scope: str, granted: bool) -> Json:  # noqa: FBT001 - a JSON flag
    """Untick or tick an optional scope."""
    if scope not in ws.manifest.optional_scopes:
        raise humans.HumanError(f"{scope} is not optional; optional are {ws.manifest.optional_scopes}.")
    (ws.manifest.denied.discard if granted else ws.manifest.denied.add)(scope)
    ws.touch()
    return {"scopes": sorted(ws.manifest.scopes)}


async def set_limits(ws: Workspace, enabled: bool) -> Json:  # noqa: FBT001 - a JSON flag
    """Switch the rate limits on or off."""
    ws.rates.enabled = enabled
    ws.touch()
    return {}


async def advance(ws: Workspace, seconds: float) -> Json:
    """Move the clock ahead and let the bot do what became due."""
    since = ws.clock.now()
    ws.clock.advance(seconds)
    ws.touch()
    return {"now": ws.clock.now(), "tick": await ws.tick(since, ws.clock.now()) if ws.tick else None}


async def refresh_links(ws: Workspace, reason: str = "refresh_requested") -> Json:
    """Ask every Socket Mode connection to come back anew."""
    return {"links": await ws.links.disconnect(reason) if ws.links else 0}


async def dismiss(ws: Workspace, person: str) -> Json:
    """Put away the line that a person was shown."""
    found = ws.person(person)
    ws.toasts.pop(found.id if found else "", None)
    ws.touch()
    return {}


async def verify(ws: Workspace) -> Json:
    """Check the bot's request URL, as Slack does when it is saved."""
    return {"verified": await verify_url(ws)}


DEEDS: dict[str, Deed] = {
    deed.__name__: deed
    for deed in (
        *(humans.send, humans.click, humans.submit, humans.close, humans.open_home, humans.shortcut),
        *(humans.suggest, humans.invite, humans.kick, humans.archive, humans.uninstall, humans.install),
        *(fault, clear_faults, set_scope, set_limits, advance, refresh_links, dismiss, verify),
    )
}


async def do(request: Request) -> Response:
    """Do what POST /control/{action} says, with the JSON body as arguments."""
    ws: Workspace = request.app.state.workspace
    deed = DEEDS.get(request.path_params["action"])
    if deed is None:
        return _refused(f"There is no action {request.path_params['action']}; there are {', '.join(DEEDS)}.")
    try:
        bound = inspect.signature(deed).bind(ws, **json.loads(await request.body() or b"{}"))
    except (ValueError, TypeError) as error:
        return _refused(str(error))
    try:
        return JSONResponse({"ok": True, **await deed(*bound.args, **bound.kwargs)})
    except ValueError as error:
        return _refused(str(error))


async def state(request: Request) -> Response:
    """Show the workspace as one person sees it."""
    return JSONResponse(snapshot(request.app.state.workspace, dict(request.query_params)))


async def wait(request: Request) -> Response:
    """Answer when the workspace is newer than `since`, or after `timeout` seconds."""
    ws: Workspace = request.app.state.workspace
    query = request.query_params
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(ws.changed(int(query["since"])), float(query.get("timeout", "10")))
    return JSONResponse({"version": ws.version})


def snapshot(ws: Workspace, query: dict[str, str]) -> Json:
    """Give the state as JSON for a `person`, `channel` and `thread`; with `traffic`, the wire too."""
    person = ws.person(query.get("person", "anna")) or next(iter(ws.people.values()))
    named = ws.im(person.id) if query.get("channel") == "dm" else ws.channel(query.get("channel", "general"))
    seen = named if named in ws.visible(person.id) else None
    home = ws.homes.get(person.id)
    return {
        **_overview(ws),
        "person": asdict(person),
        "channels": [{**channel_json(c), "members": sorted(c.members)} for c in ws.visible(person.id)],
        "messages": [
            _message(m, person.id) for m in (ws.timeline(seen.id, person.id, query.get("thread")) if seen else [])
        ],
        "modals": [_view(view) for view in ws.modals.get(person.id, [])],
        "home": _view(home) if home else None,
        "toast": ws.toasts.get(person.id),
        "traffic": [dict(vars(one)) for one in ws.traffic] if query.get("traffic") else [],
    }


def routes() -> list[BaseRoute]:
    """List the control routes."""
    return [
        Route("/control/state", state),
        Route("/control/wait", wait),
        Route("/control/{action}", do, methods=["POST"]),
    ]


def _overview(ws: Workspace) -> Json:
    return {
        "version": ws.version,
        "now": ws.clock.now(),
        "notice": ws.notice,
        "installed": ws.installed,
        "limits": ws.rates.enabled,
        "faults": ws.faults.listed(),
        "scopes": sorted(ws.manifest.scopes),
        "files": [file_json(ws, one) for one in ws.files.values() if one.complete],
        "prompts": ws.prompts,
        "links": len(ws.links.open) if ws.links else 0,
    }


def _message(message: Message, person_id: str) -> Json:
    blocks: list[dict[str, Any]] = message.data.get("blocks", [])
    return {
        "data": message.data,
        "channel": message.channel,
        "ephemeral": message.only_for is not None,
        "at": message.at,
        "warning": message.warnings.get(person_id),
        "form": initial(blocks),
    }


def _view(view: View) -> Json:
    shown = {"data": view.data, "errors": view.errors, "trouble": view.trouble}
    return {**shown, "form": initial(view.data["blocks"])}


def _refused(text: str) -> Response:
    return JSONResponse({"ok": False, "error": text}, 400)
