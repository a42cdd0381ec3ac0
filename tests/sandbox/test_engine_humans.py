import asyncio
import json
from typing import Any

import pytest
from slack_sdk.webhook import WebhookResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox.client import SandboxError, words
from tests.sandbox.engine import Reply, World, actions, boxes, button, option, section

SLASH_FIELDS = {
    "token",
    "team_id",
    "team_domain",
    "channel_id",
    "channel_name",
    "user_id",
    "user_name",
    "command",
    "text",
    "api_app_id",
    "is_enterprise_install",
    "response_url",
    "trigger_id",
}


def respond(url: str, **sent: object) -> WebhookResponse:
    return asyncio.run(AsyncWebhookClient(url).send_dict(sent))


def test_a_command_is_a_signed_form(world: World) -> None:
    told = world.client.person("anna").command("#fraud-team", "/aipm ethics-check Fraud v3")
    assert told["failed"] is None
    received = world.stub.received[0]
    assert received.signed
    assert set(received.payload) == SLASH_FIELDS
    assert received.payload["command"] == "/aipm"
    assert received.payload["text"] == "ethics-check Fraud v3"
    assert received.payload["channel_id"] == "C0FRAUDTEAM"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("a & b < c", "a &amp; b &lt; c"),
        ("ask @ben", "ask <@U0BENORTIZ|ben>"),
        ("ask @Ben Ortiz now", "ask <@U0BENORTIZ|ben> now"),
        ("in #fraud-team", "in <#C0FRAUDTEAM|fraud-team>"),
        ("in #risk-board", "in <#C0RISKBOARD|>"),
        ("see https://a.example/x?y=1&z=2.", "see <https://a.example/x?y=1&amp;z=2>."),
        ("@channel look", "<!channel> look"),
        ("mail a@ben.example", "mail a@ben.example"),
        ("<@U0BENORTIZ>", "&lt;@U0BENORTIZ&gt;"),
    ],
)
def test_what_is_typed_arrives_escaped(world: World, typed: str, sent: str) -> None:
    world.client.person("anna").command("general", f"/aipm {typed}")
    assert world.stub.payloads("command")[0]["text"] == sent


def test_a_private_channel_is_unknown_to_who_is_not_in_it(world: World) -> None:
    world.client.person("chika").command("general", "/aipm in #risk-board")
    assert world.stub.payloads("command")[0]["text"] == "in #risk-board"
    with pytest.raises(SandboxError, match="cannot see"):
        world.client.person("chika").command("risk-board", "/aipm help")


def test_an_answer_is_for_the_asker_alone(world: World) -> None:
    world.stub.replies(Reply("Only *you*."))
    world.client.person("anna").command("fraud-team", "/aipm help")
    (seen,) = world.client.person("anna").messages("fraud-team")
    assert (seen["data"]["text"], seen["ephemeral"]) == ("Only *you*.", True)
    assert world.client.person("ben").messages("fraud-team") == []


def test_in_channel_shows_the_command_too_even_where_the_bot_is_not(world: World) -> None:
    world.stub.replies(Reply({"response_type": "in_channel", "text": "All", "blocks": [section("All of you")]}))
    world.client.person("anna").command("no-bot", "/aipm start")
    seen = world.client.person("ben").messages("no-bot")
    assert [one["data"]["user"] for one in seen] == ["U0ANNABERG", "U0AIPMBOT"]
    assert seen[0]["data"]["text"] == "/aipm start"


def test_a_silent_bot_is_named_after_three_seconds(world: World) -> None:
    world.stub.replies(Reply(delay=3.5))
    told = world.client.person("anna").command("fraud-team", "/aipm help")
    assert told["failed"] == "operation_timeout"
    assert 2900 < told["took_ms"] < 3400
    (seen,) = world.client.person("anna").messages("fraud-team")
    assert "`/aipm` failed because the app did not respond" in seen["data"]["text"]
    assert len(world.stub.received) == 1


def test_a_failing_bot_is_named(world: World) -> None:
    world.stub.replies(Reply("oops", status=500), Reply({"text": "x", "blocks": [{"type": "huh"}]}))
    anna = world.client.person("anna")
    assert anna.command("fraud-team", "/aipm a")["failed"] == "dispatch_failed"
    assert anna.command("fraud-team", "/aipm b")["failed"] == "invalid_blocks"


def test_unknown_commands_and_threads_do_not_reach_the_bot(world: World) -> None:
    anna, parent = world.client.person("anna"), world.post()
    assert not anna.command("general", "/nope")["sent"]
    assert not anna.send("fraud-team", "/aipm help", thread_ts=parent["ts"])["sent"]
    assert "not a valid command" in anna.messages("general")[0]["data"]["text"]
    thread = anna.messages("fraud-team", thread=parent["ts"])
    assert "not supported in threads" in thread[-1]["data"]["text"]
    assert world.stub.received == []


def test_people_invite_and_remove_the_bot_by_slacks_own_commands(world: World) -> None:
    anna = world.client.person("anna")
    anna.command("no-bot", "/invite @aipm")
    assert world.post("C0NOBOT")["ok"]
    anna.command("no-bot", "/remove @aipm")
    assert world.post("C0NOBOT")["error"] == "not_in_channel"
    with pytest.raises(SandboxError, match="nobody called"):
        anna.command("no-bot", "/invite @dora")
    assert world.stub.payloads("command") == []


def test_a_click_in_a_message_has_slacks_shape(world: World) -> None:
    posted = world.post(blocks=[actions(boxes("tick", "a", "b", ticked=("a",)), button("more", "7"))])
    world.client.person("ben").click(world.shown(posted), "more")
    (payload,) = world.stub.payloads("block_actions")
    assert payload["container"] == {
        "type": "message",
        "message_ts": posted["ts"],
        "channel_id": "C0FRAUDTEAM",
        "is_ephemeral": False,
    }
    assert payload["message"] == posted["message"]
    assert payload["user"] == {
        "id": "U0BENORTIZ",
        "username": "ben",
        "name": "ben",
        "team_id": world.ws.id,
    }
    assert payload["state"]["values"] == {"row": {"tick": {"type": "checkboxes", "selected_options": [option("a")]}}}
    (action,) = payload["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("more", "row", "7")
    assert payload["response_url"].startswith(world.ws.base_url)
    assert payload["channel"] == {"id": "C0FRAUDTEAM", "name": "fraud-team"}
    assert payload["trigger_id"]


def test_ticks_are_the_whole_selection_as_that_client_shows_it(world: World) -> None:
    posted = world.post(blocks=[actions(boxes("tick", "a", "b"))])
    anna, ben = world.client.person("anna"), world.client.person("ben")
    card = world.shown(posted)
    anna.tick(card, "tick", value="a")
    anna.tick(card, "tick", value="b")
    ben.tick(card, "tick", value="b")
    anna.tick(card, "tick", value="a")
    chosen = [
        [one["value"] for one in payload["actions"][0]["selected_options"]]
        for payload in world.stub.payloads("block_actions")
    ]
    assert chosen == [["a"], ["a", "b"], ["b"], ["b"]]


def test_local_ticks_stay_until_the_block_has_a_new_id(world: World) -> None:
    posted = world.post(blocks=[actions(boxes("tick", "a"), block_id="one")])
    anna, ours = world.client.person("anna"), {"channel": posted["channel"], "ts": posted["ts"]}
    anna.tick(world.shown(posted), "tick")
    world.call("chat_update", **ours, text="x", blocks=[actions(boxes("tick", "a"), block_id="one")])
    assert anna.form(world.shown(posted)) == {"one::tick": ["a"]}
    world.call("chat_update", **ours, text="x", blocks=[actions(boxes("tick", "a"), block_id="two")])
    assert anna.form(world.shown(posted)) == {"two::tick": []}


def test_a_click_in_an_ephemeral_carries_no_message(world: World) -> None:
    world.stub.replies(Reply({"text": "x", "blocks": [actions(button("go"))]}))
    anna = world.client.person("anna")
    anna.command("fraud-team", "/aipm help")
    (seen,) = anna.messages("fraud-team")
    anna.click(seen, "go")
    (payload,) = world.stub.payloads("block_actions")
    assert "message" not in payload
    assert payload["container"]["is_ephemeral"] is True
    respond(payload["response_url"], replace_original=True, text="Replaced")
    assert [one["data"]["text"] for one in anna.messages("fraud-team")] == ["Replaced"]
    respond(payload["response_url"], delete_original=True)
    assert anna.messages("fraud-team") == []


def test_a_click_that_fails_leaves_a_warning_for_that_person(world: World) -> None:
    posted = world.post(blocks=[actions(button("go"))])
    anna = world.client.person("anna")
    world.stub.replies(Reply(status=500), Reply("a body"), Reply())
    assert anna.click(world.shown(posted), "go")["failed"]
    assert world.shown(posted)["warning"]
    assert world.shown(posted, "ben")["warning"] is None
    assert anna.click(world.shown(posted), "go")["failed"]
    assert anna.click(world.shown(posted), "go")["failed"] is None
    assert world.shown(posted)["warning"] is None


def test_a_response_url_answers_five_times(world: World) -> None:
    anna = world.client.person("anna")
    anna.command("no-bot", "/aipm help")
    url = world.stub.payloads("command")[0]["response_url"]
    statuses = [respond(url, text=f"answer {n}").status_code for n in range(6)]
    assert statuses == [200] * 5 + [404]
    assert len(anna.messages("no-bot")) == 5


def test_a_response_url_ends_after_thirty_minutes(world: World) -> None:
    world.client.person("anna").command("no-bot", "/aipm help")
    url = world.stub.payloads("command")[0]["response_url"]
    world.client.advance(1801)
    late = respond(url, text="late")
    assert late.status_code == 404
    assert json.loads(late.body)["error"] == "expired_url"


def test_a_response_url_redraws_a_card_where_the_bot_is_not(world: World) -> None:
    card = {"response_type": "in_channel", "text": "card", "blocks": [actions(button("go"))]}
    world.stub.replies(Reply(card))
    anna, ben = world.client.person("anna"), world.client.person("ben")
    anna.command("no-bot", "/aipm start")
    shown = ben.message("no-bot", "card")
    ben.click(shown, "go")
    payload = world.stub.payloads("block_actions")[0]
    respond(payload["response_url"], replace_original=True, text="new", blocks=[section("redrawn")])
    assert "redrawn" in words(anna.messages("no-bot")[-1]["data"])
    ts = shown["data"]["ts"]
    assert world.call("chat_update", channel="C0NOBOT", ts=ts, text="x")["error"] == "not_in_channel"
    respond(payload["response_url"], response_type="in_channel", thread_ts=ts, text="a reply")
    assert anna.messages("no-bot", thread=ts)[-1]["data"]["text"] == "a reply"


@pytest.mark.parametrize(
    ("sent", "status", "error"),
    [
        ({"text": ""}, 400, "no_text"),
        ({"text": "x", "blocks": [{"type": "huh"}]}, 400, "invalid_blocks"),
    ],
)
def test_wrong_answers_are_refused_and_not_counted(world: World, sent: dict[str, Any], status: int, error: str) -> None:
    world.client.person("anna").command("fraud-team", "/aipm help")
    url = world.stub.payloads("command")[0]["response_url"]
    answer = respond(url, **sent)
    assert (answer.status_code, json.loads(answer.body)["error"]) == (status, error)
    assert world.ws.hooks[url.rpartition("/")[2]].uses_left == 5


def test_a_message_shortcut_and_a_global_one(world: World) -> None:
    anna, posted = world.client.person("anna"), world.post()
    anna.shortcut("note", world.shown(posted))
    anna.shortcut("start")
    (message,) = world.stub.payloads("message_action")
    assert (message["message_ts"], message["message"]["text"]) == (posted["ts"], "Hello")
    assert message["response_url"]
    (start,) = world.stub.payloads("shortcut")
    assert start["callback_id"] == "start"
    assert "response_url" not in start
    with pytest.raises(SandboxError, match="no global shortcut"):
        anna.shortcut("note")


def test_selects_menus_and_dates_send_what_was_chosen(world: World) -> None:
    menu = {"type": "overflow", "action_id": "menu", "options": [option("x"), option("y")]}
    select = {"type": "static_select", "action_id": "pick", "options": [option("p"), option("q")]}
    date = {"type": "datepicker", "action_id": "day"}
    people = {"type": "multi_users_select", "action_id": "who"}
    posted = world.post(blocks=[actions(menu, select, date), section("s", block_id="s", accessory=people)])
    anna = world.client.person("anna")
    for action_id, value in (("menu", "y"), ("pick", "q"), ("day", "2026-05-01")):
        anna.click(world.shown(posted), action_id, value=value)
    anna.click(world.shown(posted), "who", value=["U0BENORTIZ", "U0ANNABERG"])
    sent = [payload["actions"][0] for payload in world.stub.payloads("block_actions")]
    assert sent[0]["selected_option"] == option("y")
    assert sent[1]["selected_option"] == option("q")
    assert sent[2]["selected_date"] == "2026-05-01"
    assert sent[3]["selected_users"] == ["U0BENORTIZ", "U0ANNABERG"]
    state = world.stub.payloads("block_actions")[-1]["state"]["values"]
    assert "menu" not in state["row"]
    assert state["row"]["day"] == {"type": "datepicker", "selected_date": "2026-05-01"}


def test_an_option_that_is_not_offered_cannot_be_chosen(world: World) -> None:
    posted = world.post(blocks=[actions(boxes("tick", "a"))])
    with pytest.raises(SandboxError, match="no option z"):
        world.client.person("anna").click(world.shown(posted), "tick", value="z")


def test_the_traffic_hides_tokens(world: World) -> None:
    world.call("auth_test")
    world.post(text="my token is xoxb-123-abc")
    text = json.dumps(world.client.traffic())
    assert "xoxb-123" not in text
    assert [one["name"] for one in world.client.traffic(direction="in")] == ["auth.test", "chat.postMessage"]
