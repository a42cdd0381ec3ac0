import asyncio
import time

import aiohttp
import pytest

from sandbox.client import SandboxError
from tests.sandbox.engine import World


def texts(world: World) -> list[str]:
    seen = world.client.person("anna").messages("fraud-team")
    return [one["data"]["text"] for one in seen]


def test_429_says_how_long_and_ends_after_its_count(world: World) -> None:
    world.client.fault("ratelimited", "chat.postMessage", count=1, seconds=7)
    answer = world.post()
    assert (answer["status"], answer["error"]) == (429, "ratelimited")
    assert world.post()["ok"]
    assert len(texts(world)) == 1


@pytest.mark.parametrize(("kind", "posted"), [("error_before", 0), ("error_after", 1)])
def test_500_before_or_after_the_effect(world: World, kind: str, posted: int) -> None:
    world.client.fault(kind, count=1)
    assert world.post()["status"] == 500
    assert len(texts(world)) == posted


@pytest.mark.parametrize(("kind", "posted"), [("dropped_before", 0), ("dropped_after", 1)])
def test_a_cut_connection_gives_no_answer_at_all(world: World, kind: str, posted: int) -> None:
    world.client.fault(kind, count=1)
    with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
        world.post()
    assert len(texts(world)) == posted


def test_a_timeout_after_success(world: World) -> None:
    world.client.fault("timeout_after", count=1)

    async def post() -> None:
        sdk = world.sdk()
        sdk.timeout = 1
        await sdk.chat_postMessage(channel="C0FRAUDTEAM", text="Done, but who knows")

    with pytest.raises(TimeoutError):
        asyncio.run(post())
    assert texts(world) == ["Done, but who knows"]
    (entry,) = world.client.traffic("chat.postMessage")
    assert entry["answer"]["fault"] == "timeout_after"
    assert entry["answer"]["answer"]["ok"] is True


def test_slow_is_slow(world: World) -> None:
    world.client.fault("slow", "auth.test", seconds=0.4)
    began = time.monotonic()
    assert world.call("auth_test")["ok"]
    assert time.monotonic() - began >= 0.4


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("not_in_channel", "not_in_channel"),
        ("is_archived", "is_archived"),
        ("invalid_auth", "invalid_auth"),
        ("uninstalled", "account_inactive"),
        ("missing_scope", "missing_scope"),
    ],
)
def test_refusals_last_until_they_are_switched_off(world: World, kind: str, error: str) -> None:
    world.client.fault(kind, "chat.postMessage")
    assert [world.post()["error"] for _ in range(2)] == [error, error]
    assert world.call("auth_test")["ok"]
    world.client.clear_faults()
    assert world.post()["ok"]


def test_a_response_url_has_faults_too(world: World) -> None:
    world.client.person("anna").command("fraud-team", "/aipm help")
    url = world.stub.payloads("command")[0]["response_url"]
    world.client.fault("error_after", "response_url", count=1)

    async def answer() -> int:
        async with aiohttp.ClientSession() as session, session.post(url, json={"text": "hi"}) as response:
            return response.status

    assert asyncio.run(answer()) == 500
    assert texts(world) == ["hi"]


def test_an_unknown_fault_or_action_is_refused_by_name(world: World) -> None:
    with pytest.raises(SandboxError, match="There is no fault earthquake"):
        world.client.fault("earthquake")
    with pytest.raises(SandboxError, match="There is no action dance"):
        world.client.do("dance")
    with pytest.raises(SandboxError, match="not optional"):
        world.client.set_scope("chat:write", granted=False)
