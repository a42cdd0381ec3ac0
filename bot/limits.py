"""What Slack refuses, as a table: blocks, messages, modals and the Home tab.

The tables follow Slack's Block Kit and Web API reference. Where Slack's own pages disagree the stricter
reading is taken, except for option values (150 characters, as the reference says). Rules that look across an
object run once its fields are sound, so a payload with several mistakes may show them in two rounds.
"""

import json
from collections.abc import Mapping
from typing import Any

from bot.limits_checks import (
    EVERYWHERE,
    Check,
    Problem,
    Scan,
    Surface,
    anything,
    at_least_one,
    exactly_one,
    flag,
    free_object,
    many,
    one_of,
    shape,
    shown_on,
    string,
    typed,
    whole,
)
from bot.limits_data import container, data_blocks
from bot.limits_elements import (
    action_element,
    context_action_element,
    context_element,
    image_fields,
    input_element,
    section_accessory,
)
from bot.limits_text import LONGEST, identifier, link, plain, rich_text_fields, text

__all__ = ["Problem", "Surface", "problems"]

_VIEW_BYTES = 250_000
_UPDATED_TEXT = 4000


def problems(payload: Mapping[str, Any], surface: Surface) -> list[Problem]:
    """Find everything in a message, modal or Home tab that Slack would refuse."""
    scan = Scan(surface)
    _SURFACES[surface](scan, "", payload if isinstance(payload, dict) else _opened(payload))
    return scan.found


def _opened(payload: object) -> object:
    """Give a mapping of another kind as a dict; anything else stays and is refused."""
    return dict(payload) if isinstance(payload, Mapping) else payload


def _block_id(scan: Scan, at: str, value: object) -> None:
    identifier(scan, at, value)
    if isinstance(value, str) and value in scan.block_ids:
        scan.refuse(at, "block_id must be unique")
    elif isinstance(value, str):
        scan.block_ids.add(value)


def _markdown_budget(scan: Scan, at: str, block: dict[str, Any]) -> None:
    scan.spend(f"{at}/text", "characters in markdown blocks", len(block["text"]), 12_000)


def _no_dispatch_of_files(scan: Scan, at: str, block: dict[str, Any]) -> None:
    if block.get("dispatch_action") and block["element"]["type"] == "file_input":
        scan.refuse(f"{at}/dispatch_action", "dispatch_action cannot go with file_input")


_frame: dict[str, Check] = {"type": anything, "block_id": _block_id}
_DATA = data_blocks(_frame)
_SIMPLE: dict[str, Check] = {
    "actions": shape("elements", **_frame, elements=many(action_element, 1, 25)),
    "context": shape("elements", **_frame, elements=many(context_element, 1, 10)),
    "divider": shape("", **_frame),
    "header": shape("text", **_frame, text=plain(150), level=whole(1, 4)),
    "image": shape("alt_text", exactly_one("image_url", "slack_file"), **_frame, **image_fields, title=plain(2000)),
    "input": shape(
        "label element",
        _no_dispatch_of_files,
        **_frame,
        label=plain(2000),
        element=input_element,
        hint=plain(2000),
        optional=flag,
        dispatch_action=flag,
    ),
    "rich_text": shape("elements", **(rich_text_fields | _frame)),
    "section": shape(
        "",
        at_least_one("text", "fields"),
        **_frame,
        text=text(LONGEST),
        fields=many(text(2000), 1, 10),
        accessory=section_accessory,
        expand=flag,
    ),
    "video": shape(
        "alt_text title thumbnail_url video_url",
        **_frame,
        alt_text=string(2000),
        title=plain(199),
        title_url=link,
        description=plain(199),
        thumbnail_url=link,
        video_url=link,
        author_name=string(49),
        provider_name=string(49),
        provider_icon_url=link,
    ),
    "table": shown_on(("message", "home"), _DATA["table"]),
}


def _block(table: Mapping[str, Check]) -> Check:
    """Start a new block: action_ids are counted afresh."""
    inner = typed(table)

    def check(scan: Scan, at: str, value: object) -> None:
        scan.action_ids = set()
        scan.block = str(value.get("type"))[:75] if isinstance(value, dict) else ""
        inner(scan, at, value)

    return check


_MESSAGE_HOME: tuple[Surface, ...] = ("message", "home")
_MESSAGE: tuple[Surface, ...] = ("message",)
_SHOWN: dict[str, tuple[tuple[Surface, ...], Check]] = {
    **{kind: (EVERYWHERE, check) for kind, check in _SIMPLE.items()},
    "alert": (
        ("modal",),
        shape("text", **_frame, text=text(200), level=one_of("default", "info", "warning", "error", "success")),
    ),
    "card": (EVERYWHERE, _DATA["card"]),
    "carousel": (
        _MESSAGE_HOME,
        shape("elements", **_frame, elements=many(_block({"card": _DATA["card"]}), 1, 10)),
    ),
    "container": (_MESSAGE_HOME, container(_frame, _block(_SIMPLE))),
    "context_actions": (
        _MESSAGE,
        shape("elements", **_frame, elements=many(context_action_element, 1, 5)),
    ),
    "data_table": (_MESSAGE_HOME, _DATA["data_table"]),
    "data_visualization": (_MESSAGE, _DATA["data_visualization"]),
    "markdown": (_MESSAGE, shape("text", _markdown_budget, **_frame, text=string(12_000))),
    "plan": (_MESSAGE, _DATA["plan"]),
    "task_card": (_MESSAGE, _DATA["task_card"]),
}
_any_block = _block({kind: shown_on(surfaces, check) for kind, (surfaces, check) in _SHOWN.items()})


def _something_to_say(scan: Scan, at: str, message: dict[str, Any]) -> None:
    if not any(message.get(key) for key in ("text", "blocks", "attachments", "markdown_text", "delete_original")):
        scan.refuse(at, "no_text: must provide text or blocks")


def _one_way_to_say_it(scan: Scan, at: str, message: dict[str, Any]) -> None:
    if "markdown_text" in message and ("text" in message or "blocks" in message):
        scan.refuse(f"{at}/markdown_text", "markdown_text cannot go with text or blocks")


def _shorter_when_updated(scan: Scan, at: str, message: dict[str, Any]) -> None:
    """Hold chat.update, which is what a message with a `ts` of its own is for, to its shorter text."""
    if "ts" in message and len(message.get("text", "")) > _UPDATED_TEXT:
        scan.refuse(f"{at}/text", f"msg_too_long: must be less than {_UPDATED_TEXT + 1} characters")


def _metadata(scan: Scan, at: str, value: object) -> None:
    if value != {}:  # an empty object takes the metadata off, in chat.update
        _EVENT(scan, at, value)


def _submit_for_inputs(scan: Scan, at: str, view: dict[str, Any]) -> None:
    if "submit" not in view and any(block["type"] == "input" for block in view["blocks"]):
        scan.refuse(at, "missing required field: submit, because there is an input block")


def _light_enough(scan: Scan, at: str, view: dict[str, Any]) -> None:
    if len(json.dumps(view)) > _VIEW_BYTES:
        scan.refuse(at, "view_too_large: must be less than 250 KB")


_EVENT = shape("event_type event_payload", event_type=identifier, event_payload=free_object)
_view: dict[str, Check] = {
    "blocks": many(_any_block, 0, 100),
    "private_metadata": string(LONGEST, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}
_SURFACES: dict[Surface, Check] = {
    "message": shape(
        "",
        _something_to_say,
        _one_way_to_say_it,
        _shorter_when_updated,
        text=string(40_000, 0),
        blocks=many(_any_block, 0, 50),
        attachments=many(free_object, 0, 100),
        metadata=_metadata,
        markdown_text=string(12_000),
        channel=identifier,
        user=identifier,
        ts=identifier,
        thread_ts=identifier,
        post_at=whole(0, 9_999_999_999),
        response_type=one_of("ephemeral", "in_channel"),
        username=identifier,
        icon_emoji=identifier,
        icon_url=link,
        parse=one_of("none", "full", "client"),
        client_msg_id=identifier,
        **dict.fromkeys(
            (
                "replace_original",
                "delete_original",
                "reply_broadcast",
                "unfurl_links",
                "unfurl_media",
                "mrkdwn",
                "link_names",
            ),
            flag,
        ),
    ),
    "modal": shape(
        "type title blocks",
        _submit_for_inputs,
        _light_enough,
        **_view,
        type=one_of("modal"),
        title=plain(24),
        submit=plain(24),
        close=plain(24),
        clear_on_close=flag,
        notify_on_close=flag,
        submit_disabled=flag,
    ),
    "home": shape("type blocks", _light_enough, **_view, type=one_of("home")),
}
