"""What Slack sends the bot, in exactly Slack's shapes."""

import copy

from sandbox.state import Channel, Json, Message, Person, View, Workspace

VERIFICATION_TOKEN = "deprecated"  # noqa: S105 - the legacy field; nothing checks it


def channel_name(channel: Channel) -> str:
    """Give the name that payloads carry, which hides private ones."""
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name


def command(ws: Workspace, person: Person, channel: Channel, name: str, text: str) -> Json:
    """Make the form of a slash command."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": ws.id,
        "team_domain": ws.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": text,
        "api_app_id": ws.app_id,
        "is_enterprise_install": "false",
        "response_url": ws.new_hook(person.id, channel.id),
        "trigger_id": ws.new_trigger(person.id),
    }


def message_actions(ws: Workspace, person: Person, message: Message, state: Json, action: Json) -> Json:
    """Make block_actions for a click in a message; an ephemeral's own content is left out."""
    channel = ws.channels[message.channel]
    return {
        **_interaction(ws, person, "block_actions"),
        "container": message_container(message),
        "trigger_id": ws.new_trigger(person.id),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        **({} if message.only_for else {"message": copy.deepcopy(message.data)}),
        "state": {"values": state},
        "response_url": ws.new_hook(person.id, channel.id, message),
        "actions": [action],
    }


def view_actions(ws: Workspace, person: Person, view: View, state: Json, action: Json) -> Json:
    """Make block_actions for a click in a modal or on the Home tab."""
    modal = view.id if view.data["type"] == "modal" else None
    return {
        **_interaction(ws, person, "block_actions"),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": ws.new_trigger(person.id, modal),
        "view": _with_state(view, state),
        "actions": [action],
    }


def view_submission(ws: Workspace, person: Person, view: View, state: Json) -> Json:
    """Make view_submission."""
    return {
        **_interaction(ws, person, "view_submission"),
        "trigger_id": ws.new_trigger(person.id, view.id),
        "view": _with_state(view, state),
        "response_urls": _response_urls(ws, person, view, state),
    }


def view_closed(ws: Workspace, person: Person, view: View, *, cleared: bool) -> Json:
    """Make view_closed."""
    closed = {"view": copy.deepcopy(view.data), "is_cleared": cleared}
    return {**_interaction(ws, person, "view_closed"), **closed}


def message_shortcut(ws: Workspace, person: Person, message: Message, callback_id: str) -> Json:
    """Make message_action, for a shortcut in a message's menu."""
    channel = ws.channels[message.channel]
    return {
        **_interaction(ws, person, "message_action"),
        "action_ts": ws.new_ts(),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "callback_id": callback_id,
        "trigger_id": ws.new_trigger(person.id),
        "response_url": ws.new_hook(person.id, channel.id),
        "message_ts": message.ts,
        "message": copy.deepcopy(message.data),
    }


def global_shortcut(ws: Workspace, person: Person, callback_id: str) -> Json:
    """Make shortcut, for one from the search or the plus menu."""
    made = {"action_ts": ws.new_ts(), "callback_id": callback_id, "trigger_id": ws.new_trigger(person.id)}
    return {**_interaction(ws, person, "shortcut"), **made}


def suggestion(ws: Workspace, person: Person, place: Json, element: Json, typed: str) -> Json:
    """Make block_suggestion, for what is typed into an external select."""
    named = {"block_id": element["block_id"], "action_id": element["action_id"], "value": typed}
    return {**_interaction(ws, person, "block_suggestion"), **place, **named}


def event(ws: Workspace, body: Json) -> Json:
    """Wrap an event."""
    authorization = {
        "enterprise_id": None,
        "team_id": ws.id,
        "user_id": ws.bot.id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    ts = ws.new_ts()
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": ws.id,
        "context_team_id": ws.id,
        "context_enterprise_id": None,
        "api_app_id": ws.app_id,
        "event": {**body, "event_ts": body.get("event_ts", ts)},
        "type": "event_callback",
        "event_id": ws.new_id("Ev"),
        "event_time": int(float(ts)),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": ws.new_id("4-"),
    }


def message_container(message: Message) -> Json:
    """Say in which message something was clicked."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.only_for is not None,
    }
    return container | ({"thread_ts": message.thread_ts} if message.thread_ts else {})


def _interaction(ws: Workspace, person: Person, kind: str) -> Json:
    return {
        "type": kind,
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": ws.id},
        "api_app_id": ws.app_id,
        "token": VERIFICATION_TOKEN,
        "team": {"id": ws.id, "domain": ws.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _with_state(view: View, state: Json) -> Json:
    return {**copy.deepcopy(view.data), "state": {"values": state}}


def _response_urls(ws: Workspace, person: Person, view: View, state: Json) -> list[Json]:
    """Make one response_url for each input that asked for it and holds a channel."""
    made = []
    for block in view.data["blocks"]:
        element = block.get("element", {})
        if not element.get("response_url_enabled"):
            continue
        held = state[block["block_id"]][element["action_id"]]
        chosen = held.get("selected_conversation") or held.get("selected_channel")
        if chosen in ws.channels:
            named = {
                "block_id": block["block_id"],
                "action_id": element["action_id"],
                "channel_id": chosen,
            }
            made.append({**named, "response_url": ws.new_hook(person.id, chosen)})
    return made
