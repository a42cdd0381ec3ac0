import asyncio
from typing import Any

import pytest

from tests.sandbox.engine import World, actions, boxes, button, section


def test_a_token_is_asked_for_and_checked(world: World) -> None:
    async def refused(token: str) -> str:
        answer = await world.sdk(token).api_call("auth.test", params={})
        return str(answer["error"])

    with pytest.raises(Exception, match="invalid_auth"):
        asyncio.run(refused("xoxb-wrong"))
    with pytest.raises(Exception, match="not_authed"):
        asyncio.run(refused(""))
    me = world.call("auth_test")
    assert (me["user_id"], me["bot_id"]) == (world.ws.bot.id, world.ws.bot_id)
    assert "chat:write" in me["headers"]["x-oauth-scopes"]


def test_an_uninstalled_app_has_a_dead_token(world: World) -> None:
    world.client.do("uninstall")
    assert world.call("auth_test")["error"] == "account_inactive"
    world.client.do("install")
    assert world.call("auth_test")["ok"]


def test_a_message_comes_back_in_slacks_shape(world: World) -> None:
    posted = world.post(blocks=[section("*Hi*")])
    message = posted["message"]
    assert message["bot_id"] == world.ws.bot_id
    assert message["type"] == "message"
    assert message["blocks"][0]["block_id"]
    assert world.shown(posted)["data"] == message


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0NOBOT", "not_in_channel"),
        ("no-bot", "not_in_channel"),
        ("C0NOWHERE", "channel_not_found"),
        ("U0NOBODY", "channel_not_found"),
    ],
)
def test_posting_is_refused_where_the_bot_is_not(world: World, channel: str, error: str) -> None:
    assert world.post(channel)["error"] == error


def test_an_optional_scope_lets_the_bot_post_in_public_channels(world: World) -> None:
    world.client.set_scope("chat:write.public", granted=True)
    assert world.post("C0NOBOT")["ok"]


def test_a_private_channel_without_the_bot_does_not_exist_for_it(world: World) -> None:
    assert world.post("C0RISKBOARD")["ok"]
    world.client.kick_bot("risk-board")
    assert world.post("C0RISKBOARD")["error"] == "channel_not_found"
    assert world.call("conversations_info", channel="C0RISKBOARD")["error"] == "channel_not_found"


def test_an_archived_channel_refuses(world: World) -> None:
    posted = world.post()
    world.client.archive("fraud-team")
    assert world.post()["error"] == "is_archived"
    again = world.call("chat_update", channel="C0FRAUDTEAM", ts=posted["ts"], text="x")
    assert again["error"] == "is_inactive"


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "thread_ts": "1.000000"}, "thread_not_found"),
        ({"text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_format"),
        ({"text": "x", "blocks": "nonsense"}, "invalid_blocks_format"),
    ],
)
def test_wrong_messages_are_refused(world: World, sent: dict[str, Any], error: str) -> None:
    whole = {"channel": "C0FRAUDTEAM", **sent}
    assert world.call("api_call", api_method="chat.postMessage", json=whole)["error"] == error


def test_wrong_blocks_are_refused_with_the_place(world: World) -> None:
    answer = world.post(blocks=[section("fine"), section("x" * 3001)])
    assert answer["error"] == "invalid_blocks"
    assert "[json-pointer:/blocks/1/text/text]" in answer["response_metadata"]["messages"][0]
    assert answer["response_metadata"]["messages"][0].startswith("[ERROR] ")


def test_an_update_replaces_and_text_alone_takes_the_blocks_away(world: World) -> None:
    posted = world.post(blocks=[section("old")])
    ours = {"channel": posted["channel"], "ts": posted["ts"]}
    changed = world.call("chat_update", **ours, text="new", blocks=[section("new"), section("two")])
    assert len(changed["message"]["blocks"]) == 2
    assert "blocks" not in world.call("chat_update", **ours, text="only text")["message"]
    assert world.call("chat_update", **ours, text="x" * 4001)["error"] == "msg_too_long"


def test_only_own_and_lasting_messages_can_be_updated(world: World) -> None:
    typed = world.client.person("anna").send("fraud-team", "mine")
    hers = {"channel": "C0FRAUDTEAM", "ts": typed["ts"], "text": "x"}
    assert world.call("chat_update", **hers)["error"] == "cant_update_message"
    assert world.call("chat_delete", channel="C0FRAUDTEAM", ts=typed["ts"])["error"] == "cant_delete_message"
    secret = world.call("chat_postEphemeral", channel="C0FRAUDTEAM", user="U0ANNABERG", text="psst")
    gone = {"channel": "C0FRAUDTEAM", "ts": secret["message_ts"], "text": "x"}
    assert world.call("chat_update", **gone)["error"] == "message_not_found"


def test_blocks_without_an_id_get_a_new_one_at_each_update(world: World) -> None:
    posted = world.post(blocks=[section("a"), {**actions(button()), "block_id": "kept"}])
    again = world.call(
        "chat_update",
        channel=posted["channel"],
        ts=posted["ts"],
        text="a",
        blocks=[section("a"), actions(button(), block_id="kept")],
    )
    before, after = posted["message"]["blocks"], again["message"]["blocks"]
    assert before[0]["block_id"] != after[0]["block_id"]
    assert before[1]["block_id"] == after[1]["block_id"]


def test_an_ephemeral_reaches_one_person_who_is_there(world: World) -> None:
    world.call("chat_postEphemeral", channel="C0RISKBOARD", user="U0ANNABERG", text="psst")
    assert world.client.person("anna").messages("risk-board")[0]["ephemeral"]
    assert world.client.person("ben").messages("risk-board") == []
    outsider = world.call("chat_postEphemeral", channel="C0RISKBOARD", user="U0CHIKAITO", text="psst")
    assert outsider["error"] == "user_not_in_channel"


def test_a_delivery_is_found_again_by_its_metadata(world: World) -> None:
    metadata = {"event_type": "delivery", "event_payload": {"id": "7"}}
    first, second = world.post(metadata=metadata), world.post(text="later")
    ask = {"channel": "C0FRAUDTEAM", "oldest": first["ts"], "inclusive": True}
    full = world.call("conversations_history", **ask, include_all_metadata=True)
    assert [one["ts"] for one in full["messages"]] == [second["ts"], first["ts"]]
    assert full["messages"][1]["metadata"] == metadata
    bare = world.call("conversations_history", **ask)
    assert bare["messages"][1]["metadata"] == {"event_type": "delivery"}
    exclusive = world.call("conversations_history", channel="C0FRAUDTEAM", oldest=first["ts"])
    assert [one["ts"] for one in exclusive["messages"]] == [second["ts"]]


def test_history_needs_its_scope_and_membership(world: World) -> None:
    assert world.call("conversations_history", channel="C0NOBOT")["error"] == "not_in_channel"
    world.client.set_scope("channels:history", granted=False)
    answer = world.call("conversations_history", channel="C0FRAUDTEAM")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "channels:history")
    assert "chat:write" in answer["provided"]


def test_replies_belong_to_their_parent(world: World) -> None:
    parent = world.post()
    reply = world.post(text="reply", thread_ts=parent["ts"])
    read = world.call("conversations_replies", channel="C0FRAUDTEAM", ts=parent["ts"])
    assert [one["ts"] for one in read["messages"]] == [parent["ts"], reply["ts"]]
    assert read["messages"][0]["reply_count"] == 1
    listed = world.call("conversations_history", channel="C0FRAUDTEAM")["messages"]
    assert [one["ts"] for one in listed] == [parent["ts"]]


def test_lists_come_in_pages(world: World) -> None:
    first = world.call("conversations_list", limit=2)
    assert len(first["channels"]) == 2
    cursor = first["response_metadata"]["next_cursor"]
    rest = world.call("conversations_list", cursor=cursor, limit=10, exclude_archived=True)
    names = [one["name"] for one in first["channels"] + rest["channels"]]
    assert names == ["general", "fraud-team", "launches", "no-bot"]
    assert rest["response_metadata"]["next_cursor"] == ""
    members = world.call("conversations_members", channel="C0NOBOT")["members"]
    assert members == ["U0ANNABERG", "U0BENORTIZ", "U0CHIKAITO"]


def test_people_have_time_zones(world: World) -> None:
    assert world.call("users_info", user="U0CHIKAITO")["user"]["tz"] == "Asia/Tokyo"
    assert world.call("users_info", user="U0NOBODY")["error"] == "user_not_found"
    assert len(world.call("users_list")["members"]) == 4


def test_one_of_the_people_is_an_admin(world: World) -> None:
    admins = [one["id"] for one in world.call("users_list")["members"] if one["is_admin"]]
    assert admins == ["U0CHIKAITO"]
    assert not any(one["is_owner"] for one in world.call("users_list")["members"])


def test_the_bot_opens_a_direct_message_and_joins_a_public_channel(world: World) -> None:
    opened = world.call("conversations_open", users="U0BENORTIZ")["channel"]["id"]
    assert world.post("U0BENORTIZ")["channel"] == opened
    assert world.call("conversations_join", channel="C0NOBOT")["ok"]
    assert world.post("C0NOBOT")["ok"]
    refusal = world.call("conversations_join", channel=opened)["error"]
    assert refusal == "method_not_supported_for_channel_type"


def test_a_file_takes_three_steps(world: World) -> None:
    done = world.call(
        "files_upload_v2",
        channel="C0FRAUDTEAM",
        filename="run.md",
        title="The run",
        content="# Signed",
        initial_comment="Here it is",
    )
    file_id = done["files"][0]["id"]
    message = world.client.person("ben").message("fraud-team", "Here it is")
    assert message["data"]["files"][0]["name"] == "run.md"
    assert world.ws.files[file_id].content == b"# Signed"
    shares = world.call("files_info", file=file_id)["file"]["shares"]["public"]
    assert shares == {"C0FRAUDTEAM": [{"ts": message["data"]["ts"]}]}


def test_a_file_cannot_be_shared_where_the_bot_is_not(world: World) -> None:
    sent = {"filename": "a.txt", "content": "a"}
    assert world.call("files_upload_v2", channel="C0NOBOT", **sent)["error"] == "not_in_channel"
    assert world.call("files_completeUploadExternal", files=[{"id": "F1"}])["error"] == "file_not_found"


def test_a_scheduled_message_comes_at_its_time_but_never_with_metadata(world: World) -> None:
    at = int(world.ws.clock.now()) + 600
    metadata = {"event_type": "x", "event_payload": {}}
    later = {"channel": "C0FRAUDTEAM", "post_at": at}
    assert world.call("chat_scheduleMessage", **later, text="trap", metadata=metadata)["ok"]
    assert world.call("chat_scheduleMessage", **later, text="weekly")["ok"]
    assert world.client.person("anna").messages("fraud-team") == []
    world.client.advance(601)
    world.client.person("anna").message("fraud-team", "weekly")
    assert len(world.client.person("anna").messages("fraud-team")) == 1
    past = world.call("chat_scheduleMessage", channel="C0FRAUDTEAM", post_at=at, text="late")
    assert past["error"] == "time_in_past"


def test_permalinks_and_reactions(world: World) -> None:
    posted = world.post()
    link = world.call("chat_getPermalink", channel="C0FRAUDTEAM", message_ts=posted["ts"])["permalink"]
    assert link.endswith("/archives/C0FRAUDTEAM/p" + posted["ts"].replace(".", ""))
    wave = {"channel": "C0FRAUDTEAM", "timestamp": posted["ts"], "name": "wave"}
    assert world.call("reactions_add", **wave)["ok"]
    assert world.call("reactions_add", **wave)["error"] == "already_reacted"


def test_prompts_with_a_thread_do_nothing_in_an_agent(world: World) -> None:
    prompts = [{"title": "Start", "message": "Start a checklist"}]
    offer = {"channel_id": "D0ANNA", "prompts": prompts}
    world.ws.manifest.data["features"]["agent_view"] = {"agent_description": "x"}
    assert world.call("assistant_threads_setSuggestedPrompts", **offer, thread_ts="1.000000")["ok"]
    assert world.ws.prompts == {}
    assert world.call("assistant_threads_setSuggestedPrompts", **offer)["ok"]
    assert world.ws.prompts == {"D0ANNA": prompts}


def test_unknown_methods_and_missing_arguments_are_named(world: World) -> None:
    assert world.call("api_call", api_method="chat.shout")["error"] == "unknown_method"
    answer = world.call("api_call", api_method="users.info")
    assert answer["error"] == "invalid_arguments"
    assert "missing required field: user" in answer["response_metadata"]["messages"][0]


def test_one_channel_takes_about_one_message_a_second(world: World) -> None:
    world.client.set_limits(enabled=True)
    answers = [world.post() for _ in range(6)]
    assert [one["ok"] for one in answers] == [True] * 5 + [False]
    assert (answers[-1]["error"], answers[-1]["status"]) == ("ratelimited", 429)
    assert world.post("C0LAUNCHES")["ok"]
    world.client.advance(1)
    assert world.post()["ok"]


def test_a_method_has_the_minute_of_its_tier(world: World) -> None:
    world.client.set_limits(enabled=True)
    answers = [world.call("users_list") for _ in range(21)]
    assert [one["ok"] for one in answers] == [True] * 20 + [False]
    assert world.call("users_info", user="U0ANNABERG")["ok"]


def test_checkboxes_in_messages_keep_slacks_limits(world: World) -> None:
    eleven = [str(number) for number in range(11)]
    assert world.post(blocks=[actions(boxes("b", *eleven))])["error"] == "invalid_blocks"
    assert world.post(blocks=[actions(boxes("b", "a", ticked=("z",)))])["error"] == "invalid_blocks"
