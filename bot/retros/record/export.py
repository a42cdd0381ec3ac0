"""Retros as Markdown, CSV and JSON; people are Slack user ids, times are UTC."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.exports import flat, heading, iso, row
from bot.retros.model import CAUSES, KINDS, Action, Retro

COLUMNS = (
    "part",
    "workspace",
    "retro",
    "logged_at",
    "system",
    "version",
    "kind",
    "causes",
    "expected",
    "why",
    "keep",
    "caught",
    "author",
    "participants",
    "visibility",
    "channel",
    "source",
    "action",
    "owner",
    "due",
    "proof_wanted",
    "state",
    "done_at",
    "note",
    "link",
    "proof_held",
)


Put = Callable[[str], object]
"""Takes a file's text, piece by piece."""


@dataclass(frozen=True)
class _Form:
    """How a file is made of its retros."""

    head: str
    one: Callable[[Retro], str]
    between: str = ""
    tail: str = ""


def name(form: str) -> str:
    """Give a file name."""
    return f"retros.{form if form in _FORMS else 'md'}"


def fill(files: Mapping[str, Put], retros: Iterable[Retro]) -> int:
    """Write retros into files, by form, all in one reading; give how many there were."""
    begun = [(_FORMS[form], put) for form, put in files.items()]
    for form, put in begun:
        put(form.head)
    count = 0
    for count, one in enumerate(retros, 1):
        for form, put in begun:
            put((form.between if count > 1 else "") + form.one(one))
    for form, put in begun:
        put(form.tail)
    return count


def write(retros: Iterable[Retro], form: str) -> str:
    """Write retros in the form `md`, `csv` or `json`."""
    pieces: list[str] = []
    fill({form: pieces.append}, retros)
    return "".join(pieces)


def data(retro: Retro) -> dict[str, Any]:
    """Give a retro as plain data."""
    said = retro.words
    return {
        "retro": retro.number,
        "workspace": retro.workspace,
        "channel": retro.channel,
        "system": said.named.name if said.named else "",
        "version": said.named.version if said.named else "",
        "kind": said.kind,
        "expected": said.expected,
        "why": said.why,
        "keep": said.keep,
        "causes": list(said.causes),
        "caught": said.caught,
        "author": retro.author,
        "participants": list(said.people),
        "visibility": said.visibility,
        "source": said.source,
        "logged_at": iso(retro.logged_at),
        "edited_at": iso(retro.edited_at),
        "actions": [_action(one) for one in retro.actions],
    }


def _action(action: Action) -> dict[str, Any]:
    return {
        "action": action.text,
        "owner": action.owner,
        "due": action.due.isoformat(),
        "proof_wanted": action.proof,
        "state": action.state,
        "done_at": iso(action.done_at),
        "note": action.note,
        "link": action.link,
        "proof_held": action.held,
    }


def _json(retro: Retro) -> str:
    """Write a retro as JSON, the loss-free form, inside a list; a line break within a text is escaped there."""
    return f"\n{json.dumps(data(retro), ensure_ascii=False, indent=2)}".replace("\n", "\n  ")


def _csv(retro: Retro) -> str:
    """Write one row for a retro, and one for each of its actions."""
    return "".join(row(COLUMNS, one) for one in _rows(retro))


def _rows(retro: Retro) -> Iterator[Mapping[str, Any]]:
    told = data(retro)
    lists = {"causes": ", ".join(told["causes"]), "participants": ", ".join(told["participants"])}
    yield {**told, **lists, "part": "retro"}
    for action in told["actions"]:
        frame = {key: told[key] for key in ("workspace", "retro", "system", "version", "channel")}
        yield {**frame, **action, "part": "action"}


def _markdown(retro: Retro) -> str:
    """Write a retro as a part of a page to read and keep."""
    return "\n".join(_page(retro))


def _page(retro: Retro) -> list[str]:
    said = retro.words
    facts = [
        f"{KINDS[said.kind]}, logged {iso(retro.logged_at)} by {retro.author}",
        f"Workspace: {retro.workspace}",
        f"Took part: {', '.join(said.people)}",
        *([f"Causes: {', '.join(CAUSES[one] for one in said.causes)}"] if said.causes else []),
        *([f"Began at: <{said.source}>"] if said.source else []),
    ]
    texts = {
        "What we expected, and what happened": said.expected,
        "Why there was a difference, and what part luck played": said.why,
        "What we keep, what we change, and how we will know": said.keep,
        "What would have caught it": said.caught,
    }
    lines = [f"## {flat(retro.title)}", "", *(f"- {fact}" for fact in facts), ""]
    for question, text in texts.items():
        lines += [f"### {question}", "", *_quoted(text), ""] if text else []
    return [*lines, *_actions(retro)]


def _quoted(text: str) -> list[str]:
    return [f"> {flat(line)}" for line in text.splitlines()]


def _actions(retro: Retro) -> list[str]:
    if not retro.actions:
        return []
    return ["### Actions", "", *(line for one in retro.actions for line in _told(one)), ""]


def _told(action: Action) -> list[str]:
    tick = "x" if action.state == "done" else " "
    state = "" if action.state in {"open", "done"} else f", {action.state}"
    lines = [f"- [{tick}] {flat(action.text)} ({action.owner}, by {action.due}{state})"]
    proof = " ".join(one for one in (flat(action.note), f"<{action.link}>" if action.link else "") if one)
    lines += [f"  - What proves it: {flat(action.proof)}"] if action.proof else []
    return [*lines, *([f"  - Done {iso(action.done_at)}: {proof}"] if action.done_at else [])]


_FORMS = {
    "md": _Form("# Retrospectives\n\n", _markdown, between="\n"),
    "csv": _Form(heading(COLUMNS), _csv),
    "json": _Form("[", _json, between=",", tail="\n]\n"),
}
