"""What the bot's answer to a request does in the workspace."""

from collections.abc import Callable

from sandbox import views
from sandbox.deliver import Answer
from sandbox.hooks import refusal, show
from sandbox.state import Channel, Hook, Json, Message, Person, View, Workspace

TROUBLE = "We had some trouble connecting. Try again?"


def command(ws: Workspace, hook: Hook, person: Person, typed: str, answer: Answer) -> str | None:
    """Show the answer to a slash command; give the reason if the person is told that it failed."""
    name = typed.partition(" ")[0]
    sent: Json = answer.json or {"text": answer.body.strip()}
    wrong = _command_failure(answer, sent)
    if wrong:
        text = (
            f"`{name}` failed because the app did not respond."
            if wrong == "operation_timeout"
            else f'`{name}` failed with the error "{wrong}".'
        )
        ws.slackbot(person.id, hook.channel, text)
        return wrong
    if sent.get("response_type") == "in_channel":
        # Only the first answer can make the command itself visible to everyone.
        _typed_line(ws, person, ws.channels[hook.channel], typed)
    if sent.get("text") or sent.get("blocks"):
        show(ws, hook, sent)
    return None


def action(answer: Answer) -> str | None:
    """Give what the person is told about a click, None if it worked: its answer must be empty."""
    if not answer.ok:
        return "This app did not respond. Please try again."
    return TROUBLE if answer.body.strip() else None


def submission(ws: Workspace, view: View, answer: Answer) -> str | None:
    """Do what the answer to view_submission says; give the reason if the person sees trouble."""
    sent = answer.json or {}
    wrong = None if answer.ok else answer.reason
    if not wrong and answer.body.strip() not in ("", "{}"):
        wrong = _respond(ws, view, sent)
    elif not wrong:
        pop(ws, view)
    if wrong:
        view.trouble = TROUBLE
    ws.touch()
    return wrong


def pop(ws: Workspace, view: View) -> None:
    """Close one view; the one below shows again."""
    stack = ws.modals.get(view.user, [])
    ws.modals[view.user] = [one for one in stack if one is not view]
    ws.touch()


def _command_failure(answer: Answer, sent: Json) -> str | None:
    if answer.reason == "http_timeout":
        return "operation_timeout"
    if not answer.ok:
        return "dispatch_failed"
    if not answer.body.strip() or sent == {"response_type": "in_channel"}:
        return None
    return refusal(sent) if sent.get("blocks") else None


def _typed_line(ws: Workspace, person: Person, channel: Channel, typed: str) -> None:
    data = {"type": "message", "user": person.id, "text": typed, "ts": ws.new_ts(), "team": ws.id}
    ws.put(Message(data, channel.id))


def _respond(ws: Workspace, view: View, sent: Json) -> str | None:
    if view not in ws.modals.get(view.user, []):
        return None
    respond = _RESPONSES.get(sent.get("response_action", ""))
    return respond(ws, view, sent) if respond else "invalid_response_action"


def _clear(ws: Workspace, view: View, _sent: Json) -> None:
    ws.modals[view.user] = []


def _update(ws: Workspace, view: View, sent: Json) -> str | None:
    if errors := views.view_errors(sent.get("view"), "modal"):
        return "; ".join(errors)
    views.redraw(ws, view, sent["view"])
    return None


def _push(ws: Workspace, view: View, sent: Json) -> str | None:
    if errors := views.view_errors(sent.get("view"), "modal"):
        return "; ".join(errors)
    if len(ws.modals[view.user]) >= views.MOST_VIEWS:
        return "push_limit_reached"
    views.push_onto(ws, view.user, views.build(ws, sent["view"], view.user))
    return None


def _errors(_ws: Workspace, view: View, sent: Json) -> str | None:
    """Put errors under inputs; one that names no input block makes Slack show a connection error."""
    errors = sent.get("errors")
    inputs = {block["block_id"] for block in view.data["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        return "invalid_errors"
    view.errors = {block_id: str(text) for block_id, text in errors.items()}
    return None


_RESPONSES: dict[str, Callable[[Workspace, View, Json], str | None]] = {
    "clear": _clear,
    "errors": _errors,
    "push": _push,
    "update": _update,
}
