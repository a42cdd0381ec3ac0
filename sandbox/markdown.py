"""The `markdown` block: ordinary Markdown, as much of it as Slack shows, as safe HTML."""

import re
from collections.abc import Callable, Iterator

from markupsafe import Markup

from sandbox.mrkdwn import LEAVES, Reader, inline, literal

_PATTERN = re.compile(
    rf"\[(?P<label>[^\[\]\n]+)\]\((?P<href>[^()\s]+)\)|{LEAVES}"
    r"|(?P<bold>\*\*|__)(?=\S)(?P<b>.+?)(?<=\S)(?P=bold)"
    r"|~~(?=\S)(?P<s>.+?)(?<=\S)~~"
    r"|(?<![\w*_])(?P<mark>[*_])(?=\S)(?P<i>[^*_\n]+?)(?<=\S)(?P=mark)(?!\w)"
)
_HEADING = re.compile(r"(#{1,6})\s+(.+)")
_ITEM = re.compile(r"\s*(?:[-*+]|(\d+)[.)])\s+(?:\[([ xX])\]\s+)?(.*)")
_RULE = re.compile(r"\s*([-*_])(?:\s*\1){2,}\s*")
_DASHES = re.compile(r"\|?[\s:|-]*-[\s:|-]*\|?")


def markdown(text: str, reader: Reader) -> Markup:
    """Render a `markdown` block."""
    parts = re.split(r"^```[^\n]*\n(.*?)^```[ \t]*$", text, flags=re.DOTALL | re.MULTILINE)
    made = [
        Markup("<pre>{}</pre>").format(literal(part.rstrip("\n"))) if index % 2 else _prose(part, reader)
        for index, part in enumerate(parts)
    ]
    return Markup().join(made)


def _prose(text: str, reader: Reader) -> Markup:
    return Markup().join(_RENDER[kind](lines, reader) for kind, lines in _grouped(text))


def _grouped(text: str) -> Iterator[tuple[str, list[str]]]:
    """Give runs of lines of one kind; headings and rules stand alone."""
    kind, run = "blank", list[str]()
    for line in text.split("\n"):
        now = _kind(line)
        if now != kind or now in ("heading", "rule"):
            yield kind, run
            kind, run = now, []
        run.append(line)
    yield kind, run


def _kind(line: str) -> str:
    if not line.strip():
        return "blank"
    if line.startswith(">"):
        return "quote"
    if line.lstrip().startswith("|"):
        return "table"
    named = {"heading": _HEADING, "rule": _RULE, "item": _ITEM}
    return next((kind for kind, pattern in named.items() if pattern.fullmatch(line)), "text")


def _text(lines: list[str], reader: Reader) -> Markup:
    made = Markup("<br>").join(inline(line, reader, _PATTERN) for line in lines)
    return Markup("<p>{}</p>").format(made)


def _heading(lines: list[str], reader: Reader) -> Markup:
    found = _HEADING.fullmatch(lines[0]) if lines else None
    return Markup("<h4>{}</h4>").format(inline(found[2], reader, _PATTERN)) if found else Markup()


def _items(lines: list[str], reader: Reader) -> Markup:
    found = [match for match in map(_ITEM.fullmatch, lines) if match]
    marks = {None: "", " ": "☐ "}
    rows = [Markup("<li>{}{}</li>").format(marks.get(one[2], "☑ "), inline(one[3], reader, _PATTERN)) for one in found]
    tag = "ol" if found and found[0][1] else "ul"
    return Markup("<{0}>{1}</{0}>").format(tag, Markup().join(rows))


def _quote(lines: list[str], reader: Reader) -> Markup:
    bare = [line.removeprefix(">").removeprefix(" ") for line in lines]
    made = Markup("<br>").join(inline(line, reader, _PATTERN) for line in bare)
    return Markup("<blockquote>{}</blockquote>").format(made)


def _table(lines: list[str], reader: Reader) -> Markup:
    rows = [line.strip().strip("|").split("|") for line in lines if not _DASHES.fullmatch(line.strip())]
    made = [
        Markup("<tr>{}</tr>").format(
            Markup().join(
                Markup("<{0}>{1}</{0}>").format("td" if index else "th", inline(cell.strip(), reader, _PATTERN))
                for cell in row
            )
        )
        for index, row in enumerate(rows)
    ]
    return Markup("<table><tbody>{}</tbody></table>").format(Markup().join(made))


_RENDER: dict[str, Callable[[list[str], Reader], Markup]] = {
    "blank": lambda _lines, _reader: Markup(),
    "rule": lambda _lines, _reader: Markup("<hr>"),
    "heading": _heading,
    "item": _items,
    "quote": _quote,
    "table": _table,
    "text": _text,
}
