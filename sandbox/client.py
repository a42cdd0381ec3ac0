"""Drives a sandbox over HTTP, as a test or a bench does: people, what they see, and what goes wrong."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

Json = dict[str, Any]
Form = dict[str, list[str]]
_T = TypeVar("_T")


class SandboxError(Exception):
    """The sandbox refused something that a person could not do either."""


def words(surface: Any) -> str:  # noqa: ANN401 - a message, a view or any part of one
    """Give all text in a message or a view, a line each, for a test to look through."""
    return "\n".join(_texts(surface))


def elements(surface: Json) -> list[Json]:
    """List the interactive elements of a message or view, each with its block's id."""
    found = []
    for block in surface["data"].get("blocks", []):
        inner = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        found += [{**one, "block_id": block["block_id"]} for one in inner if one and "action_id" in one]
    return found


class SandboxClient:
    """The sandbox at an address; one `person` is one client that keeps its own ticks and typed text."""

    def __init__(self, base_url: str, timeout: float = 30) -> None:
        self.base_url = base_url
        self._address = urlsplit(base_url).netloc
        self._timeout = timeout
        self._people: dict[str, PersonClient] = {}

    def person(self, name: str) -> "PersonClient":
        """Give a person's client, always the same one."""
        return self._people.setdefault(name, PersonClient(self, name))

    def second_device(self, name: str) -> "PersonClient":
        """Give another client of the same person, which shares no ticks with the first."""
        return PersonClient(self, name)

    def do(self, action: str, **arguments: object) -> Json:
        """Do one control action."""
        return self._call("POST", f"/control/{action}", json.dumps(arguments))

    def state(self, **query: str) -> Json:
        """Read the workspace as one person sees it."""
        return self._call("GET", "/control/state?" + urlencode(query))

    def until(self, look: Callable[[], _T], timeout: float = 10) -> _T:
        """Look again at every change until there is something to see; give it."""
        deadline = time.monotonic() + timeout
        while True:
            version = self.state()["version"]
            if found := look():
                return found
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"Nothing came within {timeout} s.")
            self._call("GET", f"/control/wait?since={version}&timeout={min(left, 1):.3f}")

    def traffic(self, name: str | None = None, direction: str | None = None) -> list[Json]:
        """List what went over the wire, oldest first."""
        listed: list[Json] = self.state(traffic="1")["traffic"]
        return [one for one in listed if name in (None, one["name"]) and direction in (None, one["direction"])]

    def fault(self, kind: str, method: str = "*", count: int | None = None, seconds: float = 30) -> None:
        """Switch a fault on."""
        self.do("fault", kind=kind, method=method, count=count, seconds=seconds)

    def clear_faults(self) -> None:
        """Switch every fault off."""
        self.do("clear_faults")

    def set_limits(self, enabled: bool) -> None:  # noqa: FBT001 - on or off is all there is
        """Switch the rate limits on or off."""
        self.do("set_limits", enabled=enabled)

    def set_scope(self, scope: str, *, granted: bool) -> None:
        """Tick or untick an optional scope."""
        self.do("set_scope", scope=scope, granted=granted)

    def advance(self, seconds: float) -> Json:
        """Move the clock ahead."""
        return self.do("advance", seconds=seconds)

    def invite_bot(self, channel: str) -> None:
        """Bring the bot into a channel."""
        self.do("invite", channel=channel)

    def kick_bot(self, channel: str) -> None:
        """Remove the bot from a channel."""
        self.do("kick", channel=channel)

    def archive(self, channel: str, *, archived: bool = True) -> None:
        """Archive a channel, or bring it back."""
        self.do("archive", channel=channel, archived=archived)

    def _call(self, verb: str, path: str, body: str | None = None) -> Json:
        with closing(HTTPConnection(self._address, timeout=self._timeout)) as connection:
            connection.request(verb, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            read = response.read().decode()
        if response.status != 200:  # noqa: PLR2004
            raise SandboxError(f"{response.status} {read}")
        answer: Json = json.loads(read)
        return answer


class PersonClient:
    """One person's Slack window.

    Ticks and typed text live here. As in Slack, what was changed in an element stays while its block_id and
    action_id stay; a new block_id shows what the app drew.
    """

    def __init__(self, sandbox: SandboxClient, name: str) -> None:
        self._sandbox = sandbox
        self.name = name
        self._local: dict[str, Form] = {}

    def send(self, channel: str, text: str, thread_ts: str = "") -> Json:
        """Type a line; "dm" is the direct message with the bot."""
        return self._do("send", channel=channel, text=text, thread_ts=thread_ts)

    def command(self, channel: str, text: str) -> Json:
        """Type a slash command."""
        return self.send(channel, text)

    def messages(self, channel: str, thread: str | None = None) -> list[Json]:
        """List what this person sees in a channel, oldest first."""
        where = {"channel": channel} | ({"thread": thread} if thread else {})
        found: list[Json] = self._state(**where)["messages"]
        return found

    def message(self, channel: str, containing: str, timeout: float = 10) -> Json:
        """Wait for a message that contains some text; give the newest one."""

        def look() -> Json | None:
            seen = self.messages(channel)
            return next((one for one in reversed(seen) if containing in words(one["data"])), None)

        found = self._sandbox.until(look, timeout)
        if found is None:
            raise TimeoutError(containing)
        return found

    def modal(self) -> Json | None:
        """Give the modal on top, None if none is open."""
        stack = self._state()["modals"]
        return stack[-1] if stack else None

    def opened(self, containing: str = "", timeout: float = 10) -> Json:
        """Wait for a modal that contains some text."""

        def look() -> Json | None:
            modal = self.modal()
            return modal if modal and containing in words(modal["data"]) else None

        found = self._sandbox.until(look, timeout)
        if found is None:
            raise TimeoutError(containing)
        return found

    def home(self) -> Json | None:
        """Give the Home tab as last published."""
        found: Json | None = self._state()["home"]
        return found

    def form(self, surface: Json) -> Form:
        """Give what this client shows in a surface: what was drawn, and over it what was changed here."""
        drawn: Form = surface["form"]
        local = self._local.get(_key(surface), {})
        return drawn | {name: held for name, held in local.items() if name in drawn}

    def click(
        self, surface: Json, action_id: str, block_id: str | None = None, value: str | list[str] | None = None
    ) -> Json:
        """Use a button, or choose a value in a select, a menu or a date."""
        place = _place(surface)
        form = self.form(surface)
        field = _field(surface, action_id, block_id)
        if value is not None and field in form:
            form[field] = [value] if isinstance(value, str) else list(value)
            self._local.setdefault(_key(surface), {})[field] = form[field]
            value = None
        return self._do("click", action_id=action_id, block_id=field.split("::")[0], form=form, value=value, **place)

    def tick(self, surface: Json, action_id: str, block_id: str | None = None, value: str | None = None) -> Json:
        """Click one box: ticked becomes unticked and the other way round, as this client shows it."""
        field = _field(surface, action_id, block_id)
        boxes = next(e for e in elements(surface) if f"{e['block_id']}::{e['action_id']}" == field)
        chosen = value or boxes["options"][0]["value"]
        held = self.form(surface)[field]
        now = [one for one in held if one != chosen] if chosen in held else [*held, chosen]
        return self.click(surface, action_id, field.split("::")[0], now)

    def submit(self, values: Mapping[str, Any] | None = None) -> Json:
        """Fill in fields, named by block id, action id or both, and press Submit."""
        modal = self.modal()
        if modal is None:
            raise SandboxError("No modal is open.")
        local = {name: held for name, held in self.form(modal).items() if held != modal["form"][name]}
        return self._do("submit", values={**local, **(values or {})})

    def cancel(self) -> None:
        """Press Cancel."""
        self._do("close")

    def close_all(self) -> None:
        """Press the X."""
        self._do("close", everything=True)

    def open_home(self) -> None:
        """Open the app's Home tab."""
        self._do("open_home")

    def shortcut(self, callback_id: str, message: Json | None = None) -> Json:
        """Choose a shortcut, of a message if one is given."""
        place = _place(message) if message else {}
        return self._do("shortcut", callback_id=callback_id, **place)

    def _do(self, action: str, **arguments: object) -> Json:
        return self._sandbox.do(action, person=self.name, **arguments)

    def _state(self, **query: str) -> Json:
        return self._sandbox.state(person=self.name, **query)


def _key(surface: Json) -> str:
    return str(surface["data"].get("id") or f"{surface['channel']}/{surface['data']['ts']}")


def _place(surface: Json) -> Json:
    data = surface["data"]
    return {"view": data["id"]} if "id" in data else {"channel": surface["channel"], "ts": data["ts"]}


def _field(surface: Json, action_id: str, block_id: str | None) -> str:
    found = [
        f"{one['block_id']}::{one['action_id']}"
        for one in elements(surface)
        if one["action_id"] == action_id and block_id in (None, one["block_id"])
    ]
    if len(found) != 1:
        there = ", ".join(f"{one['block_id']}::{one['action_id']}" for one in elements(surface))
        raise SandboxError(f"{len(found)} elements are {block_id or '*'}::{action_id}; there are: {there}")
    return found[0]


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if isinstance(one, str) and key in ("text", "initial_value"):
                yield one
            elif key not in ("confirm", "metadata"):
                yield from _texts(one)
