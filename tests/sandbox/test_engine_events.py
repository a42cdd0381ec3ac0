import pytest

from tests.sandbox.engine import Json, Reply, World


def delivered(world: World, kind: str, number: int = 1) -> list[Json]:
    """Wait until so many requests of a kind were answered (or given up)."""

    def look() -> list[Json] | None:
        return found if len(found := world.client.traffic(kind, "out")) >= number else None

    return world.client.until(look) or []


def test_a_mention_and_a_direct_message_reach_the_bot(world: World) -> None:
    anna = world.client.person("anna")
    anna.send("fraud-team", "hi @aipm & all")
    anna.send("dm", "help")
    delivered(world, "app_mention")
    delivered(world, "message")
    (mention,) = world.stub.payloads("app_mention")
    assert mention["event"]["text"] == "hi <@U0AIPMBOT> &amp; all"
    assert mention["event"]["channel"] == "C0FRAUDTEAM"
    assert mention["type"] == "event_callback"
    assert mention["event_id"].startswith("Ev")
    assert mention["authorizations"][0]["user_id"] == "U0AIPMBOT"
    (direct,) = world.stub.payloads("message")
    assert (direct["event"]["channel_type"], direct["event"]["text"]) == ("im", "help")
    assert all(one.signed for one in world.stub.received)


def test_what_the_bot_cannot_know_or_did_not_ask_for_is_not_sent(world: World) -> None:
    anna = world.client.person("anna")
    anna.send("no-bot", "hi @aipm")
    anna.send("fraud-team", "no mention")
    world.ws.manifest.data["settings"]["event_subscriptions"]["bot_events"].remove("app_home_opened")
    anna.open_home()
    anna.send("fraud-team", "@aipm here")
    delivered(world, "app_mention")
    assert [one.kind for one in world.stub.received] == ["app_mention"]


def test_home_says_which_tab(world: World) -> None:
    anna = world.client.person("anna")
    anna.open_home()
    delivered(world, "app_home_opened")
    (opened,) = world.stub.payloads("app_home_opened")
    assert opened["event"]["tab"] == "home"
    assert "view" not in opened["event"]


def test_a_failed_event_comes_again_at_once_after_one_minute_and_after_five(world: World) -> None:
    world.stub.answer = lambda _payload: Reply(status=500)
    world.client.person("anna").send("dm", "help")
    delivered(world, "message", 2)
    world.client.advance(59)
    world.client.advance(2)
    delivered(world, "message", 3)
    world.client.advance(301)
    delivered(world, "message", 4)
    world.client.advance(6000)
    numbers = [one.headers.get("X-Slack-Retry-Num") for one in world.stub.received]
    assert numbers == [None, "1", "2", "3"]
    reasons = {one.headers.get("X-Slack-Retry-Reason") for one in world.stub.received}
    assert reasons == {None, "http_error"}
    assert len({one.payload["event_id"] for one in world.stub.received}) == 1


def test_no_retry_ends_it_and_so_does_age(world: World) -> None:
    world.stub.answer = lambda _payload: Reply(status=500, headers={"X-Slack-No-Retry": "1"})
    world.client.person("anna").send("dm", "one")
    delivered(world, "message", 1)
    world.stub.answer = lambda _payload: Reply(status=500)
    world.client.person("anna").send("dm", "two")
    delivered(world, "message", 3)
    world.client.advance(7300)
    world.client.person("anna").send("dm", "three")
    delivered(world, "message", 5)
    texts = [one.payload["event"]["text"] for one in world.stub.received]
    assert texts == ["one", "two", "two", "three", "three"]


def test_a_timeout_is_a_reason(world: World) -> None:
    world.stub.replies(Reply(delay=3.3))
    world.client.person("anna").send("dm", "help")
    delivered(world, "message", 2)
    assert world.stub.received[1].headers["X-Slack-Retry-Reason"] == "http_timeout"


def test_an_unreachable_bot_gets_its_event_later_but_not_its_click(world: World) -> None:
    world.client.fault("unreachable")
    anna = world.client.person("anna")
    assert anna.command("fraud-team", "/aipm help")["failed"] == "dispatch_failed"
    anna.send("dm", "help")
    delivered(world, "message", 2)
    world.client.clear_faults()
    world.client.advance(61)
    world.client.until(lambda: world.stub.payloads("message"))
    assert world.stub.received[0].headers["X-Slack-Retry-Reason"] == "connection_failed"
    assert world.stub.payloads("command") == []


def test_everything_can_come_twice(world: World) -> None:
    world.client.fault("twice", count=2)
    anna = world.client.person("anna")
    anna.command("fraud-team", "/aipm help")
    first, second = world.stub.payloads("command")
    assert first == second
    anna.send("dm", "help")
    delivered(world, "message", 2)
    assert len({one["event_id"] for one in world.stub.payloads("message")}) == 1


def test_the_bots_own_coming_and_going(world: World) -> None:
    world.client.invite_bot("no-bot")
    world.client.kick_bot("no-bot")
    delivered(world, "member_left_channel")
    delivered(world, "channel_left")
    (joined,) = world.stub.payloads("member_joined_channel")
    assert (joined["event"]["user"], joined["event"]["inviter"]) == ("U0AIPMBOT", "U0ANNABERG")
    assert world.post("C0NOBOT")["error"] == "not_in_channel"


def test_archiving_is_told_and_stops_people(world: World) -> None:
    world.client.archive("launches")
    with pytest.raises(Exception, match="cannot write"):
        world.client.person("anna").send("launches", "hello?")
    world.client.archive("launches", archived=False)
    delivered(world, "channel_unarchive")
    assert [one.kind for one in world.stub.received] == ["channel_archive", "channel_unarchive"]


def test_an_uninstall_sends_both_events_and_nothing_after(world: World) -> None:
    world.client.do("uninstall")
    delivered(world, "tokens_revoked")
    delivered(world, "app_uninstalled")
    (revoked,) = world.stub.payloads("tokens_revoked")
    assert revoked["event"]["tokens"] == {"oauth": [], "bot": ["U0AIPMBOT"]}
    anna = world.client.person("anna")
    assert not anna.command("general", "/aipm help")["sent"]
    anna.send("dm", "anybody?")
    assert {one.kind for one in world.stub.received} == {"tokens_revoked", "app_uninstalled"}


def test_the_request_url_is_verified(world: World) -> None:
    assert world.client.do("verify")["verified"] is False
    world.stub.answer = lambda payload: Reply({"challenge": payload["challenge"]})
    assert world.client.do("verify")["verified"] is True
