"""Block Kit as the templates need it: ids and names of controls, choices, and text as it is shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from markupsafe import Markup

from sandbox import richtext
from sandbox.forms import STATEFUL
from sandbox.forms import field as field_name
from sandbox.markdown import markdown
from sandbox.mrkdwn import Reader, mrkdwn, plain
from sandbox.records import Form, Json

SHOWN_ELEMENTS = STATEFUL - {"datetimepicker"} | {"button", "overflow"}
"""What the page can draw; everything else shows as a gap, so that nobody ships it untried."""

_PICKED = {
    "users": "people",
    "channels": "channels",
    "conversations": "conversations",
}


@dataclass(frozen=True)
class Choice:
    """One option of a control."""

    id: str
    value: str
    label: Markup | str
    hint: Markup | str = ""
    url: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Control:
    """One interactive element in its form."""

    id: str
    name: str
    kind: str
    act: str
    posts: bool
    chosen: Sequence[str]
    element: Json

    @property
    def value(self) -> str:
        """Give the text that a field begins with."""
        return self.chosen[0] if self.chosen else ""

    @property
    def many(self) -> bool:
        """Say whether several options can be chosen."""
        return self.kind.startswith("multi_")

    @property
    def is_select(self) -> bool:
        """Say whether it is a menu."""
        return self.kind.endswith("_select")

    @property
    def is_text(self) -> bool:
        """Say whether it is typed into."""
        return self.kind.endswith("_input")

    def press(self, value: str = "") -> str:
        """Give the address to post to when it is pressed, with the option that was taken."""
        return f"{self.act}&{urlencode({'value': value})}" if value else self.act


@dataclass(frozen=True)
class Surface:
    """One form (a message, a modal or a Home) as one person sees it."""

    id: str
    query: str
    reader: Reader
    blocks: Sequence[Json] = ()
    form: Form = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    offered: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    suggested: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    origin: str = ""

    def text(self, value: Json | str | None) -> Markup | str:
        """Show a text object."""
        if not isinstance(value, dict):
            return plain(value or "")
        if value.get("type") == "mrkdwn":
            return mrkdwn(value["text"], self.reader)
        return plain(value["text"], emoji=value.get("emoji", True))

    def markdown(self, text: str) -> Markup:
        """Show a `markdown` block."""
        return markdown(text, self.reader)

    def rich(self, value: Json) -> Markup:
        """Show a `rich_text` block or cell."""
        return richtext.rich_text(value, self.reader)

    def cell(self, value: Json) -> Markup | str:
        """Show a table's cell."""
        if value["type"] == "rich_text":
            return self.rich(value)
        return plain(str(value.get("text", value.get("value", ""))))

    def picture(self, image: Json) -> str:
        """Give the address of a picture that the page may load, "" for one from elsewhere."""
        url = str(image.get("image_url", ""))
        return url if url.startswith(f"{self.origin}/") else ""

    def control(self, block: Json, element: Json) -> Control:
        """Give an element with its id, its name in the form, and what it shows."""
        name = field_name(block, element)
        where = {"block": block["block_id"], "action": element["action_id"]}
        return Control(
            id=self.place(name),
            name=name,
            kind=element["type"] if element["type"] in SHOWN_ELEMENTS else "",
            act=f"/ui/act?{self.query}&{urlencode(where)}",
            posts=block["type"] != "input" or bool(block.get("dispatch_action")),
            chosen=self.form.get(name, []),
            element=element,
        )

    def place(self, name: str) -> str:
        """Make an element's id: the same block_id and action_id stay the same control."""
        return f"{self.id}::{quote(name, safe=':-_.')}"

    def choices(self, control: Control) -> list[tuple[str, list[Choice]]]:
        """List a control's options in groups; a group without a label stands for itself."""
        kind = control.kind.removeprefix("multi_").removesuffix("_select")
        if kind in _PICKED:
            offered = self.offered.get(_PICKED[kind], ())
            return [("", [_choice(control, value, label) for value, label in offered])]
        element = control.element
        groups = [
            (plain(one["label"]["text"]), self._options(control, one["options"]))
            for one in element.get("option_groups", ())
        ]
        plain_ones = [*element.get("options", ()), *self._external(control)]
        return groups or [("", self._options(control, plain_ones))]

    def _options(self, control: Control, options: Iterable[Json]) -> list[Choice]:
        return [
            _choice(
                control,
                one["value"],
                self.text(one["text"]),
                self.text(one.get("description")),
                one.get("url", ""),
            )
            for one in options
        ]

    def _external(self, control: Control) -> list[Json]:
        """Give what the app suggested, and what was chosen before it was asked."""
        element = control.element
        found = [*self.suggested.get(element["action_id"], ()), *element.get("initial_options", ())]
        found += [element["initial_option"]] if "initial_option" in element else []
        return list({one["value"]: one for one in found}.values()) if "external" in control.kind else []


def _choice(control: Control, value: str, label: Markup | str, hint: Markup | str = "", url: str = "") -> Choice:
    marked = f"{control.id}::{quote(value, safe=':-_.')}"
    return Choice(marked, value, label, hint, url, value in control.chosen)
