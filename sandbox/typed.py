"""What a person typed, as Slack's client sends it on: names resolved, links marked, the rest escaped."""

import re
from collections.abc import Iterable

from sandbox.state import Person, Workspace

_BROADCASTS = {"here", "channel", "everyone"}
_LINK = r"(?P<link>https?://(?:(?!&[lg]t;)\S)+(?<![.,;:!?)]))"


def escape(text: str) -> str:
    """Escape the three characters that Slack escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def encode(ws: Workspace, person: Person, text: str, *, labelled: bool) -> str:
    """Encode typed text; commands carry the name beside an id (`labelled`), messages do not."""
    people = {name.lower(): one.id for one in ws.people.values() for name in (one.name, one.real_name)}
    channels = {one.name: one for one in ws.visible(person.id) if not one.is_im}

    def mark(found: re.Match[str]) -> str:
        if link := found["link"]:
            return f"<{link}>"
        if name := found["channel"]:
            # The name of a private channel is left out, because not everyone may read it.
            label = "" if channels[name].is_private else name
            return f"<#{channels[name].id}|{label}>"
        named = found["person"].lower()
        if named in _BROADCASTS:
            return f"<!{named}>"
        return f"<@{people[named]}|{ws.people[people[named]].name}>" if labelled else f"<@{people[named]}>"

    names = _any_of([*people, *_BROADCASTS])
    mention = rf"(?<![\w@])@(?P<person>{names})(?!\w)|(?<!\w)#(?P<channel>{_any_of(channels)})(?![\w-])"
    return re.sub(f"{_LINK}|{mention}", mark, escape(text), flags=re.IGNORECASE)


def _any_of(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
