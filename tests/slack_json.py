"""Short ways to write Slack's JSON in tests: the smallest legal one, and what a test adds."""

from typing import Any

Json = dict[str, Any]


def plain(text: str = "Hello", **more: object) -> Json:
    return {"type": "plain_text", "text": text, **more}


def mrkdwn(text: str = "Hello", **more: object) -> Json:
    return {"type": "mrkdwn", "text": text, **more}


def option(value: str = "one", text: str = "One", **more: object) -> Json:
    return {"text": plain(text), "value": value, **more}


def options(count: int) -> list[Json]:
    return [option(str(index), f"Option {index}") for index in range(count)]


def button(text: str = "Go", **more: object) -> Json:
    return {"type": "button", "text": plain(text), **more}


def boxes(*listed: Json, **more: object) -> Json:
    return {"type": "checkboxes", "options": list(listed or [option()]), **more}


def select(**more: object) -> Json:
    return {"type": "static_select", **({"options": [option()]} | more)}


def writing(**more: object) -> Json:
    return {"type": "plain_text_input", **more}


def confirm(**more: object) -> Json:
    return {"title": plain(), "text": mrkdwn(), "confirm": plain(), "deny": plain(), **more}


def actions(*elements: object, **more: object) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def section(**more: object) -> Json:
    return {"type": "section", "text": mrkdwn(), **more}


def beside(accessory: object) -> Json:
    return section(accessory=accessory)


def context(*elements: object) -> Json:
    return {"type": "context", "elements": list(elements)}


def ask(element: object, **more: object) -> Json:
    return {"type": "input", "label": plain(), "element": element, **more}


def picture(**more: object) -> Json:
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A chart", **more}


def rows(*cells: str, times: int = 2) -> list[list[Json]]:
    return [[{"type": "raw_text", "text": cell} for cell in cells] for _ in range(times)]


def plot(**more: object) -> Json:
    series = {"name": "PSI", "data": [{"label": "May", "value": 1}]}
    return {"type": "line", "series": [series], "axis_config": {"categories": ["May"]}, **more}


def chart(drawn: Json, **more: object) -> Json:
    return {"type": "data_visualization", "title": "Drift", "chart": drawn, **more}


def rich(*parts: object) -> Json:
    return {"type": "rich_text", "elements": list(parts)}


def message(*blocks: object, **more: object) -> Json:
    return {"text": "Hello", "blocks": list(blocks), **more}


def modal(*blocks: object, **more: object) -> Json:
    return {"type": "modal", "title": plain(), "submit": plain("Save"), "blocks": list(blocks), **more}


def home(*blocks: object, **more: object) -> Json:
    return {"type": "home", "blocks": list(blocks), **more}


def without(body: Json, key: str) -> Json:
    return {name: value for name, value in body.items() if name != key}


def long(length: int) -> str:
    return "x" * length
