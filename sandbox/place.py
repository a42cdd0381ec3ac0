"""Where a browser window is: the address says everything, so two windows are two people."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from sandbox.state import Channel, Message, Person, Workspace

PANELS = ("traffic", "faults", "clock")
PAGE = 30
"""How many messages show at first, and how many more each time."""


@dataclass(frozen=True)
class Place:
    """A window's state, as the query of its address."""

    who: str
    c: str
    thread: str = ""
    tab: str = "messages"
    panel: str = ""
    count: int = PAGE
    menu: str = ""

    def link(self, **changes: Any) -> str:  # noqa: ANN401 - any of the fields
        """Give the address of a place that differs from this one."""
        return f"/w?{replace(self, **changes).query()}"

    def query(self) -> str:
        """Give the query; what is as usual stays out of it."""
        usual = {"thread": "", "tab": "messages", "panel": "", "count": PAGE, "menu": ""}
        named = {"as": self.who, **{key: one for key, one in asdict(self).items() if key != "who"}}
        return urlencode({key: one for key, one in named.items() if one != usual.get(key)})

    def to(self, channel: str, tab: str = "messages") -> str:
        """Give the address of another channel for the same person."""
        return self.link(c=channel, tab=tab, thread="", count=PAGE, menu="")


def find_place(ws: Workspace, query: Mapping[str, str]) -> Place:
    """Read an address; what is not there, or not for this person, becomes the nearest that is."""
    who = _person(ws, query.get("as", ""))
    channel = _channel(ws, who, query)
    count = query.get("count", "")
    tab = "home" if channel.is_im and query.get("tab") == "home" and ws.manifest.home_tab else "messages"
    panel = query.get("panel", "")
    return Place(
        who=who.id,
        c=channel.id,
        thread=query.get("thread", "") if _message(ws, channel, query.get("thread", ""), who) else "",
        tab=tab,
        panel=panel if panel in PANELS else "",
        count=int(count) if count.isdecimal() and len(count) < 5 else PAGE,  # noqa: PLR2004
        menu="1" if query.get("menu") else "",
    )


def _person(ws: Workspace, ref: str) -> Person:
    found = ws.person(ref)
    if found is None or found.is_bot:
        return next(one for one in ws.people.values() if not one.is_bot)
    return found


def _channel(ws: Workspace, who: Person, query: Mapping[str, str]) -> Channel:
    if query.get("c") == "dm" or (query.get("tab") == "home" and not query.get("c")):
        return ws.im(who.id)
    visible = ws.visible(who.id)
    found = ws.channel(query.get("c", ""))
    # Somebody else's direct message, kept in the address while changing person, becomes one's own.
    if found is None or (found not in visible and not found.is_im):
        return visible[0]
    return found if found in visible else ws.im(who.id)


def _message(ws: Workspace, channel: Channel, ts: str, who: Person) -> Message | None:
    found = ws.message(channel.id, ts) if ts else None
    return None if found is None or found.only_for not in (None, who.id) else found
