"""The conversations.*, users.*, team.*, auth.* and assistant.* methods."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sandbox import events
from sandbox.chat import target
from sandbox.state import BOT_USER, Channel, Json, Message, Person, Workspace
from sandbox.webapi import Call, SlackError, invalid, method

MOST_PROMPTS = 4
_T = TypeVar("_T")


@method("api.test")
def api_test(call: Call) -> Json:
    """Say hello."""
    return {"args": call.args}


@method("auth.test")
def auth_test(call: Call) -> Json:
    """Say who the token is."""
    ws = call.ws
    return {
        "url": f"https://{ws.domain}.slack.com/",
        "team": ws.name,
        "user": ws.bot.name,
        "team_id": ws.id,
        "user_id": ws.bot.id,
        "bot_id": ws.bot_id,
        "is_enterprise_install": False,
    }


@method("team.info", scope="team:read", tier=3)
def team_info(call: Call) -> Json:
    """Describe the workspace."""
    ws = call.ws
    return {"team": {"id": ws.id, "name": ws.name, "domain": ws.domain, "email_domain": ""}}


@method("users.info", scope="users:read", tier=4)
def users_info(call: Call) -> Json:
    """Describe one person."""
    person = call.ws.people.get(call.need("user"))
    if person is None:
        raise SlackError("user_not_found")
    return {"user": user_json(call.ws, person)}


@method("users.list", scope="users:read", tier=2)
def users_list(call: Call) -> Json:
    """List everybody."""
    people, metadata = _page(call, list(call.ws.people.values()))
    return {"members": [user_json(call.ws, person) for person in people], **metadata}


@method("conversations.info", tier=3)
def info(call: Call) -> Json:
    """Describe one channel."""
    channel = _readable(call, "read")
    return {"channel": channel_json(channel, call.flag("include_num_members"))}


@method("conversations.members", tier=4)
def members(call: Call) -> Json:
    """List who is in a channel."""
    found, metadata = _page(call, sorted(_readable(call, "read").members))
    return {"members": found, **metadata}


@method("conversations.list", tier=2)
def list_channels(call: Call) -> Json:
    """List the channels that the bot may know of."""
    kinds = call.text("types", "public_channel").replace(" ", "").split(",")
    found = []
    for channel in call.ws.channels.values():
        hidden = (channel.is_private or channel.is_im) and BOT_USER not in channel.members
        left_out = channel.archived and call.flag("exclude_archived")
        if _kind(channel) in kinds and not hidden and not left_out:
            found.append(channel)
    for kind in kinds:
        call.require(_SCOPES.get(kind, "mpim") + ":read")
    page, metadata = _page(call, found)
    return {"channels": [channel_json(channel) for channel in page], **metadata}


@method("conversations.open", scope="im:write", tier=3)
def open_im(call: Call) -> Json:
    """Give the direct message with a person."""
    if given := call.text("channel"):
        return {"channel": {"id": target(call, given).id}}
    users = call.need("users").split(",")
    person = call.ws.people.get(users[0])
    if person is None or len(users) != 1:
        raise SlackError("user_not_found" if person is None else "not_enough_users")
    if person.is_bot:
        raise SlackError("cannot_dm_bot")
    return {"channel": {"id": call.ws.im(person.id).id}, "no_op": True, "already_open": True}


@method("conversations.join", scope="channels:join", tier=3)
def join(call: Call) -> Json:
    """Let the bot into a public channel."""
    channel = target(call, call.need("channel"))
    if channel.is_private or channel.is_im:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    if BOT_USER in channel.members:
        return {"channel": channel_json(channel), "warning": "already_in_channel"}
    channel.members.add(BOT_USER)
    call.ws.touch()
    events.joined(call.ws, channel, BOT_USER)
    return {"channel": channel_json(channel)}


@method("conversations.history", tier=3)
def history(call: Call) -> Json:
    """Read a channel, newest first, without replies and ephemerals."""
    channel = _within(call)
    found = [m for m in call.ws.messages.get(channel.id, ()) if not m.only_for and not m.thread_ts]
    page, metadata = _page(call, _between(call, found)[::-1], "messages")
    return {"messages": _shown(call, page), **metadata}


@method("conversations.replies", tier=3)
def replies(call: Call) -> Json:
    """Read a thread, its parent first."""
    channel, ts = _within(call), call.need("ts")
    parent = call.ws.message(channel.id, ts)
    if parent is None or parent.only_for:
        raise SlackError("thread_not_found")
    listed = [m for m in call.ws.messages[channel.id] if not m.only_for and m.thread_ts == parent.ts]
    page, metadata = _page(call, [parent, *_between(call, listed)], "messages")
    return {"messages": _shown(call, page), **metadata}


@method("assistant.threads.setSuggestedPrompts", scope="assistant:write", tier=3)
def set_prompts(call: Call) -> Json:
    """Offer prompts in a direct message; an agent's call that names a thread silently does nothing."""
    channel, prompts = target(call, call.need("channel_id")), call.parsed("prompts")
    if not isinstance(prompts, list) or len(prompts) > MOST_PROMPTS:
        raise invalid("prompts must be a list of at most 4")
    if not (call.text("thread_ts") and call.ws.manifest.agent_view):
        call.ws.prompts[channel.id] = prompts
        call.ws.touch()
    return {}


def user_json(ws: Workspace, person: Person) -> Json:
    """Describe a person in the API's shape."""
    profile = {"real_name": person.real_name, "display_name": person.name, "team": ws.id}
    return {
        "id": person.id,
        "team_id": ws.id,
        "name": person.name,
        "deleted": False,
        "real_name": person.real_name,
        "tz": person.tz,
        "profile": profile,
        "is_bot": person.is_bot,
        "is_admin": person.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_app_user": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
    }


def channel_json(channel: Channel, with_count: bool = False) -> Json:  # noqa: FBT001, FBT002 - Slack's own flag
    """Describe a channel in the API's shape."""
    if channel.is_im:
        return {"id": channel.id, "is_im": True, "user": channel.partner, "is_archived": False}
    data: Json = {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.archived,
        "is_general": channel.name == "general",
        "is_shared": False,
        "is_ext_shared": False,
        "is_member": BOT_USER in channel.members,
    }
    return data | ({"num_members": len(channel.members)} if with_count else {})


_SCOPES = {"public_channel": "channels", "private_channel": "groups", "im": "im"}


def _kind(channel: Channel) -> str:
    return "im" if channel.is_im else "private_channel" if channel.is_private else "public_channel"


def _readable(call: Call, verb: str) -> Channel:
    ref = call.need("channel")
    known = call.ws.channels.get(ref)
    call.require(f"{_SCOPES[_kind(known)] if known else 'channels'}:{verb}")
    return target(call, ref)


def _within(call: Call) -> Channel:
    channel = _readable(call, "history")
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _between(call: Call, messages: list[Message]) -> list[Message]:
    oldest, latest = call.number("oldest", 0), call.number("latest", float("inf"))
    ends = (oldest, latest) if call.flag("inclusive") else ()
    return [m for m in messages if oldest < float(m.ts) < latest or float(m.ts) in ends]


def _shown(call: Call, messages: Sequence[Message]) -> list[Json]:
    """Give messages as the history does: what stands in metadata only if it was asked for."""
    shown = []
    for message in messages:
        data = dict(message.data)
        if "metadata" in data and not call.flag("include_all_metadata"):
            data["metadata"] = {"event_type": data["metadata"]["event_type"]}
        shown.append(data)
    return shown


def _page(call: Call, found: Sequence[_T], of: str = "") -> tuple[Sequence[_T], dict[str, Any]]:
    cursor, limit = call.text("cursor", "0") or "0", int(call.number("limit", 100))
    if not cursor.isdigit():
        raise SlackError("invalid_cursor")
    start = int(cursor)
    if not 0 < limit <= 1000:  # noqa: PLR2004
        raise SlackError("invalid_limit")
    more = start + limit < len(found)
    following = {"response_metadata": {"next_cursor": str(start + limit) if more else ""}}
    return found[start : start + limit], following | ({"has_more": more} if of else {})
