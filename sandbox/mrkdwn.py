"""Slack's mrkdwn as safe HTML.

Every function returns whole, balanced pieces, so that tags nest by construction; text is unescaped and
escaped once, where it becomes a leaf.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup, escape

from sandbox.dates import stamp


@dataclass(frozen=True)
class Reader:
    """Who reads: what ids are called, and the zone and the moment that dates are written for."""

    id: str = ""
    people: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    tz: str = "UTC"
    now: float = 0.0


_CODE = r"`(?P<code>[^`\n]+)`"
_ANGLED = r"<(?P<token>[^<>\n]+)>"
_BARE = r"(?P<url>\bhttps?://(?:(?!&[lg]t;)[^\s<>|`])+(?<![.,;:!?)*_~]))"
EMOJI = r":(?P<emoji>[a-z0-9_+'-]+):(?::skin-tone-(?P<tone>[2-6]):)?"
LEAVES = rf"{_CODE}|{_ANGLED}|{_BARE}|{EMOJI}"
_EMOJI = re.compile(EMOJI)
_LINK = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x1f]+", re.IGNORECASE)
_QUOTED = re.compile(r"(?:&gt;|>) ?")
_QUOTED_REST = re.compile(r"(?:&gt;|>){3}")
_TONES = dict(zip("23456", "🏻🏼🏽🏾🏿", strict=True))
_ENTITY = re.compile(r"&(lt|gt|amp);")


def _style(name: str, mark: str) -> str:
    """Match a styled span: its marks stand at the edges of words, on one line, and not inside code."""
    inside = rf"(?>`[^`\n]+`|<[^<>\n]*>|[^{mark}\n])+?"
    return rf"(?<![\w{mark}])[{mark}](?=\S)(?P<{name}>{inside})(?<!\s)[{mark}](?![\w{mark}])"


_MRKDWN = re.compile(f"{LEAVES}|{_style('b', '*')}|{_style('i', '_')}|{_style('s', '~')}")


def mrkdwn(text: str, reader: Reader) -> Markup:
    """Render mrkdwn."""
    parts = re.split(r"```(.+?)```", text, flags=re.DOTALL)
    made = []
    for index, part in enumerate(parts):
        if index % 2:
            made.append(Markup("<pre>{}</pre>").format(literal(part.strip("\n"))))
            continue
        # A line break beside a block of code is the edge of that block.
        trimmed = part.removeprefix("\n") if index else part
        made.append(_lines(trimmed.removesuffix("\n") if index < len(parts) - 1 else trimmed, reader))
    return Markup().join(made)


def inline(text: str, reader: Reader, pattern: re.Pattern[str] = _MRKDWN) -> Markup:
    """Render what stands in a line; `pattern` names the spans and leaves by the groups it has."""
    made, end = [], 0
    for found in pattern.finditer(text):
        made += [_escaped(text[end : found.start()]), _span(found, reader, pattern)]
        end = found.end()
    return Markup().join([*made, _escaped(text[end:])])


def plain(text: str, *, emoji: bool = True) -> str:
    """Give plain text: entities and emoji names resolved, nothing else; the template escapes it."""
    found = unescape(text)
    return _EMOJI.sub(lambda m: _emoji(m["emoji"], m["tone"]) or m[0], found) if emoji else found


def literal(text: str) -> str:
    """Give what stands in code: link tokens by their label or address, everything else as it is."""
    return re.sub(r"<((?:https?|mailto):[^<>|\n]+)(?:\|([^<>\n]*))?>", lambda m: m[2] or m[1], unescape(text))


def unescape(text: str) -> str:
    """Resolve the three entities that Slack uses, once."""
    return _ENTITY.sub(lambda found: {"lt": "<", "gt": ">", "amp": "&"}[found[1]], text)


def safe_link(url: str, label: Markup | str) -> Markup | None:
    """Link to a web or mail address; None for every other scheme."""
    if not _LINK.fullmatch(url):
        return None
    return Markup('<a href="{}" target="_blank" rel="noopener">{}</a>').format(url, label)


def _lines(text: str, reader: Reader) -> Markup:
    """Render lines, consecutive quoted ones as one quotation; after `>>>` everything is quoted."""
    groups: list[tuple[bool, list[str]]] = []
    lines, rest = text.split("\n") if text else [], False
    for one in lines:
        first = not rest and bool(_QUOTED_REST.match(one))
        rest = rest or first
        quoted = rest or bool(_QUOTED.match(one))
        bare = _QUOTED_REST.sub("", one, count=1).lstrip(" ") if first else one
        line = _QUOTED.sub("", bare, count=1) if quoted and not rest else bare
        if not groups or groups[-1][0] != quoted:
            groups.append((quoted, []))
        groups[-1][1].append(line)
    return Markup().join(_group(quoted, found, reader) for quoted, found in groups)


def _group(quoted: bool, lines: list[str], reader: Reader) -> Markup:  # noqa: FBT001 - a pair from _lines
    made = Markup("<br>").join(inline(line, reader) for line in lines)
    return Markup("<blockquote>{}</blockquote>").format(made) if quoted else made


def _span(found: re.Match[str], reader: Reader, pattern: re.Pattern[str]) -> Markup:
    groups = {name: text for name, text in found.groupdict().items() if text is not None}
    if leaf := next((_LEAVES[name] for name in groups if name in _LEAVES), None):
        return leaf(groups, reader) or _escaped(found[0])
    tag, text = next((name, text) for name, text in groups.items() if name in "bis")
    return Markup("<{0}>{1}</{0}>").format(tag, inline(text, reader, pattern))


def _escaped(text: str) -> Markup:
    return escape(unescape(text))


@cache
def emoji_names() -> dict[str, str]:
    """Give Slack's emoji by name."""
    path = Path(__file__).with_name("emoji.json")
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _emoji(name: str, tone: str | None) -> str | None:
    known = emoji_names().get(name)
    return known and known + _TONES.get(tone or "", "")


def _token(token: str, reader: Reader) -> Markup | None:
    body, _, label = token.partition("|")
    kinds = {"@": _person, "#": _channel, "!": _special}
    kind = kinds.get(body[:1])
    return kind(body[1:], label, reader) if kind else safe_link(unescape(body), _label(body, label))


def _person(body: str, label: str, reader: Reader) -> Markup:
    name = reader.people.get(body) or unescape(label) or body
    mine = Markup(" mention-me") if body == reader.id else ""
    return Markup('<span class="mention{}">@{}</span>').format(mine, name)


def _channel(body: str, label: str, reader: Reader) -> Markup:
    name = reader.channels.get(body)
    if name is None:
        return Markup('<span class="mention">#{}</span>').format(unescape(label) or "private channel")
    here = f"/w?as={quote(reader.id)}&c={quote(body)}"
    return Markup('<a class="mention" href="{}" data-nav>#{}</a>').format(here, name)


def _special(body: str, label: str, reader: Reader) -> Markup | None:
    if body in ("here", "channel", "everyone"):
        return Markup('<span class="mention mention-me">@{}</span>').format(body)
    if body.startswith("subteam^"):
        return Markup('<span class="mention">{}</span>').format(unescape(label) or "@group")
    if not body.startswith("date^"):
        return None
    seconds, _, rest = body.removeprefix("date^").partition("^")
    pattern, _, url = rest.partition("^")
    shown = stamp(seconds, unescape(pattern), reader.tz, reader.now) or unescape(label)
    return (safe_link(unescape(url), shown) if url else None) or escape(shown)


def _label(body: str, label: str) -> str:
    # A mail address is written as its own label, not with its scheme.
    return plain(label) if label else re.sub("^mailto:", "", unescape(body), flags=re.IGNORECASE)


def _linked(url: str, label: str) -> Markup | None:
    return safe_link(unescape(url), plain(label))


def _known(emoji: str | None) -> Markup | None:
    return escape(emoji) if emoji else None


_LEAVES: dict[str, Callable[[dict[str, str], Reader], Markup | None]] = {
    "code": lambda groups, _reader: Markup("<code>{}</code>").format(literal(groups["code"])),
    "token": lambda groups, reader: _token(groups["token"], reader),
    "url": lambda groups, _reader: _linked(groups["url"], groups["url"]),
    "label": lambda groups, _reader: _linked(groups["href"], groups["label"]),
    "emoji": lambda groups, _reader: _known(_emoji(groups["emoji"], groups.get("tone"))),
}
