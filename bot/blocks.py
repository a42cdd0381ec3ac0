"""The words that views are written in; each function gives the exact JSON that Slack takes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NewType
from urllib.parse import urlsplit

Block = NewType("Block", dict[str, Any])
Element = NewType("Element", dict[str, Any])
Option = NewType("Option", dict[str, Any])
Confirm = NewType("Confirm", dict[str, Any])

FIELD = "form.field"
"""The action_id of every field of a form: its block names it."""

_LINES = 2800
# Also half letters (surrogates), which a client leaves where it cuts an emoji: they cannot be stored.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ud800-\udfff]")
# Overrides that reorder what follows them, and invisible letters: both make one name look like another.
# Joiners stay: words in some scripts, and families of emoji, are spelled with them.
_JOINERS = "\u200c\u200d \n\t"
_DECEITFUL = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069]")


@dataclass(frozen=True)
class Message:
    """A message; `text` is what notifications and screen readers get, so it carries the whole meaning."""

    text: str
    blocks: Sequence[Block]
    metadata: Mapping[str, Any] | None = None

    def payload(self) -> dict[str, Any]:
        """Give the JSON of chat.postMessage, without a channel."""
        body: dict[str, Any] = {"text": self.text, "blocks": list(self.blocks)}
        return body | ({"metadata": dict(self.metadata)} if self.metadata else {})


@dataclass(frozen=True)
class Modal:
    """A modal view; `submit` is needed as soon as there is an input."""

    title: str
    blocks: Sequence[Block]
    callback_id: str
    submit: str | None = None
    close: str = "Close"
    private_metadata: str = ""

    def payload(self) -> dict[str, Any]:
        """Give the view's JSON."""
        view: dict[str, Any] = {
            "type": "modal",
            "title": plain(self.title),
            "close": plain(self.close),
            "callback_id": self.callback_id,
            "private_metadata": self.private_metadata,
            "blocks": list(self.blocks),
        }
        return view | ({"submit": plain(self.submit)} if self.submit else {})


@dataclass(frozen=True)
class Home:
    """The Home tab of one person."""

    blocks: Sequence[Block] = field(default_factory=tuple)

    def payload(self) -> dict[str, Any]:
        """Give the view's JSON."""
        return {"type": "home", "blocks": list(self.blocks)}


def clean(text: str) -> str:
    """Drop what no reader can see: control characters, direction overrides, zero-width letters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = _DECEITFUL.sub("", _CONTROL.sub("", text)).strip()
    return kept if kept.strip(_JOINERS) else ""


def line(text: str) -> str:
    """Make one line of it."""
    return " ".join(clean(text).split())


def clip(text: str, limit: int) -> str:
    """Shorten to `limit` characters, with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def esc(text: str, limit: int = 2900) -> str:
    """Escape what a person wrote, cut to `limit` characters after escaping, never inside an entity.

    Slack's rule: `&`, `<` and `>` and nothing else. Without it `<!channel>` pings everyone.
    """
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if len(safe) <= limit:
        return safe
    cut = safe[: limit - 1]
    entity = cut.rfind("&", max(0, len(cut) - 4))
    return (cut[:entity] if entity >= 0 and ";" not in cut[entity:] else cut).rstrip() + "…"


def unescape(text: str) -> str:
    """Turn Slack's escaped text (commands, events) into what the person typed."""
    text = re.sub(r"<([@#])([A-Z0-9]+)(?:\|([^>]*))?>", lambda m: m[1] + (m[3] or m[2]), text)
    text = re.sub(r"<!(\w+)[^>]*>", r"@\1", text)
    text = re.sub(r"<((?:https?|mailto):[^>|]+)(?:\|[^>]*)?>", r"\1", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def quote(text: str, limit: int = 2800) -> str:
    """Set what a person wrote as a quotation; every line of it, or the second would leave the quotation."""
    safe = esc(text, limit - 2)
    while len(safe) + 2 * (safe.count("\n") + 1) > limit:
        safe = safe.rpartition("\n")[0] + "…"
    return "> " + safe.replace("\n", "\n> ")


def person(user: str | None) -> str:
    """Mention a person by id, or say that nobody is set."""
    return f"<@{user}>" if user else "_nobody_"


def link(url: str, label: str) -> str:
    """Link to an address of ours or one that `web_address` passed; the label is escaped."""
    return f"<{url.replace('&', '&amp;')}|{esc(label).replace('|', '/')}>"


def evidence(url: str, limit: int = 2900) -> str:
    """Link to what a person gave as evidence, labelled with its real host so that no label can lie.

    An address that is too long for a link is shown as text: half a link is none.
    """
    whole = link(url, urlsplit(url).hostname or url)
    return whole if len(whole) <= limit else esc(url, limit)


def web_address(text: str) -> str | None:
    """Give the address if it is a plain http(s) one, else None."""
    text = text.strip()
    if len(text) > 2000 or not re.fullmatch(r"https?://[^\s<>|\"`\\]+", text):  # noqa: PLR2004
        return None
    try:
        return text if urlsplit(text).hostname else None
    except ValueError:
        return None


def moment(at: datetime) -> str:
    """Show a time in each reader's own zone, with UTC for clients that cannot."""
    utc = at.astimezone(UTC)
    return f"<!date^{int(utc.timestamp())}^{{date_short_pretty}} {{time}}|{utc:%d %b %Y %H:%M} UTC>"


def clock(at: datetime | None) -> str:
    """Show a time in UTC, as an incident log does."""
    return f"{at.astimezone(UTC):%d %b %H:%M} UTC" if at else "not yet"


def plain(text: str) -> dict[str, Any]:
    """Plain text, in which a `:name:` stays what it is."""
    return {"type": "plain_text", "text": text, "emoji": False}


def mrkdwn(text: str) -> dict[str, Any]:
    """Formatted text; verbatim, so that Slack adds no links or mentions of its own."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def header(text: str) -> Block:
    """A large line; 150 characters at most."""
    return Block({"type": "header", "text": plain(esc(text, 150))})


def section(text: str, accessory: Element | None = None, block_id: str | None = None) -> Block:
    """A paragraph, with one element beside it if given."""
    block: dict[str, Any] = {"type": "section", "text": mrkdwn(text)}
    if accessory:
        block["accessory"] = accessory
    return _named(block, block_id)


def paragraphs(lines: Iterable[str]) -> list[Block]:
    """Pack lines into as few sections as Slack's 3,000 characters allow."""
    packed: list[str] = []
    for one in lines:
        if packed and len(packed[-1]) + len(one) < _LINES:
            packed[-1] += f"\n{one}"
        else:
            packed.append(clip(one, _LINES))
    return [section(text) for text in packed]


def context(*texts: str) -> Block:
    """A small grey line."""
    return Block({"type": "context", "elements": [mrkdwn(text) for text in texts]})


def table(rows: Sequence[Sequence[str]]) -> Block:
    """Rows of cells in plain text, the first being the heading; 100 rows and 20 columns at most, one per message."""
    cells = [[{"type": "raw_text", "text": cell} for cell in row] for row in rows]
    return Block({"type": "table", "rows": cells})


def divider() -> Block:
    """A thin rule."""
    return Block({"type": "divider"})


def actions(*elements: Element, block_id: str | None = None) -> Block:
    """A row of buttons and boxes; 25 at most."""
    return _named({"type": "actions", "elements": list(elements)}, block_id)


def button(
    text: str,
    action_id: str,
    value: str = "",
    *,
    style: Literal["primary", "danger"] | None = None,
    url: str | None = None,
    confirm: Confirm | None = None,
) -> Element:
    """A button; with `url` it also opens that address."""
    element: dict[str, Any] = {"type": "button", "text": plain(text), "action_id": action_id}
    given = {"value": value, "style": style, "url": url, "confirm": confirm}
    return Element(element | {key: value for key, value in given.items() if value})


def confirm(title: str, text: str, yes: str) -> Confirm:
    """A question before the deed."""
    return Confirm({"title": plain(title), "text": plain(text), "confirm": plain(yes), "deny": plain("Cancel")})


def option(text: str, value: str, description: str | None = None) -> Option:
    """A choice in plain words."""
    body: dict[str, Any] = {"text": plain(esc(text, 75)), "value": value}
    return Option(body | ({"description": plain(esc(description, 75))} if description else {}))


def box(text: str, hint: str, value: str, action_id: str, *, ticked: bool) -> Element:
    """One tick-box with formatted text; an empty `initial_options` is refused by Slack, so it is left out."""
    choice: dict[str, Any] = {"text": {"type": "mrkdwn", "text": text}, "value": value}
    choice["description"] = {"type": "mrkdwn", "text": hint}
    element: dict[str, Any] = {"type": "checkboxes", "action_id": action_id, "options": [choice]}
    return Element(element | ({"initial_options": [choice]} if ticked else {}))


def checkboxes(action_id: str, options: Sequence[Option], chosen: Sequence[Option] = ()) -> Element:
    """Several boxes in a form; 10 at most."""
    element: dict[str, Any] = {"type": "checkboxes", "action_id": action_id, "options": list(options)}
    return Element(element | ({"initial_options": list(chosen)} if chosen else {}))


def radio(action_id: str, options: Sequence[Option], chosen: Option | None = None) -> Element:
    """One choice of a few; 10 at most."""
    element: dict[str, Any] = {"type": "radio_buttons", "action_id": action_id, "options": list(options)}
    return Element(element | ({"initial_option": chosen} if chosen else {}))


def select(action_id: str, options: Sequence[Option], chosen: Option | None = None) -> Element:
    """One choice of up to 100."""
    element: dict[str, Any] = {"type": "static_select", "action_id": action_id, "options": list(options)}
    return Element(element | ({"initial_option": chosen} if chosen else {}))


def grouped(action_id: str, groups: Mapping[str, Sequence[Option]], chosen: Option | None = None) -> Element:
    """One choice of up to 100 in each group."""
    listed = [{"label": plain(esc(name, 75)), "options": list(options)} for name, options in groups.items()]
    element: dict[str, Any] = {"type": "static_select", "action_id": action_id, "option_groups": listed}
    return Element(element | ({"initial_option": chosen} if chosen else {}))


def overflow(action_id: str, *options: Option, confirm: Confirm | None = None) -> Element:
    """The three dots; 5 choices at most."""
    element: dict[str, Any] = {"type": "overflow", "action_id": action_id, "options": list(options)}
    return Element(element | ({"confirm": confirm} if confirm else {}))


def writing(action_id: str, initial: str = "", *, limit: int = 3000, lines: bool = False) -> Element:
    """A field to write in."""
    element: dict[str, Any] = {"type": "plain_text_input", "action_id": action_id, "max_length": limit}
    if lines:
        element["multiline"] = True
    return Element(element | ({"initial_value": initial[:limit]} if initial else {}))


def time_of_day(action_id: str, initial: str = "") -> Element:
    """A choice of an hour and minute, as HH:MM."""
    element: dict[str, Any] = {"type": "timepicker", "action_id": action_id}
    return Element(element | ({"initial_time": initial} if initial else {}))


def day(action_id: str, initial: str = "") -> Element:
    """A choice of a day, as YYYY-MM-DD."""
    element: dict[str, Any] = {"type": "datepicker", "action_id": action_id}
    return Element(element | ({"initial_date": initial} if initial else {}))


def several_people(action_id: str, initial: Sequence[str] = (), *, most: int = 0) -> Element:
    """A choice of several people, of `most` at most if that is given."""
    element: dict[str, Any] = {"type": "multi_users_select", "action_id": action_id}
    element |= {"max_selected_items": most} if most else {}
    return Element(element | ({"initial_users": list(initial)} if initial else {}))


def people(action_id: str, initial: str | None = None) -> Element:
    """A choice of one person."""
    element: dict[str, Any] = {"type": "users_select", "action_id": action_id}
    return Element(element | ({"initial_user": initial} if initial else {}))


def ask(
    label: str, element: Element, block_id: str, *, hint: str = "", optional: bool = False, live: bool = False
) -> Block:
    """A labelled input; `live` sends each change at once."""
    block: dict[str, Any] = {"type": "input", "label": plain(esc(label, 2000)), "element": element}
    if hint:
        block["hint"] = plain(esc(hint, 2000))
    if optional:
        block["optional"] = True
    if live:
        block["dispatch_action"] = True
    return _named(block, block_id)


def _named(block: dict[str, Any], block_id: str | None) -> Block:
    return Block(block | ({"block_id": block_id} if block_id else {}))
