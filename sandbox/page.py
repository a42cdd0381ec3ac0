"""The page that people see: drawn on the server, sent whole at every change, morphed in by the browser."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox import dates, humans, posts, render
from sandbox.faults import API_KINDS, DELIVERY_KINDS
from sandbox.mrkdwn import mrkdwn, plain
from sandbox.place import PAGE, PANELS, Place, find_place
from sandbox.state import BOT_USER, Workspace

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
PAUSE = 0.03
"""Seconds in which changes are gathered into one drawing."""

PULSE = 15
"""Seconds after which a silent stream sends a comment, and so finds out that nobody listens."""

SHOWN_TRAFFIC = 60
METHODS = {"chat.postMessage", "chat.update", "chat.postEphemeral", "response_url", "views.open", "views.publish"}
"""What a fault can be limited to, beside whatever the bot has called so far."""

STEPS = {"10 minutes": 600, "1 hour": 3600, "1 day": 86_400, "1 week": 604_800}


def routes() -> list[BaseRoute]:
    """List the page's routes."""
    return [
        Route("/", lambda _request: RedirectResponse("/w", 302)),
        Route("/w", page),
        Route("/stream", stream),
        Route("/ui/{deed}", posts.answer, methods=["POST"]),
        Route("/archives/{channel}/p{digits:int}", permalink),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]


async def page(request: Request) -> Response:
    """Show the whole page; opening Home by its address counts as opening it."""
    ws: Workspace = request.app.state.workspace
    place = find_place(ws, request.query_params)
    if place.tab == "home":
        await humans.open_home(ws, place.who)
    html = environment().get_template("page.html").render(**model(ws, place, _seen(request)))
    return HTMLResponse(html, headers=HEADERS)


async def stream(request: Request) -> Response:
    """Send the page's body now and at every change."""
    ws: Workspace = request.app.state.workspace
    query, seen = request.query_params, _seen(request)

    def draw() -> str:
        return environment().get_template("app.html").render(**model(ws, find_place(ws, query), seen))

    headers = {**HEADERS, "X-Accel-Buffering": "no"}
    return StreamingResponse(_drawings(ws, draw), media_type="text/event-stream", headers=headers)


async def permalink(request: Request) -> Response:
    """Bring a message's address to the page, as whoever was looking at the page before."""
    ws: Workspace = request.app.state.workspace
    before = parse_qs(urlsplit(request.headers.get("referer", "")).query).get("as", [""])[0]
    digits = f"{request.path_params['digits']:07d}"
    channel, ts = request.path_params["channel"], f"{digits[:-6]}.{digits[-6:]}"
    found = ws.message(channel, ts)
    query = {"as": request.query_params.get("as") or before, "c": channel}
    if found and (found.thread_ts or found.data.get("reply_count")):
        query["thread"] = found.thread_ts or found.ts
    target = urlencode({key: one for key, one in query.items() if one})
    return RedirectResponse(f"/w?{target}#m-{ts}", 302)


async def _drawings(ws: Workspace, draw: Callable[[], str]) -> AsyncIterator[str]:
    version, last = -1, ""
    while not ws.closing:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ws.changed(version), PULSE)
        await asyncio.sleep(PAUSE)
        # In a stream of events a lone carriage return would end the line, and lose what follows.
        version, html = ws.version, draw().replace("\r", "&#13;")
        yield ": still here\n\n" if html == last else "data: " + html.replace("\n", "\ndata: ") + "\n\n"
        last = html


@cache
def environment() -> Environment:
    """Give the templates; everything that they print is escaped."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["web"] = lambda url: url if url.startswith(("https://", "http://", "mailto:")) else "#"
    made.filters["pretty"] = render.pretty
    made.filters["emoji"] = plain
    return made


def model(ws: Workspace, place: Place, seen: render.Seen) -> dict[str, Any]:
    """Give everything that the templates name."""
    person, channel = ws.people[place.who], ws.channels[place.c]
    sees = render.reader(ws, person)
    if place.tab == "messages":
        seen.look(person.id, channel.id, ws.clock.now())
    timeline = ws.timeline(channel.id, person.id)
    replies = ws.timeline(channel.id, person.id, place.thread) if place.thread else []
    modal, home = ws.modal(person.id), ws.homes.get(person.id)
    return {
        "ws": ws,
        "place": place,
        "person": person,
        "channel": channel,
        "people": [render.face(ws, one.id) for one in ws.people.values() if not one.is_bot],
        "members": [render.face(ws, one) for one in sorted(channel.members)],
        "bot": render.face(ws, BOT_USER),
        "bot_here": BOT_USER in channel.members,
        "rooms": render.rooms(ws, place, seen),
        "im": ws.im(person.id),
        "im_unread": seen.unread(ws, person.id, ws.im(person.id)),
        "lines": list(render.lines(ws, place, timeline[-place.count :], "m")),
        "older": max(0, len(timeline) - place.count),
        "more": place.link(count=place.count + PAGE),
        "replies": list(render.lines(ws, place, replies, "t")),
        "modal": modal,
        "modal_surface": render.view_surface(ws, modal) if modal else None,
        "home": render.view_surface(ws, home) if home else None,
        "toast": ws.toasts.get(person.id),
        "hint": mrkdwn(render.hint(ws, channel), sees),
        "completions": render.completions(ws, place),
        "prompts": render.suggested_prompts(ws, channel),
        "now": dates.local(ws.clock.now(), person.tz),
        **_tools(ws, place, person.tz),
    }


def _tools(ws: Workspace, place: Place, tz: str) -> dict[str, Any]:
    now = dates.local(ws.clock.now(), tz)
    shown = list(ws.traffic)[-SHOWN_TRAFFIC:][::-1] if place.panel == "traffic" else []
    return {
        "clock": dates.clock_time(now),
        "today": f"{now:%a} {now.day} {now:%b %Y}",
        "panels": PANELS,
        "traffic": [(f"x-{one.at:.6f}-{one.took_ms:.3f}", one, _second(one.at, tz)) for one in shown],
        "api_kinds": API_KINDS,
        "delivery_kinds": DELIVERY_KINDS,
        "faults": {one.kind: one for one in ws.faults.on},
        "methods": sorted(METHODS | {one.name for one in ws.traffic if one.direction == "in"}),
        "steps": STEPS,
    }


def _second(at: float, tz: str) -> str:
    return dates.clock_time(dates.local(at, tz), seconds=True)


def _seen(request: Request) -> render.Seen:
    state = request.app.state
    if not hasattr(state, "seen"):
        state.seen = render.Seen()
    found: render.Seen = state.seen
    return found
