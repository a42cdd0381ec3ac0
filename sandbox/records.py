"""What the pretend workspace is made of."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Form = dict[str, list[str]]
"""What a client shows in a surface's elements: `block_id::action_id` -> the values chosen or typed."""

HOOK_USES = 5


@dataclass(frozen=True)
class Person:
    """Somebody in the workspace, the bot's own user among them."""

    id: str
    name: str
    real_name: str
    tz: str
    is_bot: bool = False
    is_admin: bool = False


@dataclass
class Channel:
    """A conversation; `partner` is the person at the other end of a direct message with the bot."""

    id: str
    name: str
    members: set[str]
    is_private: bool = False
    is_im: bool = False
    archived: bool = False
    partner: str | None = None


@dataclass(eq=False)
class Message:
    """One message: `data` is exactly what the API gives; the rest is what only Slack knows about it.

    `only_for` is the reader of an ephemeral, `at` the sandbox's time (it may be moved; `ts` never is), and
    `warnings` holds, for each person, why their last click on it failed.
    """

    data: Json
    channel: str
    only_for: str | None = None
    at: float = 0.0
    warnings: dict[str, str] = field(default_factory=dict)

    @property
    def ts(self) -> str:
        """Give the id that the API knows the message by."""
        return str(self.data["ts"])

    @property
    def thread_ts(self) -> str | None:
        """Give the parent's id if this is a reply, else None."""
        parent = self.data.get("thread_ts")
        return str(parent) if parent and parent != self.data["ts"] else None


@dataclass(eq=False)
class View:
    """A modal or a Home tab: `data` as the API gives it, and what Slack's client shows around it.

    `errors` are texts under inputs by block id, `trouble` a line for the whole view, and `form` what the
    person had filled in when they last pressed Submit.
    """

    data: Json
    user: str
    errors: dict[str, str] = field(default_factory=dict)
    trouble: str | None = None
    form: Form = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Give the view's id."""
        return str(self.data["id"])


@dataclass
class Trigger:
    """The right to open one view within three seconds; `view` is the modal it was clicked in."""

    user: str
    expires: float
    view: str | None = None
    used: bool = False


@dataclass
class Hook:
    """A response_url: where it posts, and for whom; `origin` is the message that was clicked."""

    id: str
    channel: str
    user: str
    expires: float
    origin: Message | None = None
    uses_left: int = HOOK_USES


@dataclass
class StoredFile:
    """A file; `data` as files.info gives it, once complete."""

    id: str
    name: str
    length: int
    alt_text: str = ""
    content: bytes | None = None
    complete: bool = False
    title: str = ""
    shares: dict[str, list[str]] = field(default_factory=dict)
