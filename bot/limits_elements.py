"""What Slack refuses in composition objects and block elements (Block Kit reference, elements)."""

from collections.abc import Iterator
from typing import Any

from bot.limits_checks import (
    Check,
    Scan,
    Surface,
    anything,
    at_least_one,
    exactly_one,
    flag,
    free_object,
    many,
    matching,
    one_of,
    ordered,
    shape,
    shown_on,
    string,
    typed,
    whole,
)
from bot.limits_text import LONGEST, identifier, link, plain, rich_text, text, texts


def action_id(scan: Scan, at: str, value: object) -> None:
    """Ask for an action_id that is new in its block."""
    identifier(scan, at, value)
    if isinstance(value, str) and value in scan.action_ids:
        scan.refuse(at, "action_id must be unique in its block")
    elif isinstance(value, str):
        scan.action_ids.add(value)


def focus(scan: Scan, at: str, value: object) -> None:
    """Allow one focused element in a view."""
    flag(scan, at, value)
    if value is True and scan.focused:
        scan.refuse(at, "only one element can have focus_on_load")
    scan.focused = scan.focused or value is True


def response_url_enabled(scan: Scan, at: str, value: object) -> None:
    """Allow the key in the input blocks of a modal only."""
    flag(scan, at, value)
    if scan.surface != "modal" or scan.block != "input":
        scan.refuse(at, "response_url_enabled is for input blocks of a modal only")


def _listed(element: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, option in enumerate(element.get("options", ())):
        yield f"/options/{index}", option
    for group, entry in enumerate(element.get("option_groups", ())):
        for index, option in enumerate(entry["options"]):
            yield f"/option_groups/{group}/options/{index}", option


def choices(scan: Scan, at: str, element: dict[str, Any]) -> None:
    """Ask for values that differ, and for initial options that equal offered ones to the last flag."""
    listed = list(_listed(element))
    values: set[str] = set()
    for pointer, option in listed:
        if option["value"] in values:
            scan.refuse(f"{at}{pointer}/value", "option value must be unique")
        values.add(option["value"])
    offered = [option for _, option in listed]
    for index, option in enumerate(element.get("initial_options", ())):
        if option not in offered:
            scan.refuse(f"{at}/initial_options/{index}", "initial_options must match the options exactly")
    if "initial_option" in element and element["initial_option"] not in offered:
        scan.refuse(f"{at}/initial_option", "initial_option must match one of the options exactly")


_plain_75 = plain(75)
_any_75 = text(75)
confirm = shape(
    "title text confirm deny",
    title=plain(100),
    text=text(300),
    confirm=plain(30),
    deny=plain(30),
    style=one_of("primary", "danger"),
)
_value = string(150)  # Slack's reference says 150, older libraries 75
_option = shape("text value", text=_plain_75, value=_value, description=_plain_75)
_box = shape("text value", text=_any_75, value=_value, description=_any_75)
_entry = shape("text value", text=_plain_75, value=_value, description=_plain_75, url=link)
_group = shape("label options", label=_plain_75, options=many(_option, 1, 100))
_style = one_of("primary", "danger")
_ids = many(identifier, 1, 100)
_dispatch = shape(
    "trigger_actions_on",
    trigger_actions_on=many(one_of("on_enter_pressed", "on_character_entered"), 1, 2),
)
_filter = shape(
    "",
    at_least_one("include", "exclude_external_shared_channels", "exclude_bot_users"),
    include=many(one_of("im", "mpim", "private", "public"), 1, 4),
    exclude_external_shared_channels=flag,
    exclude_bot_users=flag,
)
_numeral = matching(r"-?[0-9]+(\.[0-9]+)?", "must be a number written as a string")
_feedback = shape("text value", text=_plain_75, value=string(2000), accessibility_label=string(75))

image_fields: dict[str, Check] = {
    "image_url": matching(r"https?://\S+", "must be a valid URL", LONGEST),
    "slack_file": shape("", exactly_one("id", "url"), id=identifier, url=link),
    "alt_text": string(2000),
}
image = shape("alt_text", exactly_one("image_url", "slack_file"), type=anything, **image_fields)

_action: dict[str, Check] = {"type": anything, "action_id": action_id}
_pick: dict[str, Check] = {**_action, "confirm": confirm, "focus_on_load": focus}
_menu: dict[str, Check] = {**_pick, "placeholder": plain(150)}
_several: dict[str, Check] = {**_menu, "max_selected_items": whole(1, 100)}
_writing: dict[str, Check] = {
    **_action,
    "focus_on_load": focus,
    "placeholder": plain(150),
    "dispatch_action_config": _dispatch,
}
_static: dict[str, Check] = {"options": many(_option, 1, 100), "option_groups": many(_group, 1, 100)}
_external: dict[str, Check] = {"min_query_length": whole(0, LONGEST)}
_respond: dict[str, Check] = {"response_url_enabled": response_url_enabled}
_conversations: dict[str, Check] = {"default_to_current_conversation": flag, "filter": _filter}

_press: dict[str, Check] = {"text": _plain_75, "style": _style, "accessibility_label": string(75)}
button = shape(
    "text",
    **_action,
    **_press,
    value=string(2000),
    url=link,
    confirm=confirm,
    agent_prompt=string(4000),
    agent_prompt_display=string(LONGEST),
    visible_to_user_ids=_ids,
)
_static_select = exactly_one("options", "option_groups")
_boxes = many(_box, 1, 10)
_options = many(_option, 1, 100)
_date = matching(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", "must be YYYY-MM-DD")
_time = matching(r"([01][0-9]|2[0-3]):[0-5][0-9]", "must be HH:mm")
_moment = whole(1_000_000_000, 9_999_999_999)  # ten digits
_lines = whole(1, 100)
_VIEWS: tuple[Surface, ...] = ("modal", "home")
_MODAL: tuple[Surface, ...] = ("modal",)
_MESSAGE: tuple[Surface, ...] = ("message",)

_PRESSED: dict[str, Check] = {
    "button": button,
    "overflow": shape("options", choices, **_action, confirm=confirm, options=many(_entry, 1, 5)),
    "workflow_button": shown_on(
        _MESSAGE,
        shape("text workflow", **_action, **_press, workflow=shape("trigger", trigger=free_object)),
    ),
}
_PICKED: dict[str, Check] = {
    "checkboxes": shape("options", choices, **_pick, options=_boxes, initial_options=_boxes),
    "radio_buttons": shape("options", choices, **_pick, options=_boxes, initial_option=_box),
    "datepicker": shape("", **_menu, initial_date=_date),
    "timepicker": shape("", **_menu, initial_time=_time, timezone=identifier),
    "static_select": shape("", _static_select, choices, **_menu, **_static, initial_option=_option),
    "external_select": shape("", **_menu, **_external, initial_option=_option),
    "users_select": shape("", **_menu, initial_user=identifier),
    "conversations_select": shape("", **_menu, **_respond, **_conversations, initial_conversation=identifier),
    "channels_select": shape("", **_menu, **_respond, initial_channel=identifier),
}
_SEVERAL: dict[str, Check] = {
    "multi_static_select": shape("", _static_select, choices, **_several, **_static, initial_options=_options),
    "multi_external_select": shape("", **_several, **_external, initial_options=_options),
    "multi_users_select": shape("", **_several, initial_users=_ids),
    "multi_conversations_select": shape("", **_several, **_conversations, initial_conversations=_ids),
    "multi_channels_select": shape("", **_several, initial_channels=_ids),
}
_MOMENT: dict[str, Check] = {
    "datetimepicker": shown_on(("message", "modal"), shape("", **_pick, initial_date_time=_moment)),
}
_WRITTEN: dict[str, Check] = {
    "plain_text_input": shape(
        "",
        ordered("min_length", "max_length"),
        **_writing,
        initial_value=string(LONGEST, 0),
        multiline=flag,
        min_length=whole(0, LONGEST),
        max_length=whole(1, LONGEST),
    ),
    "email_text_input": shown_on(_MODAL, shape("", **_writing, initial_value=string(LONGEST, 0))),
    "url_text_input": shown_on(_MODAL, shape("", **_writing, initial_value=string(LONGEST, 0))),
    "number_input": shown_on(
        _MODAL,
        shape(
            "is_decimal_allowed",
            **_writing,
            initial_value=_numeral,
            is_decimal_allowed=flag,
            min_value=_numeral,
            max_value=_numeral,
        ),
    ),
    "rich_text_input": shown_on(
        _VIEWS,
        shape(
            "",
            ordered("min_lines", "max_lines"),
            **_writing,
            initial_value=rich_text,
            min_lines=_lines,
            max_lines=_lines,
        ),
    ),
    "file_input": shown_on(_MODAL, shape("", **_action, filetypes=many(identifier, 1, 100), max_files=whole(1, 10))),
}
_JUDGED: dict[str, Check] = {
    "feedback_buttons": shape(
        "positive_button negative_button", **_action, positive_button=_feedback, negative_button=_feedback
    ),
    "icon_button": shape(
        "icon text",
        **_action,
        icon=one_of("trash"),
        text=_plain_75,
        value=string(2000),
        confirm=confirm,
        accessibility_label=string(75),
        visible_to_user_ids=_ids,
    ),
}

section_accessory = typed(_PRESSED | _PICKED | _SEVERAL | {"image": image})
action_element = typed(_PRESSED | _PICKED | _MOMENT)
input_element = typed(_PICKED | _SEVERAL | _MOMENT | _WRITTEN)
context_element = typed(texts(LONGEST) | {"image": image})
context_action_element = typed(_JUDGED)
