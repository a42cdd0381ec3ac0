"""The chat.* methods, reactions and the rules for messages."""

from typing import Any

from bot.limits import problems
from sandbox.forms import with_ids
from sandbox.state import BOT_USER, Channel, Json, Message, Workspace
from sandbox.webapi import Call, RateLimitedError, SlackError, method

POST_LIMIT = 40_000
UPDATE_LIMIT = 4_000
SCHEDULE_DAYS = 120
MAX_METADATA = 16_000


def app_message(ws: Workspace, text: str, blocks: list[Json] | None = None, **extra: Any) -> Json:  # noqa: ANN401
    """Make a message of the app in the API's shape."""
    data: Json = {
        "type": "message",
        "user": BOT_USER,
        "ts": ws.new_ts(),
        "bot_id": ws.bot_id,
        "app_id": ws.app_id,
        "text": text,
        "team": ws.id,
        "bot_profile": {"id": ws.bot_id, "app_id": ws.app_id, "name": ws.bot.name, "team_id": ws.id},
    }
    given = {key: value for key, value in extra.items() if value}
    return data | given | ({"blocks": with_ids(blocks)} if blocks else {})


def block_errors(blocks: object) -> list[str]:
    """List what Slack refuses in a message's blocks, each with its place."""
    found = problems({"text": "text", "blocks": blocks}, "message")
    return [f"[ERROR] {one.text} [json-pointer:{one.pointer}]" for one in found]


def checked_blocks(call: Call) -> list[Json] | None:
    """Give the call's blocks, or refuse them; None if there is no such argument."""
    blocks = call.parsed("blocks")
    if blocks is None:
        return None
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    if blocks and (errors := block_errors(blocks)):
        raise SlackError("invalid_blocks", errors=errors, response_metadata={"messages": errors})
    return blocks


def target(call: Call, ref: str) -> Channel:
    """Find the channel that a call names, as far as the bot may know of it."""
    channel = call.ws.channels.get(ref)
    if channel is None or (channel.is_private and BOT_USER not in channel.members):
        raise SlackError("channel_not_found")
    return channel


def postable(call: Call, ref: str) -> Channel:
    """Find a channel that the bot may post to; a person's id stands for the direct message with them."""
    ws = call.ws
    person = ws.people.get(ref)
    named = ws.channel(ref)
    if person and not person.is_bot:
        channel = ws.im(person.id)
    else:
        channel = target(call, named.id if named and not named.is_im else ref)
    if channel.is_im and not ws.manifest.messages_tab:
        raise SlackError("messages_tab_disabled")
    if channel.archived:
        raise SlackError("is_archived")
    if BOT_USER not in channel.members and "chat:write.public" not in ws.manifest.scopes:
        raise SlackError("not_in_channel")
    return channel


@method("chat.postMessage", scope="chat:write")
def post_message(call: Call) -> Json:
    """Post a message."""
    channel = postable(call, call.need("channel"))
    data = _written(call, channel)
    if wait := call.ws.rates.wait_to_post(channel.id, call.ws.clock.now()):
        raise RateLimitedError(wait)
    call.ws.put(Message(data, channel.id))
    return {"channel": channel.id, "ts": data["ts"], "message": data}


@method("chat.postEphemeral", scope="chat:write", tier=4)
def post_ephemeral(call: Call) -> Json:
    """Show a message to one person."""
    channel = postable(call, call.need("channel"))
    user = call.need("user")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    data = _written(call, channel)
    call.ws.put(Message(data, channel.id, only_for=user))
    return {"message_ts": data["ts"]}


@method("chat.update", scope="chat:write", tier=3)
def update(call: Call) -> Json:
    """Replace a message of the app; text without blocks removes the blocks."""
    message = _own(call, call.need("ts"), "cant_update_message")
    if call.ws.channels[message.channel].archived:
        raise SlackError("is_inactive")
    blocks = checked_blocks(call)
    text = call.text("text")
    if blocks is None and not text:
        raise SlackError("no_text")
    if len(text) > UPDATE_LIMIT:
        raise SlackError("msg_too_long")
    _metadata(call, message.data)
    rewrite(call.ws, message, text, blocks)
    return {
        "channel": message.channel,
        "ts": message.ts,
        "text": message.data["text"],
        "message": message.data,
    }


@method("chat.delete", scope="chat:write", tier=3)
def delete(call: Call) -> Json:
    """Take away a message of the app."""
    message = _own(call, call.need("ts"), "cant_delete_message")
    call.ws.remove(message)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.getPermalink")
def permalink(call: Call) -> Json:
    """Give a message's address."""
    channel = target(call, call.need("channel"))
    ts = call.need("message_ts")
    message = call.ws.message(channel.id, ts)
    if message is None or message.only_for:
        raise SlackError("message_not_found")
    return {
        "channel": channel.id,
        "permalink": f"{call.ws.base_url}/archives/{channel.id}/p{ts.replace('.', '')}",
    }


@method("chat.scheduleMessage", scope="chat:write", tier=3)
def schedule(call: Call) -> Json:
    """Post later; with metadata Slack takes the message and never posts it, a documented trap."""
    channel = postable(call, call.need("channel"))
    at, now = call.number("post_at", 0), call.ws.clock.now()
    if at <= now:
        raise SlackError("time_in_past")
    if at > now + SCHEDULE_DAYS * 86_400:
        raise SlackError("time_too_far")
    data = _written(call, channel)
    if "metadata" not in data:
        call.ws.background(_post_at(call.ws, Message(data, channel.id), at))
    return {
        "scheduled_message_id": call.ws.new_id("Q"),
        "channel": channel.id,
        "post_at": int(at),
        "message": data,
    }


@method("reactions.add", scope="reactions:write", tier=3)
def react(call: Call) -> Json:
    """Put an emoji under a message."""
    channel = target(call, call.need("channel"))
    name = call.need("name").strip(":")
    message = call.ws.message(channel.id, call.need("timestamp"))
    if message is None or message.only_for:
        raise SlackError("message_not_found")
    reactions: list[Json] = message.data.setdefault("reactions", [])
    if any(one["name"] == name and BOT_USER in one["users"] for one in reactions):
        raise SlackError("already_reacted")
    reactions.append({"name": name, "users": [BOT_USER], "count": 1})
    call.ws.touch()
    return {}


def rewrite(ws: Workspace, message: Message, text: str, blocks: list[Json] | None) -> None:
    """Give a message new content; blocks without an id get fresh ones, which resets the clients' state."""
    message.data["text"] = text
    message.data.pop("blocks", None)
    if blocks:
        message.data["blocks"] = with_ids(blocks)
    else:
        message.data["edited"] = {"user": BOT_USER, "ts": ws.new_ts()}
    message.warnings.clear()
    ws.touch()


async def _post_at(ws: Workspace, message: Message, at: float) -> None:
    await ws.clock.wait_until(at)
    message.data["ts"] = ws.new_ts()
    # A bot that was removed meanwhile fails without a word.
    if BOT_USER in ws.channels[message.channel].members and not ws.channels[message.channel].archived:
        ws.put(message)


def _written(call: Call, channel: Channel) -> Json:
    text, blocks, thread = call.text("text"), checked_blocks(call), call.text("thread_ts")
    if not text and not blocks and not call.parsed("attachments"):
        raise SlackError("no_text")
    # Slack documents that it cuts the text here; the older list of errors has this one, the stricter choice.
    if len(text) > POST_LIMIT:
        raise SlackError("msg_too_long")
    if thread and call.ws.message(channel.id, thread) is None:
        raise SlackError("thread_not_found")
    data = app_message(call.ws, text, blocks, thread_ts=thread, attachments=call.parsed("attachments"))
    _metadata(call, data)
    return data


def _metadata(call: Call, data: Json) -> None:
    metadata = call.parsed("metadata")
    if metadata is None:
        return
    if metadata == {}:
        data.pop("metadata", None)
        return
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    if not isinstance(metadata.get("event_type"), str) or set(metadata) != {"event_type", "event_payload"}:
        raise SlackError("invalid_metadata_schema")
    if len(str(metadata)) > MAX_METADATA:
        raise SlackError("metadata_too_large")
    data["metadata"] = metadata


def _own(call: Call, ts: str, refusal: str) -> Message:
    """Find a message that the app may change.

    That a bot outside a public channel cannot change its cards there is the strict reading; Slack's pages
    are silent.
    """
    channel = target(call, call.need("channel"))
    message = call.ws.message(channel.id, ts)
    if message is None or message.only_for:
        raise SlackError("message_not_found")
    if message.data.get("bot_id") != call.ws.bot_id:
        raise SlackError(refusal)
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    return message
