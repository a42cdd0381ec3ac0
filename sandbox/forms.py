"""From what a client shows in a surface's elements to `state.values` and `actions[]`.

The server keeps no ticks and no typed text: as in Slack they live in the client, which sends them along.
"""

import copy
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sandbox.records import Form, Json

_OPTION = {"radio_buttons", "static_select", "external_select"}
_OPTIONS = {"checkboxes", "multi_static_select", "multi_external_select"}
_TEXT = {"plain_text_input", "url_text_input", "email_text_input", "number_input"}
_PLAIN = {
    "users_select": "user",
    "conversations_select": "conversation",
    "channels_select": "channel",
    "datepicker": "date",
    "timepicker": "time",
    "datetimepicker": "date_time",
    "multi_users_select": "users",
    "multi_conversations_select": "conversations",
    "multi_channels_select": "channels",
}
STATEFUL = {*_OPTION, *_OPTIONS, *_TEXT, *_PLAIN, "rich_text_input"}
_COPIED = ("text", "value", "style", "url", "placeholder", "confirm", "timezone")


class FormError(ValueError):
    """A form names an element or an option that is not there."""


def with_ids(blocks: Iterable[Json]) -> list[Json]:
    """Copy blocks, with a fresh random id for each that has none: this is what resets a client's state."""
    copied = copy.deepcopy(list(blocks))
    for block in copied:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        for element in _of(block):
            element.setdefault("action_id", secrets.token_urlsafe(4))
    return copied


def elements(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    """Give each interactive element with its block."""
    for block in blocks:
        for element in _of(block):
            yield block, element


def field(block: Json, element: Json) -> str:
    """Name an element's field in a form."""
    return f"{block['block_id']}::{element['action_id']}"


def find(blocks: Iterable[Json], action_id: str, block_id: str | None = None) -> tuple[Json, Json]:
    """Find an element by its action id, and by its block id where the action id is not unique."""
    listed = list(elements(blocks))
    found = [one for one in listed if one[1]["action_id"] == action_id and block_id in (None, one[0]["block_id"])]
    if len(found) != 1:
        there = ", ".join(field(*one) for one in listed)
        raise FormError(f"{len(found)} elements are {block_id or '*'}::{action_id}; there are: {there}")
    return found[0]


def initial(blocks: Iterable[Json]) -> Form:
    """Give the form as it looks before anybody touches it."""
    return {
        field(block, element): _initial(element) for block, element in elements(blocks) if element["type"] in STATEFUL
    }


def fill(blocks: Sequence[Json], given: Mapping[str, Any], form: Form | None = None) -> Form:
    """Change some fields, named by `block_id::action_id`, block id or action id; None empties one."""
    filled = dict(form) if form is not None else initial(blocks)
    for key, value in given.items():
        fields = [
            field(block, element)
            for block, element in elements(blocks)
            if key in (field(block, element), block["block_id"], element["action_id"])
        ]
        if len(fields) != 1:
            raise FormError(f"{len(fields)} fields are called {key}; there are: {', '.join(filled)}")
        filled[fields[0]] = _listed(value)
    return filled


def values(blocks: Iterable[Json], form: Form, suggested: Sequence[Json] = ()) -> Json:
    """Build `state.values`: every stateful element, empty ones as null or []."""
    state: Json = {}
    for block, element in elements(blocks):
        if element["type"] in STATEFUL:
            chosen = form.get(field(block, element), [])
            answer = {"type": element["type"], **value(element, chosen, suggested)}
            state.setdefault(block["block_id"], {})[element["action_id"]] = answer
    return state


def action(block: Json, element: Json, chosen: list[str], ts: str, suggested: Sequence[Json] = ()) -> Json:
    """Build the entry of `actions[]` for the element that was just used."""
    copied = {key: copy.deepcopy(element[key]) for key in _COPIED if key in element}
    began = {key: copy.deepcopy(one) for key, one in element.items() if key.startswith("initial_")}
    named = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    return {**named, **copied, **began, **value(element, chosen, suggested), "action_ts": ts}


def value(element: Json, chosen: list[str], suggested: Sequence[Json] = ()) -> Json:
    """Give what an element holds, under the key that Slack uses for its type."""
    kind = element["type"]
    if kind in _OPTIONS:
        return {"selected_options": _options(element, chosen, suggested)}
    if kind in _OPTION or kind == "overflow":
        return {"selected_option": next(iter(_options(element, chosen, suggested)), None)}
    if kind in _PLAIN:
        return {f"selected_{_PLAIN[kind]}": _plain(kind, chosen)}
    typed = (chosen[0].replace("\r\n", "\n") if chosen else "") or None
    if kind in _TEXT:
        return {"value": typed}
    return {"rich_text_value": typed and _rich(typed)} if kind == "rich_text_input" else {}


def mistakes(blocks: Iterable[Json], form: Form) -> dict[str, str]:
    """Check a modal as Slack's client does before it sends anything; texts by block id."""
    found = {}
    for block in blocks:
        if block["type"] == "input":
            chosen = [one for one in form.get(field(block, block["element"]), []) if one]
            if text := _mistake(block, chosen):
                found[block["block_id"]] = text
    return found


def _of(block: Json) -> list[Json]:
    if block["type"] in ("actions", "context_actions"):
        return list(block["elements"])
    one = block.get({"section": "accessory", "input": "element"}.get(block["type"], ""))
    return [one] if one and one["type"] != "image" else []


def _initial(element: Json) -> list[str]:
    if "initial_options" in element:
        return [one["value"] for one in element["initial_options"]]
    if "initial_option" in element:
        return [element["initial_option"]["value"]]
    began = next((one for key, one in element.items() if key.startswith("initial_")), None)
    return _listed(began) if not isinstance(began, dict) else []


def _listed(value: Any) -> list[str]:  # noqa: ANN401 - whatever a test or an element says
    if value is None or value == "":
        return []
    return [str(one) for one in value] if isinstance(value, (list, tuple, set)) else [str(value)]


def _options(element: Json, chosen: list[str], suggested: Sequence[Json]) -> list[Json]:
    groups = element.get("option_groups", [])
    offered = [*element.get("options", []), *(one for group in groups for one in group["options"])]
    offered += [*suggested, *element.get("initial_options", [])]
    offered += [element["initial_option"]] if "initial_option" in element else []
    known: dict[str, Json] = {}
    for one in offered:
        known.setdefault(one["value"], one)
    wanted = [one for one in chosen if one]
    if unknown := [one for one in wanted if one not in known]:
        raise FormError(f"{element['action_id']} has no option {', '.join(unknown)}")
    return [copy.deepcopy(known[one]) for one in sorted(set(wanted), key=[*known].index)]


def _plain(kind: str, chosen: list[str]) -> Any:  # noqa: ANN401 - str, int, list or None by the element's type
    if kind.startswith("multi_"):
        return [one for one in chosen if one]
    one = chosen[0] if chosen and chosen[0] else None
    return int(one) if one and kind == "datetimepicker" else one


def _rich(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def _mistake(block: Json, chosen: list[str]) -> str | None:
    element = block["element"]
    if not chosen:
        return None if block.get("optional") else "Please complete this required field."
    if len(chosen) > element.get("max_selected_items", len(chosen)):
        return f"Please choose at most {element['max_selected_items']}."
    return _typed_mistake(element, chosen[0].replace("\r\n", "\n"))


def _typed_mistake(element: Json, text: str) -> str | None:
    kind = element["type"]
    if kind == "plain_text_input":
        return _wrong_length(element, text)
    if kind == "number_input":
        return _wrong_number(element, text)
    if kind == "url_text_input" and not re.fullmatch(r"[a-zA-Z][\w+.-]*://\S+", text):
        return "Please enter a valid URL."
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        return "Please enter a valid email address."
    return None


def _wrong_length(element: Json, text: str) -> str | None:
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if len(text) < least:
        return f"Please write at least {least} characters."
    return f"Please write at most {most} characters." if len(text) > most else None


def _wrong_number(element: Json, text: str) -> str | None:
    pattern = r"-?\d+(\.\d+)?" if element.get("is_decimal_allowed") else r"-?\d+"
    if not re.fullmatch(pattern, text):
        return "Please enter a number."
    if float(text) < float(element.get("min_value", text)):
        return f"Please enter {element['min_value']} or more."
    return (
        f"Please enter {element['max_value']} or less." if float(text) > float(element.get("max_value", text)) else None
    )
