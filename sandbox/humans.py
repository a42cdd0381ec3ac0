"""What people do: type, click, submit, close, open Home, invite, archive."""

from collections.abc import Mapping
from typing import Any

from sandbox import acks, events, forms, payloads
from sandbox.deliver import Answer, Courier
from sandbox.state import BOT_USER, Channel, Form, Json, Message, Person, View, Workspace
from sandbox.typed import encode, escape


class HumanError(ValueError):
    """Something that a person could not do in Slack's client either."""


async def send(ws: Workspace, person: str, channel: str, text: str, thread_ts: str = "") -> Json:
    """Type a line: a message, or a command if it starts with a slash."""
    who, where = _who(ws, person), _where(ws, person, channel)
    if where.archived or who.id not in where.members or (where.is_im and ws.manifest.read_only_messages):
        raise HumanError(f"{who.real_name} cannot write in {where.name}.")
    if text.startswith("/"):
        return await _command(ws, who, where, text.strip(), thread_ts)
    data: Json = {
        "type": "message",
        "user": who.id,
        "text": encode(ws, who, text, labelled=False),
        "ts": ws.new_ts(),
        "team": ws.id,
    }
    message = ws.put(Message(data | ({"thread_ts": thread_ts} if thread_ts else {}), where.id))
    events.said(ws, where, message)
    return {"ts": message.ts}


async def click(  # noqa: PLR0913 - a click has a place, an element and what the client shows
    ws: Workspace,
    person: str,
    action_id: str,
    *,
    block_id: str | None = None,
    channel: str = "",
    ts: str = "",
    view: str = "",
    value: Any = None,  # noqa: ANN401 - a choice or a list of them
    form: Form | None = None,
    values: Mapping[str, Any] | None = None,
) -> Json:
    """Use an element of a message (`channel`, `ts`), a modal or Home (`view`: its id, "modal" or "home").

    `form` is everything the client shows after the change; without it the surface is as drawn, but for
    `values` and, in this element, `value`.
    """
    who = _who(ws, person)
    place = _message(ws, who, channel, ts) if ts else _view(ws, who, view)
    blocks = place.data.get("blocks", [])
    block, element = forms.find(blocks, action_id, block_id)
    shown = form if form is not None else forms.fill(blocks, values or {})
    if value is not None:
        shown = {**shown, forms.field(block, element): [value] if isinstance(value, str) else list(value)}
    if block["type"] == "input" and not block.get("dispatch_action"):
        return {"sent": False}
    suggested = ws.suggestions.get((who.id, action_id), [])
    chosen = shown.get(forms.field(block, element), [])
    state = forms.values(blocks, shown, _suggested(ws, who))
    action = forms.action(block, element, chosen, ws.new_ts(), suggested)
    return await _act(ws, who, place, state, action)


async def submit(ws: Workspace, person: str, form: Form | None = None, values: Mapping[str, Any] | None = None) -> Json:
    """Press Submit in the modal on top; the client checks its inputs first."""
    who = _who(ws, person)
    view = _view(ws, who, "modal")
    if not view.data["submit"]:
        raise HumanError("This modal has no Submit.")
    blocks = view.data["blocks"]
    shown = form if form is not None else forms.fill(blocks, values or {})
    view.form, view.trouble = shown, None
    view.errors = forms.mistakes(blocks, shown)
    ws.touch()
    if view.errors:
        return {"sent": False, "errors": view.errors}
    state = forms.values(blocks, shown, _suggested(ws, who))
    payload = payloads.view_submission(ws, who, view, state)
    answer = await _courier(ws).send("interactive", "view_submission", payload)
    return _told(answer, acks.submission(ws, view, answer)) | {"errors": view.errors}


async def close(ws: Workspace, person: str, everything: bool = False) -> Json:  # noqa: FBT001, FBT002 - a JSON flag
    """Press Cancel, or with `everything` the X, which closes the whole stack."""
    who = _who(ws, person)
    view = _view(ws, who, "modal")
    root = ws.modals[who.id][0]
    everything = everything or view.data["clear_on_close"]
    closed = root if everything else view
    if everything:
        ws.modals[who.id] = []
    acks.pop(ws, view)
    if closed.data["notify_on_close"]:
        payload = payloads.view_closed(ws, who, closed, cleared=everything)
        await _courier(ws).send("interactive", "view_closed", payload)
    return {}


async def open_home(ws: Workspace, person: str, tab: str = "home") -> Json:
    """Open the app's Home or its messages."""
    who = _who(ws, person)
    if tab == "home" and not ws.manifest.home_tab:
        raise HumanError("This app has no Home tab.")
    events.home_opened(ws, who, tab)
    return {}


async def shortcut(ws: Workspace, person: str, callback_id: str, channel: str = "", ts: str = "") -> Json:
    """Choose a shortcut; with `channel` and `ts` it is one in a message's menu."""
    who, kind = _who(ws, person), "message" if ts else "global"
    if not any(one["callback_id"] == callback_id and one["type"] == kind for one in ws.manifest.shortcuts):
        raise HumanError(f"The app has no {kind} shortcut {callback_id}.")
    payload = (
        payloads.message_shortcut(ws, who, _message(ws, who, channel, ts), callback_id)
        if ts
        else payloads.global_shortcut(ws, who, callback_id)
    )
    answer = await _courier(ws).send("interactive", payload["type"], payload)
    wrong = acks.action(answer)
    if wrong:
        ws.toasts[who.id] = wrong
        ws.touch()
    return _told(answer, wrong)


async def suggest(ws: Workspace, person: str, action_id: str, typed: str, view: str = "modal") -> Json:
    """Type into an external select of a view; give the options that the bot offers."""
    who = _who(ws, person)
    surface = _view(ws, who, view)
    block, element = forms.find(surface.data["blocks"], action_id)
    place = {"container": {"type": "view", "view_id": surface.id}, "view": surface.data}
    named = {**element, "block_id": block["block_id"]}
    payload = payloads.suggestion(ws, who, place, named, typed)
    answer = await _courier(ws).send("interactive", "block_suggestion", payload)
    sent = answer.json or {}
    groups: list[Json] = sent.get("option_groups", [])
    offered = [*sent.get("options", []), *(one for group in groups for one in group["options"])]
    ws.suggestions[(who.id, action_id)] = offered
    ws.touch()
    return {"options": offered, "delivered": answer.ok}


async def invite(ws: Workspace, channel: str, user: str = BOT_USER, person: str = "anna") -> Json:
    """Bring somebody, by default the bot, into a channel."""
    who, whom, where = _who(ws, person), _member(ws, user), _where(ws, person, channel)
    if whom.id in where.members or where.is_im or where.archived:
        raise HumanError(f"{whom.real_name} cannot be invited to {where.name}.")
    where.members.add(whom.id)
    _line(ws, where, whom.id, "channel_join", "has joined the channel")
    events.joined(ws, where, whom.id, inviter=who.id)
    return {}


async def kick(ws: Workspace, channel: str, user: str = BOT_USER) -> Json:
    """Remove somebody, by default the bot, from a channel."""
    whom, where = _member(ws, user), _channel(ws, channel)
    if whom.id not in where.members or where.is_im:
        raise HumanError(f"{whom.real_name} cannot be removed from {where.name}.")
    where.members.discard(whom.id)
    _line(ws, where, whom.id, "channel_leave", "has left the channel")
    events.left(ws, where, whom.id)
    return {}


async def archive(ws: Workspace, channel: str, person: str = "anna", archived: bool = True) -> Json:  # noqa: FBT001, FBT002 - a JSON flag
    """Archive a channel or bring it back."""
    who, where = _who(ws, person), _channel(ws, channel)
    if where.is_im or where.archived == archived:
        raise HumanError(f"{where.name} cannot be changed that way.")
    where.archived = archived
    ws.touch()
    events.archived(ws, where, who.id)
    return {}


async def uninstall(ws: Workspace) -> Json:
    """Remove the app from the workspace; its token is dead from now on."""
    events.uninstalled(ws)
    ws.installed = False
    for channel in ws.channels.values():
        if not channel.is_im:
            channel.members.discard(BOT_USER)
    ws.touch()
    return {}


async def install(ws: Workspace) -> Json:
    """Bring the app back, with the same token; people have to invite it again."""
    ws.installed = True
    ws.touch()
    return {}


async def _command(ws: Workspace, who: Person, where: Channel, typed: str, thread_ts: str) -> Json:
    name, _, text = typed.partition(" ")
    if name in _BUILT_IN and not thread_ts:
        return await _BUILT_IN[name](ws, where.id, _member(ws, text.strip()).id)
    known = ws.manifest.commands.get(name) if ws.installed else None
    if thread_ts and known:
        ws.slackbot(who.id, where.id, f"`{name}` is not supported in threads. Sorry!", thread_ts)
        return {"sent": False}
    if known is None:
        ws.slackbot(who.id, where.id, f"`{escape(name)}` is not a valid command.", thread_ts)
        return {"sent": False}
    if known.get("should_escape"):
        text = encode(ws, who, text, labelled=True)
    payload = payloads.command(ws, who, where, name, text.strip())
    answer = await _courier(ws).send("slash_commands", name, payload)
    hook = ws.hooks[payload["response_url"].rpartition("/")[2]]
    return _told(answer, acks.command(ws, hook, who, escape(typed), answer))


_BUILT_IN = {"/invite": invite, "/remove": kick}
"""Commands of Slack's own that need the app's name, as its own hints say."""


async def _act(ws: Workspace, who: Person, place: Message | View, state: Json, action: Json) -> Json:
    if not ws.manifest.interactive:
        raise HumanError("The app's interactivity is off.")
    payload = (
        payloads.message_actions(ws, who, place, state, action)
        if isinstance(place, Message)
        else payloads.view_actions(ws, who, place, state, action)
    )
    answer = await _courier(ws).send("interactive", "block_actions", payload)
    wrong = acks.action(answer)
    if isinstance(place, View):
        place.trouble = wrong
    elif wrong:
        place.warnings[who.id] = wrong
    else:
        place.warnings.pop(who.id, None)
    ws.touch()
    return _told(answer, wrong)


def _told(answer: Answer, wrong: str | None) -> Json:
    return {"sent": True, "status": answer.status, "took_ms": answer.took_ms, "failed": wrong}


def _suggested(ws: Workspace, who: Person) -> list[Json]:
    return [one for (user, _), options in ws.suggestions.items() if user == who.id for one in options]


def _line(ws: Workspace, where: Channel, user: str, subtype: str, text: str) -> None:
    data = {"type": "message", "subtype": subtype, "user": user, "text": f"<@{user}> {text}"}
    ws.put(Message(data | {"ts": ws.new_ts(), "team": ws.id}, where.id))


def _courier(ws: Workspace) -> Courier:
    if ws.courier is None:
        raise HumanError("No bot is connected.")
    return ws.courier


def _member(ws: Workspace, ref: str) -> Person:
    found = ws.person(ref)
    if found is None:
        raise HumanError(f"There is nobody called {ref}.")
    return found


def _who(ws: Workspace, ref: str) -> Person:
    found = _member(ws, ref)
    if found.is_bot:
        raise HumanError("The bot is not a person.")
    return found


def _channel(ws: Workspace, ref: str) -> Channel:
    found = ws.channel(ref)
    if found is None:
        raise HumanError(f"There is no channel {ref}.")
    return found


def _where(ws: Workspace, person: str, ref: str) -> Channel:
    """Find a channel as a person sees it; "dm" is their own direct message with the bot."""
    who = _who(ws, person)
    found = ws.im(who.id) if ref == "dm" else _channel(ws, ref)
    if found not in ws.visible(who.id):
        raise HumanError(f"{who.real_name} cannot see {ref}.")
    return found


def _message(ws: Workspace, who: Person, channel: str, ts: str) -> Message:
    message = ws.message(_where(ws, who.id, channel).id, ts)
    if message is None or message.only_for not in (None, who.id):
        raise HumanError("That message is not there (any more).")
    return message


def _view(ws: Workspace, who: Person, ref: str) -> View:
    named = {"home": ws.homes.get(who.id), "modal": ws.modal(who.id)}
    view = named.get(ref or "modal") if ref in ("", "home", "modal") else ws.view(ref)
    if view is None or view.user != who.id:
        raise HumanError("That view is not open.")
    return view
