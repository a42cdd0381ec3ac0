"""The views.* methods and the rules for modals and Home."""

import json
import secrets
from typing import Literal

from bot.limits import problems
from sandbox.forms import with_ids
from sandbox.state import Json, Trigger, View, Workspace
from sandbox.webapi import Call, SlackError, invalid, method

MOST_VIEWS = 3
MOST_BYTES = 250_000
_GIVEN = ("title", "submit", "close", "private_metadata", "callback_id", "external_id")
_SWITCHES = ("clear_on_close", "notify_on_close", "submit_disabled")


def view_errors(view: object, surface: Literal["modal", "home"]) -> list[str]:
    """List what Slack refuses in a view, each with its place."""
    if not isinstance(view, dict) or view.get("type") != surface:
        return [f"must be a {surface} view [json-pointer:/view]"]
    return [f"{one.text} [json-pointer:/view{one.pointer}]" for one in problems(view, surface)]


def build(ws: Workspace, view: Json, user: str, view_id: str | None = None) -> View:
    """Make a view in the API's shape from what the app sent."""
    blocks = with_ids(view["blocks"])
    view_id = view_id or ws.new_id("V")
    data: Json = {
        "id": view_id,
        "team_id": ws.id,
        "type": view["type"],
        "blocks": blocks,
        **{key: view.get(key) for key in _GIVEN},
        "private_metadata": view.get("private_metadata", ""),
        "callback_id": view.get("callback_id", ""),
        "external_id": view.get("external_id", ""),
        "state": {"values": {}},
        "hash": new_hash(ws),
        **{key: bool(view.get(key, False)) for key in _SWITCHES},
        "previous_view_id": None,
        "root_view_id": view_id,
        "app_id": ws.app_id,
        "app_installed_team_id": ws.id,
        "bot_id": ws.bot_id,
    }
    return View(data, user)


def new_hash(ws: Workspace) -> str:
    """Make the mark of one drawing of a view."""
    return f"{int(ws.clock.now())}.{secrets.token_hex(4)}"


def push_onto(ws: Workspace, user: str, view: View) -> None:
    """Put a view on top of a person's stack."""
    stack = ws.modals.setdefault(user, [])
    if stack:
        view.data |= {"previous_view_id": stack[-1].id, "root_view_id": stack[0].id}
    stack.append(view)
    ws.touch()


def redraw(ws: Workspace, old: View, sent: Json) -> None:
    """Draw a view anew under its id; errors and trouble are gone, typed text stays with the client."""
    fresh = build(ws, sent, old.user, old.id)
    kept = ("previous_view_id", "root_view_id")
    old.data = fresh.data | {key: old.data[key] for key in kept}
    old.errors, old.trouble = {}, None
    ws.touch()


@method("views.open", tier=4)
def open_view(call: Call) -> Json:
    """Open a modal; the trigger is valid for three seconds, once."""
    sent = _checked(call, "modal")
    trigger = _trigger(call)
    view = build(call.ws, sent, trigger.user)
    call.ws.modals[trigger.user] = []
    push_onto(call.ws, trigger.user, view)
    return {"view": view.data}


@method("views.push", tier=4)
def push_view(call: Call) -> Json:
    """Push a modal onto the stack in which the click was."""
    sent = _checked(call, "modal")
    trigger = _trigger(call)
    stack = call.ws.modals.get(trigger.user, [])
    if trigger.view is None or not stack:
        raise SlackError("not_found")
    if len(stack) >= MOST_VIEWS:
        raise SlackError("push_limit_reached")
    view = build(call.ws, sent, trigger.user)
    push_onto(call.ws, trigger.user, view)
    return {"view": view.data}


@method("views.update", tier=4)
def update_view(call: Call) -> Json:
    """Draw an open modal anew."""
    sent = _checked(call, "modal", _external_view(call))
    view_id, external = call.text("view_id"), call.text("external_id")
    if not view_id and not external:
        raise invalid("missing required field: view_id")
    found = _external_view(call) if external else call.ws.view(view_id)
    if found is None or found.data["type"] != "modal":
        raise SlackError("not_found")
    _same_drawing(call, found)
    redraw(call.ws, found, sent)
    return {"view": found.data}


@method("views.publish", tier=4)
def publish(call: Call) -> Json:
    """Draw a person's Home."""
    ws, user = call.ws, call.need("user_id")
    if not ws.manifest.home_tab:
        raise SlackError("not_enabled")
    if user not in ws.people or ws.people[user].is_bot:
        raise SlackError("user_not_found")
    old = ws.homes.get(user)
    sent = _checked(call, "home", old)
    if old:
        _same_drawing(call, old)
        redraw(ws, old, sent)
    else:
        ws.homes[user] = build(ws, sent, user)
        ws.homes[user].data["title"] = {"type": "plain_text", "text": "View Title", "emoji": True}
    ws.touch()
    return {"view": ws.homes[user].data}


def _checked(call: Call, surface: Literal["modal", "home"], itself: View | None = None) -> Json:
    view = call.parsed("view")
    if errors := view_errors(view, surface):
        raise invalid(*errors)
    sent: Json = view
    if len(json.dumps(sent).encode()) > MOST_BYTES:
        raise SlackError("view_too_large")
    external = sent.get("external_id")
    if external and any(one.data["external_id"] == external for one in _others(call.ws, itself)):
        raise SlackError("duplicate_external_id")
    return sent


def _others(ws: Workspace, itself: View | None) -> list[View]:
    listed = [*ws.homes.values(), *(view for stack in ws.modals.values() for view in stack)]
    return [view for view in listed if view is not itself]


def _external_view(call: Call) -> View | None:
    external, view_id = call.text("external_id"), call.text("view_id")
    named = (view for view in _others(call.ws, None) if external and view.data["external_id"] == external)
    return next(named, None) or (call.ws.view(view_id) if view_id else None)


def _trigger(call: Call) -> Trigger:
    trigger = call.ws.triggers.get(call.need("trigger_id"))
    if trigger is None:
        raise SlackError("invalid_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if call.ws.clock.now() > trigger.expires:
        raise SlackError("expired_trigger_id")
    trigger.used = True
    return trigger


def _same_drawing(call: Call, view: View) -> None:
    given = call.text("hash")
    if given and given != view.data["hash"]:
        raise SlackError("hash_conflict")
