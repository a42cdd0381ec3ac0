import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from tests.sandbox import engine
from tests.sandbox.engine import World

Act = Callable[[SocketModeClient], Awaitable[None]]


@pytest.fixture
def linked() -> Iterator[World]:
    with engine.world(engine.manifest(socket_mode_enabled=True)) as made:
        yield made


def connected(
    world: World, act: Act, answer: Callable[[SocketModeRequest], dict[str, Any] | None]
) -> list[SocketModeRequest]:
    """Connect with the real SDK, act, and give the requests that came; `answer` None means no ack."""
    received = []

    async def listen(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        received.append(request)
        payload = answer(request)
        if payload is not None:
            response = SocketModeResponse(request.envelope_id, payload or None)
            await client.send_socket_mode_response(response)

    async def run() -> None:
        client = SocketModeClient(world.ws.app_token, web_client=world.sdk(), ping_interval=1)
        client.socket_mode_request_listeners.append(listen)
        await client.connect()  # type: ignore[no-untyped-call]
        try:
            await act(client)
        finally:
            await client.close()  # type: ignore[no-untyped-call]

    asyncio.run(run())
    return received


def test_a_command_comes_over_the_link_and_is_answered_there(linked: World) -> None:
    async def act(_client: SocketModeClient) -> None:
        await asyncio.to_thread(linked.client.person("anna").command, "fraud-team", "/aipm help")

    (request,) = connected(linked, act, lambda _request: {"text": "Over the link."})
    assert (request.type, request.accepts_response_payload) == ("slash_commands", True)
    assert request.payload["text"] == "help"
    assert linked.client.person("anna").messages("fraud-team")[0]["data"]["text"] == "Over the link."
    assert linked.stub.received == []


def test_a_lost_ack_brings_the_event_again(linked: World) -> None:
    seen: list[int] = []

    def second_time(_request: SocketModeRequest) -> dict[str, Any] | None:
        seen.append(1)
        return {} if len(seen) > 1 else None

    async def act(_client: SocketModeClient) -> None:
        await asyncio.to_thread(linked.client.person("anna").send, "dm", "help")
        await asyncio.to_thread(linked.client.until, lambda: len(linked.client.traffic("message")) == 2)

    first, again = connected(linked, act, second_time)
    assert (first.retry_attempt, again.retry_attempt) == (0, 1)
    assert again.retry_reason == "http_timeout"
    assert first.payload["event_id"] == again.payload["event_id"]


def test_without_a_link_a_command_fails(linked: World) -> None:
    told = linked.client.person("anna").command("fraud-team", "/aipm help")
    assert told["failed"] == "dispatch_failed"


async def link(session: aiohttp.ClientSession, world: World) -> aiohttp.ClientWebSocketResponse:
    headers = {"Authorization": f"Bearer {world.ws.app_token}"}
    async with session.post(f"{world.ws.base_url}/api/apps.connections.open", headers=headers) as response:
        url = (await response.json())["url"]
    return await session.ws_connect(url)


def test_hello_then_at_most_ten_links(linked: World) -> None:
    async def run() -> list[Any]:
        async with aiohttp.ClientSession() as session:
            links = [await link(session, linked) for _ in range(11)]
            first = [await one.receive_json() for one in links]
            for one in links:
                await one.close()
            return first

    frames = asyncio.run(run())
    assert [one["type"] for one in frames] == ["hello"] * 10 + ["disconnect"]
    assert [one["num_connections"] for one in frames[:10]] == list(range(1, 11))
    assert frames[10]["reason"] == "too_many_websockets"


def test_a_link_is_warned_and_then_asked_to_come_back(linked: World) -> None:
    async def run() -> list[Any]:
        async with aiohttp.ClientSession() as session:
            one = await link(session, linked)
            hello = await one.receive_json()
            seconds = hello["debug_info"]["approximate_connection_time"]
            await asyncio.to_thread(linked.client.advance, seconds - 5)
            warning = await one.receive_json()
            await asyncio.to_thread(linked.client.advance, 6)
            return [warning["reason"], (await one.receive_json())["reason"], (await one.receive()).type]

    assert asyncio.run(run()) == ["warning", "refresh_requested", aiohttp.WSMsgType.CLOSE]


def test_a_ticket_works_once(linked: World) -> None:
    async def run() -> int:
        async with aiohttp.ClientSession() as session:
            answer = await linked.sdk(linked.ws.app_token).apps_connections_open(app_token=linked.ws.app_token)
            await (await session.ws_connect(answer["url"])).close()
            try:
                await session.ws_connect(answer["url"])
            except aiohttp.WSServerHandshakeError as error:
                return error.status
        return 0

    assert asyncio.run(run()) == 401
    assert linked.call("apps_connections_open", app_token=engine.TOKEN)["error"] == "not_allowed_token_type"
