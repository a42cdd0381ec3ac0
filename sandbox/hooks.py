"""response_url: five answers within thirty minutes, without a token."""

import json

from starlette.requests import Request
from starlette.responses import Response

from sandbox.chat import app_message, block_errors, rewrite
from sandbox.state import Hook, Json, Message, Workspace
from sandbox.wire import Outcome, carry_out


async def answer(request: Request) -> Response:
    """Take one answer of the bot at /hooks/{id}."""
    ws: Workspace = request.app.state.workspace
    hook = ws.hooks.get(request.path_params["hook_id"])
    try:
        sent = json.loads(await request.body())
    except json.JSONDecodeError:
        sent = None
    return await carry_out(request, "response_url", sent, lambda: _answer(ws, hook, sent))


def show(ws: Workspace, hook: Hook, sent: Json, thread_ts: str = "") -> None:
    """Post what an ack or a response_url says: to one person, or `in_channel` to everyone."""
    only_for = None if sent.get("response_type") == "in_channel" else hook.user
    data = app_message(ws, sent.get("text") or "", sent.get("blocks"), thread_ts=thread_ts)
    ws.put(Message(data, hook.channel, only_for=only_for))


def refusal(sent: object) -> str | None:
    """Say what Slack would refuse in such an answer, or None."""
    if not isinstance(sent, dict):
        return "invalid_payload"
    if sent.get("blocks") and block_errors(sent["blocks"]):
        return "invalid_blocks"
    return None if sent.get("text") or sent.get("blocks") or sent.get("delete_original") else "no_text"


def _answer(ws: Workspace, hook: Hook | None, sent: object) -> Outcome:
    if hook is None or hook.uses_left <= 0:
        return Outcome({"ok": False, "error": "used_url"}, 404)
    if ws.clock.now() > hook.expires:
        return Outcome({"ok": False, "error": "expired_url"}, 404)
    if wrong := refusal(sent):
        hints = block_errors(sent["blocks"]) if wrong == "invalid_blocks" and isinstance(sent, dict) else []
        return Outcome({"ok": False, "error": wrong, "messages": hints}, 400)
    if ws.channels[hook.channel].archived:
        return Outcome({"ok": False, "error": "channel_is_archived"}, 410)
    hook.uses_left -= 1
    return _carry(ws, hook, dict(sent) if isinstance(sent, dict) else {})


def _carry(ws: Workspace, hook: Hook, sent: Json) -> Outcome:
    """Replace, delete or post; a command's answer has no original that could be replaced."""
    origin = hook.origin
    there = origin is not None and origin in ws.messages.get(hook.channel, ())
    if origin and not there and (sent.get("replace_original") or sent.get("delete_original")):
        return Outcome({"ok": False, "error": "message_not_found"}, 404)
    if origin and sent.get("delete_original"):
        ws.remove(origin)
    elif origin and sent.get("replace_original"):
        rewrite(ws, origin, sent.get("text") or "", sent.get("blocks"))
    elif not sent.get("delete_original"):
        show(ws, hook, sent, sent.get("thread_ts") or "" if origin else "")
    return Outcome({"ok": True})
