"""What Slack sends, as data; text is unescaped here, once."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bot.blocks import Home, Message, Modal, clean, unescape
from bot.charts import Chart
from bot.database import Actor
from bot.delivery.model import Key
from bot.errors import Gone, Refused
from bot.systems.model import Named

MALFORMED = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
"""What reading something raises that was signed and is no payload of Slack's all the same."""

_ID = re.compile(r"[0-9]{1,18}")
"""What fits the databases' 64 bits."""

SourceKind = Literal["command", "action", "submission", "shortcut", "mention", "direct", "home"]


@dataclass(frozen=True)
class Action:
    """A click: which control, and what it now holds; `at` is Slack's action_ts in microseconds."""

    id: str
    block_id: str = ""
    value: str = ""
    ticked: bool = False
    at: int = 0


@dataclass(frozen=True)
class View:
    """A modal as the person sees it; `values` holds every field by block_id."""

    id: str
    hash: str
    callback_id: str
    meta: Mapping[str, Any]
    values: Mapping[str, Any]
    inputs: tuple[str, ...] = ()

    def several(self, block_id: str) -> tuple[str, ...]:
        """Give what is chosen in a field that takes several."""
        value = self.values.get(block_id)
        return tuple(value) if isinstance(value, list) else ()

    def text(self, block_id: str) -> str:
        """Give what stands in a field, cleaned; empty if it is blank or not there."""
        value = self.values.get(block_id)
        return clean(value) if isinstance(value, str) else ""


@dataclass(frozen=True)
class Shot:
    """The message from which a message shortcut was used."""

    text: str
    author: str
    ts: str


@dataclass(frozen=True)
class Request:
    """One thing that a person did; `at` is when, by Slack's clock, in microseconds (0 where Slack does not say)."""

    source: SourceKind
    workspace: str
    user: str
    key: str
    channel: str = ""
    text: str = ""
    trigger: str = ""
    hook: str = ""
    message_ts: str = ""
    thread_ts: str = ""
    action: Action = field(default_factory=lambda: Action(""))
    at: int = 0
    view: View | None = None
    shot: Shot | None = None

    @property
    def by(self) -> Actor:
        """Give who acts, under this request's id."""
        return Actor(self.workspace, self.user, self.key)

    @property
    def number(self) -> int:
        """Give the number that the clicked control carries after its last colon, or 0."""
        tail = self.action.value.rpartition(":")[2]
        return int(tail) if _ID.fullmatch(tail) else 0

    def rest(self) -> "Request":
        """Drop the first word of the text."""
        return replace(self, text=self.text.partition(" ")[2].strip())


@dataclass(frozen=True)
class Like:
    """What has begun in a channel, and the words by which past retros are like it: those of a retro are its own.

    What was offered when the `form` opened is not offered to the same person again.
    """

    key: Key
    channel: str
    text: str = ""
    named: Named | None = None
    form: str = ""


@dataclass(frozen=True)
class Reply:
    """What is to happen next; an empty reply says nothing.

    `say` goes to the asker alone, `draw` names cards that changed, each after those that it links to, `retired` is the
    ts of a card that moved, `look_at` names channels to learn about, `meet` people; `again` draws the form anew once
    both are known, if that is soon; `deliver` says that something is due at once, `index` that the search is behind;
    `picture` is drawn and shared like `files`. `also` names cards that changed elsewhere than where the click was, and
    `replaces` has `say` take the place of the message that was clicked, which must be a list of the asker's own.
    `retry` has the handler run once more when they are met, if that is soon: `say` stands only if it is not.
    `like` asks for past retros before `draw` is drawn, and `say_later` for what takes a look to know. `later`
    makes what takes a while, once the ack is out: a reply of `say`, `files` and `picture`, whose errors are said.
    """

    say: Message | None = None
    modal: Modal | None = None
    how: Literal["open", "update", "push"] = "open"
    again: Callable[[], Modal] | None = None
    home: Home | None = None
    draw: tuple[Key, ...] = ()
    also: tuple[Key, ...] = ()
    replaces: bool = False
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    comment: str = ""
    channel: str = ""
    direct: bool = False
    retired: str | None = None
    look_at: frozenset[str] = frozenset()
    meet: frozenset[str] = frozenset()
    retry: bool = False
    deliver: bool = False
    index: bool = False
    picture: Chart | None = None
    like: Like | None = None
    say_later: Callable[[], Message | None] | None = None
    later: "Callable[[], Reply] | None" = None


def opened(request: Request) -> View:
    """Give the modal that a request came from."""
    if request.view is None:
        raise Refused
    return request.view


def number(text: object) -> int:
    """Read the id of a run; whatever is none names a run that is gone."""
    digits = str(text)
    if not _ID.fullmatch(digits):
        raise Gone
    return int(digits)


def from_command(body: Mapping[str, Any]) -> Request:
    """Read a slash command."""
    return Request(
        source="command",
        workspace=str(body.get("team_id", "")),
        user=str(body.get("user_id", "")),
        key=f"c:{body.get('trigger_id', '')}",
        channel=str(body.get("channel_id", "")),
        text=_words(str(body.get("text") or "")),
        trigger=str(body.get("trigger_id", "")),
        hook=str(body.get("response_url", "")),
    )


def from_action(body: Mapping[str, Any]) -> Request:
    """Read a click in a message, a modal or the Home tab."""
    raw = body["actions"][0]
    container = body.get("container") or {}
    seconds, _, fraction = str(raw.get("action_ts") or "0").partition(".")
    chosen = _chosen(raw)
    value = chosen if isinstance(chosen, str) else ""
    at = int(seconds or 0) * 1_000_000 + int(fraction.ljust(6, "0")[:6] or 0)
    action = Action(raw.get("action_id", ""), raw.get("block_id", ""), value, bool(raw.get("selected_options")), at)
    return Request(
        source="action",
        workspace=_workspace(body),
        user=body["user"]["id"],
        key=f"a:{body.get('trigger_id') or raw.get('action_ts')}",
        channel=str(container.get("channel_id") or (body.get("channel") or {}).get("id") or ""),
        trigger=str(body.get("trigger_id") or ""),
        hook=str(body.get("response_url") or ""),
        message_ts="" if container.get("is_ephemeral") else str(container.get("message_ts") or ""),
        action=action,
        at=at,
        view=_view(body["view"]) if body.get("view") else None,
    )


def from_submission(body: Mapping[str, Any], seconds: int = 0) -> Request:
    """Read a submitted modal; `seconds` is when Slack sent it (X-Slack-Request-Timestamp)."""
    view = _view(body["view"])
    return Request(
        source="submission",
        workspace=_workspace(body),
        user=body["user"]["id"],
        key=f"v:{view.id}:{view.hash}",
        trigger=str(body.get("trigger_id") or ""),
        at=seconds * 1_000_000,
        view=view,
    )


def from_shortcut(body: Mapping[str, Any]) -> Request:
    """Read a message shortcut."""
    message = body.get("message") or {}
    author = str(message.get("user") or "")
    shot = Shot(clean(unescape(str(message.get("text") or ""))), author, str(message.get("ts") or ""))
    return Request(
        source="shortcut",
        workspace=_workspace(body),
        user=body["user"]["id"],
        key=f"s:{body.get('trigger_id', '')}",
        channel=str((body.get("channel") or {}).get("id") or ""),
        trigger=str(body.get("trigger_id") or ""),
        hook=str(body.get("response_url") or ""),
        action=Action(str(body.get("callback_id") or "")),
        shot=shot,
    )


def from_event(body: Mapping[str, Any]) -> Request | None:
    """Read a mention, a direct message or an opened Home tab; None for whatever is not for us."""
    event = body.get("event") or {}
    source = _source_of(event)
    if source is None or event.get("bot_id") or event.get("subtype") or not event.get("user"):
        return None
    text = str(event.get("text") or "")
    text = _after_mention(text, body)
    return Request(
        source=source,
        workspace=str(body.get("team_id", "")),
        user=str(event["user"]),
        key=f"e:{body.get('event_id', '')}",
        channel=str(event.get("channel") or ""),
        text=_words(text),
        thread_ts=str(event.get("thread_ts") or ""),
    )


def _after_mention(text: str, body: Mapping[str, Any]) -> str:
    """Drop the mention of the bot, and whatever greeting stands before it."""
    bots = [str(one.get("user_id")) for one in body.get("authorizations") or ()]
    for bot in bots:
        greeting, found, rest = text.partition(f"<@{bot}>")
        if found:
            return rest if rest.strip() else greeting
    return text


def _source_of(event: Mapping[str, Any]) -> SourceKind | None:
    if event.get("type") == "app_mention":
        return "mention"
    if event.get("type") == "message" and event.get("channel_type") == "im":
        return "direct"
    return "home" if event.get("type") == "app_home_opened" and event.get("tab") == "home" else None


def _words(text: str) -> str:
    """Make plain words of it; phones type curly quotes and long dashes."""
    text = clean(unescape(text)).replace("“", '"').replace("”", '"').replace("—", "-").replace("–", "-")  # noqa: RUF001
    return " ".join(text.split()).removeprefix("/aipm ")


def _workspace(body: Mapping[str, Any]) -> str:
    return str((body.get("team") or {}).get("id") or (body.get("user") or {}).get("team_id") or "")


def _view(raw: Mapping[str, Any]) -> View:
    values = (raw.get("state") or {}).get("values") or {}
    found = {block: _chosen(element) for block, fields in values.items() for element in (fields or {}).values()}
    inputs = tuple(str(one.get("block_id")) for one in raw.get("blocks", ()) if one.get("type") == "input")
    return View(
        str(raw.get("id", "")),
        str(raw.get("hash", "")),
        str(raw.get("callback_id", "")),
        _meta(str(raw.get("private_metadata") or "")),
        found,
        inputs,
    )


def _meta(text: str) -> Mapping[str, Any]:
    data = json.loads(text) if text.startswith("{") else {}
    return data if isinstance(data, dict) else {}


def _chosen(element: Mapping[str, Any]) -> str | list[str]:
    """Give what a control holds, whatever its type."""
    for name in (
        "value",
        "selected_user",
        "selected_date",
        "selected_time",
        "selected_conversation",
        "selected_channel",
    ):
        if element.get(name) is not None:
            return str(element[name])
    if element.get("selected_option"):
        return str(element["selected_option"].get("value", ""))
    for name in ("selected_users", "selected_conversations"):
        if element.get(name) is not None:
            return [str(one) for one in element[name]]
    if element.get("selected_options") is not None:
        return [str(one.get("value", "")) for one in element["selected_options"]]
    return ""
