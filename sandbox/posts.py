"""What the page's forms and buttons do when they are pressed."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import Response

from sandbox import control, forms, humans
from sandbox.faults import DELIVERY_KINDS
from sandbox.records import Form, Json
from sandbox.state import Person, Workspace

SWITCHED_ON = "on"
_BUILT_IN = re.compile(r"/(invite|remove|kick)\s+(@?\S+)")


@dataclass(frozen=True)
class Press:
    """One thing that a person did on the page: the address it went to, and the form it stood in."""

    ws: Workspace
    who: Person
    query: QueryParams
    form: FormData

    def text(self, name: str) -> str:
        """Give a value of the address, or of the form where the address has none."""
        return str(self.query.get(name) or self.form.get(name) or "")

    def shown(self, blocks: list[Json]) -> Form:
        """Give everything that the form's elements show; the blocks say which there are."""
        named = [forms.field(block, element) for block, element in forms.elements(blocks)]
        return {name: [str(value) for value in self.form.getlist(name)] for name in named}


async def answer(request: Request) -> Response:
    """Do what POST /ui/{deed} says; the effect arrives over the stream, a refusal as a line on the page."""
    ws: Workspace = request.app.state.workspace
    who = ws.person(request.query_params.get("as", ""))
    deed = DEEDS.get(request.path_params["deed"])
    if deed is None or who is None or who.is_bot:
        return Response(status_code=404)
    async with request.form(max_fields=5000) as form:
        try:
            await deed(Press(ws, who, request.query_params, form))
        except ValueError as error:
            _say(ws, who, str(error))
            return Response(status_code=409)
    return Response(status_code=204)


def _say(ws: Workspace, who: Person, text: str) -> None:
    ws.toasts[who.id] = text
    ws.touch()


async def _send(press: Press) -> None:
    text = press.text("text").replace("\r\n", "\n").strip()
    if built_in := _BUILT_IN.fullmatch(text):
        await _member(press, *built_in.groups())
    elif text:
        await humans.send(press.ws, press.who.id, press.text("channel"), text, press.text("thread"))


async def _member(press: Press, deed: str, name: str) -> None:
    """Do what Slack's own /invite and /remove do."""
    if deed == "invite":
        await humans.invite(press.ws, press.text("channel"), name, press.who.id)
    else:
        await humans.kick(press.ws, press.text("channel"), name)


async def _act(press: Press) -> None:
    blocks = _blocks(press)
    shown = press.shown(blocks)
    if value := press.query.get("value"):
        shown[f"{press.query['block']}::{press.query['action']}"] = [value]
    await humans.click(
        press.ws,
        press.who.id,
        press.query["action"],
        block_id=press.query["block"],
        channel=press.query.get("channel", ""),
        ts=press.query.get("ts", ""),
        view=press.query.get("view", ""),
        form=shown,
    )


def _blocks(press: Press) -> list[Json]:
    """Find the blocks of the surface that was used; one that is gone is refused in words."""
    ts, view_id = press.query.get("ts", ""), press.query.get("view", "")
    found = press.ws.message(press.query.get("channel", ""), ts) if ts else press.ws.view(view_id)
    if found is None:
        raise humans.HumanError("That is not there (any more).")
    blocks: list[Json] = found.data.get("blocks", [])
    return blocks


async def _submit(press: Press) -> None:
    view = press.ws.modal(press.who.id)
    # A second press may arrive when the first has closed the modal and another one shows.
    if view and view.id == press.query.get("view"):
        await humans.submit(press.ws, press.who.id, press.shown(view.data["blocks"]))


async def _close(press: Press) -> None:
    view = press.ws.modal(press.who.id)
    if view and view.id == press.query.get("view"):
        await humans.close(press.ws, press.who.id, everything=bool(press.text("all")))


async def _suggest(press: Press) -> None:
    await humans.suggest(
        press.ws, press.who.id, press.query["action"], press.text("typed"), press.query.get("view", "")
    )


async def _home(press: Press) -> None:
    await humans.open_home(press.ws, press.who.id, press.text("tab") or "home")


async def _shortcut(press: Press) -> None:
    named = (press.text("callback"), press.text("channel"), press.text("ts"))
    await humans.shortcut(press.ws, press.who.id, *named)


async def _bot(press: Press) -> None:
    await _member(press, press.text("do"), press.ws.bot.id)


async def _channel(press: Press) -> None:
    archived = press.text("do") == "archive"
    await humans.archive(press.ws, press.text("channel"), press.who.id, archived=archived)


async def _hide(press: Press) -> None:
    message = press.ws.message(press.text("channel"), press.text("ts"))
    if message and message.only_for == press.who.id:
        press.ws.remove(message)


async def _dismiss(press: Press) -> None:
    if press.text("what") == "notice":
        press.ws.notice = None
    await control.dismiss(press.ws, press.who.id)


async def _fault(press: Press) -> None:
    kind, method = press.text("kind"), press.text("method") or "*"
    # A delivery is named after its event or action, not after a method that the bot calls.
    method = "*" if kind in DELIVERY_KINDS else method
    if kind not in press.form.getlist(SWITCHED_ON):
        for one in [fault for fault in press.ws.faults.on if fault.kind == kind]:
            await control.clear_faults(press.ws, kind, one.method)
        return
    count = press.text("count")
    seconds = 5 if kind in ("slow", "ratelimited") else 30
    await control.fault(press.ws, kind, method, int(count) if count.isdecimal() else None, seconds)


async def _app(press: Press) -> None:
    if press.text("do") == "uninstall":
        await humans.uninstall(press.ws)
    else:
        await humans.install(press.ws)


async def _limits(press: Press) -> None:
    await control.set_limits(press.ws, enabled="limits" in press.form)


async def _scope(press: Press) -> None:
    scope = press.text("scope")
    await control.set_scope(press.ws, scope, granted=scope in press.form.getlist("granted"))


async def _clock(press: Press) -> None:
    done = await control.advance(press.ws, float(press.text("seconds")))
    if told := done["tick"]:
        _say(press.ws, press.who, f"aipm tick: {told}")


Deed = Callable[[Press], Awaitable[None]]
DEEDS: dict[str, Deed] = {
    "send": _send,
    "act": _act,
    "submit": _submit,
    "close": _close,
    "suggest": _suggest,
    "home": _home,
    "shortcut": _shortcut,
    "bot": _bot,
    "channel": _channel,
    "hide": _hide,
    "dismiss": _dismiss,
    "fault": _fault,
    "app": _app,
    "limits": _limits,
    "scope": _scope,
    "clock": _clock,
}
