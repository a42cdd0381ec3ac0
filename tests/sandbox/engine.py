"""A sandbox and a stub that plays the bot, both over real HTTP on loopback, in one background loop."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.app import create_app
from sandbox.cli import listen, server_for
from sandbox.client import SandboxClient
from sandbox.manifest import Manifest
from sandbox.state import Workspace, new_workspace

TOKEN = "xoxb-sandbox-of-a-test"
SECRET = "a-secret-of-a-test"
Json = dict[str, Any]


def manifest(**settings: object) -> Manifest:
    events = ["app_home_opened", "app_mention", "message.im", "member_joined_channel", "member_left_channel"]
    events += ["channel_archive", "channel_unarchive", "channel_left", "app_uninstalled", "tokens_revoked"]
    scopes = ["app_mentions:read", "channels:read", "chat:write", "commands", "files:write", "groups:read"]
    scopes += ["im:history", "im:read", "im:write", "users:read", "team:read", "channels:join", "files:read"]
    scopes += ["reactions:write", "assistant:write"]
    return Manifest(
        {
            "display_information": {"name": "AI-PM coach"},
            "features": {
                "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
                "bot_user": {"display_name": "aipm"},
                "slash_commands": [{"command": "/aipm", "should_escape": True}],
                "shortcuts": [
                    {"type": "message", "callback_id": "note", "name": "Note"},
                    {"type": "global", "callback_id": "start", "name": "Start"},
                ],
            },
            "oauth_config": {
                "scopes": {
                    "bot": scopes,
                    "bot_optional": ["channels:history", "groups:history", "chat:write.public"],
                }
            },
            "settings": {
                "event_subscriptions": {"bot_events": events},
                "interactivity": {"is_enabled": True},
                **settings,
            },
        },
        denied={"chat:write.public"},
    )


@dataclass
class Received:
    kind: str
    payload: Json
    headers: dict[str, str]
    signed: bool


@dataclass
class Reply:
    body: object = ""
    status: int = 200
    delay: float = 0
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Stub:
    """The bot's side: keeps what it was sent, and answers as `answer` says."""

    received: list[Received] = field(default_factory=list)
    answer: Callable[[Json], Reply] = lambda _payload: Reply()

    def payloads(self, kind: str) -> list[Json]:
        return [one.payload for one in self.received if one.kind == kind]

    def replies(self, *replies: Reply) -> None:
        """Give these answers one after the other, then empty ones."""
        left = list(replies)
        self.answer = lambda _payload: left.pop(0) if left else Reply()

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.text()
        headers = dict(request.headers)
        kind, payload = _parsed(body, request.content_type)
        signed = SignatureVerifier(SECRET).is_valid_request(body, headers)
        self.received.append(Received(kind, payload, headers, signed))
        reply = self.answer(payload)
        await asyncio.sleep(reply.delay)
        if isinstance(reply.body, str):
            return web.Response(text=reply.body, status=reply.status, headers=reply.headers)
        return web.json_response(reply.body, status=reply.status, headers=reply.headers)


def _parsed(body: str, content_type: str) -> tuple[str, Json]:
    if content_type == "application/json":
        payload = json.loads(body)
        return payload.get("event", payload)["type"], payload
    form = dict(parse_qsl(body, keep_blank_values=True))
    if "payload" in form:
        payload = json.loads(form["payload"])
        return payload["type"], payload
    return "command", form


@dataclass
class World:
    ws: Workspace
    stub: Stub
    client: SandboxClient

    def call(self, method: str, **arguments: object) -> Json:
        """Call a Web API method with the real SDK; a refusal comes back as its answer."""

        async def run() -> Json:
            try:
                answer = await getattr(self.sdk(), method)(**arguments)
            except SlackApiError as error:
                return dict(error.response.data) | {"status": error.response.status_code}
            return dict(answer.data) | {"headers": dict(answer.headers)}

        return asyncio.run(run())

    def sdk(self, token: str = TOKEN) -> AsyncWebClient:
        return AsyncWebClient(token, base_url=f"{self.ws.base_url}/api/", retry_handlers=[], timeout=5)

    def post(self, channel: str = "C0FRAUDTEAM", text: str = "Hello", **more: object) -> Json:
        return self.call("chat_postMessage", channel=channel, text=text, **more)

    def shown(self, posted: Json, person: str = "anna") -> Json:
        """Find a posted message as a person sees it."""
        seen = self.client.person(person).messages(posted["channel"])
        return next(one for one in seen if one["data"]["ts"] == posted["ts"])


@contextmanager
def world(chosen: Manifest | None = None) -> Iterator[World]:
    stub, listener, ready = Stub(), listen(0), threading.Event()
    base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    ws = new_workspace(base_url, TOKEN, SECRET, chosen or manifest())
    ws.rates.enabled = False
    bot_socket = listen(0)
    server = server_for(create_app(ws, f"http://127.0.0.1:{bot_socket.getsockname()[1]}/slack/events"))

    async def serve() -> None:
        bot = web.Application()
        bot.router.add_post("/slack/events", stub.handle)
        runner = web.AppRunner(bot, shutdown_timeout=0.1)
        await runner.setup()
        await web.SockSite(runner, bot_socket).start()
        ready.set()  # both sockets are open, so a first request waits in line until the server is up
        await server.serve(sockets=[listener])
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(10)
        yield World(ws, stub, SandboxClient(base_url))
    finally:
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


def section(text: str, **more: object) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def option(value: str) -> Json:
    return {"text": {"type": "plain_text", "text": value.title()}, "value": value}


def button(action_id: str = "go", value: str = "1") -> Json:
    text = {"type": "plain_text", "text": "Go"}
    return {"type": "button", "action_id": action_id, "value": value, "text": text}


def boxes(action_id: str, *values: str, ticked: tuple[str, ...] = ()) -> Json:
    element: Json = {"type": "checkboxes", "action_id": action_id, "options": [option(v) for v in values]}
    return element | ({"initial_options": [option(v) for v in ticked]} if ticked else {})


def actions(*elements: Json, block_id: str = "row") -> Json:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def ask(block_id: str, element: Json, **more: object) -> Json:
    label = {"type": "plain_text", "text": block_id}
    return {"type": "input", "block_id": block_id, "label": label, "element": element, **more}


def modal(*blocks: Json, **more: object) -> Json:
    title = {"type": "plain_text", "text": "Details"}
    submit = {"type": "plain_text", "text": "Save"}
    return {"type": "modal", "title": title, "submit": submit, "blocks": list(blocks), **more}


def writing(action_id: str = "text", **more: object) -> Json:
    return {"type": "plain_text_input", "action_id": action_id, **more}
