"""The `rich_text` block as safe HTML."""

from collections.abc import Callable

from markupsafe import Markup, escape

from sandbox.mrkdwn import Reader, emoji_names, inline, safe_link
from sandbox.records import Json

_TAGS = {"bold": "b", "italic": "i", "strike": "s", "code": "code"}
_BOXES = {"rich_text_section": "p", "rich_text_preformatted": "pre", "rich_text_quote": "blockquote"}


def rich_text(block: Json, reader: Reader) -> Markup:
    """Render a rich_text block: sections, lists, quotations and code."""
    return Markup().join(_box(one, reader) for one in block.get("elements", ()))


def _box(one: Json, reader: Reader) -> Markup:
    parts = one.get("elements", ())
    if one["type"] == "rich_text_list":
        tag = "ol" if one.get("style") == "ordered" else "ul"
        rows = (Markup("<li>{}</li>").format(_line(item.get("elements", ()), reader)) for item in parts)
        indent = min(int(one.get("indent", 0)), 8)
        return Markup('<{0} class="indent-{1}">{2}</{0}>').format(tag, indent, Markup().join(rows))
    if one["type"] not in _BOXES:
        return Markup('<p class="unknown">[{}: not in the sandbox]</p>').format(one["type"])
    return Markup("<{0}>{1}</{0}>").format(_BOXES[one["type"]], _line(parts, reader))


def _line(parts: list[Json], reader: Reader) -> Markup:
    return Markup().join(_styled(one, _PARTS.get(one["type"], _other)(one, reader)) for one in parts)


def _styled(one: Json, made: Markup) -> Markup:
    style = one.get("style")
    for name, tag in _TAGS.items():
        if isinstance(style, dict) and style.get(name):
            made = Markup("<{0}>{1}</{0}>").format(tag, made)
    return made


def _text(one: Json, _reader: Reader) -> Markup:
    return Markup("<br>").join(escape(line) for line in str(one.get("text", "")).split("\n"))


def _link(one: Json, _reader: Reader) -> Markup:
    label = str(one.get("text") or one.get("url", ""))
    return safe_link(str(one.get("url", "")), label) or escape(label)


def _emoji(one: Json, _reader: Reader) -> Markup:
    return escape(emoji_names().get(one["name"], f":{one['name']}:"))


def _mention(mark: str, key: str) -> Callable[[Json, Reader], Markup]:
    return lambda one, reader: inline(f"<{mark}{one.get(key, '')}>", reader)


def _date(one: Json, reader: Reader) -> Markup:
    return inline(f"<!date^{one.get('timestamp', '')}^{one.get('format', '')}|{one.get('fallback', '')}>", reader)


def _other(one: Json, _reader: Reader) -> Markup:
    return Markup('<span class="unknown">[{}: not in the sandbox]</span>').format(one["type"])


_PARTS: dict[str, Callable[[Json, Reader], Markup]] = {
    "text": _text,
    "link": _link,
    "emoji": _emoji,
    "user": _mention("@", "user_id"),
    "channel": _mention("#", "channel_id"),
    "broadcast": _mention("!", "range"),
    "date": _date,
}
