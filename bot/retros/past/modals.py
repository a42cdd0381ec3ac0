"""What became of a retro: its history, and what somebody else changed while a form was open."""

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from bot.blocks import Block, Modal, context, esc, moment, paragraphs, person, quote, section
from bot.retros.actions.views import told
from bot.retros.model import CAUSES, KINDS, VISIBILITIES, Change, Retro
from bot.retros.sheet import PEOPLE, Merged
from bot.retros.views import names
from bot.schema_retros import Questions

PAST = "retro.history"
SAVE = "Save"
"""What the button says that saves an edit."""

_WORDS: Mapping[str, str] = dict([*CAUSES.items(), *KINDS.items(), *VISIBILITIES.items()])
_SHORT = {"kind", "causes", "people", "visibility", "actions"}
_TOLD = 280
# Slack takes 100 blocks and 250 KB, JSON's escapes included; the rest is for what stands around the changes.
_BLOCKS = 90
_BYTES = 200_000


def meanwhile(late: Merged, name: str) -> list[Block]:
    """Show what somebody else has written meanwhile, above the field that holds this person's own words."""
    if name not in late.theirs:
        return []
    return [section(f"*Changed by {person(late.by)} meanwhile:*\n{_told(late.theirs[name], name, 2500)}")]


def overtaken(late: Merged, questions: Questions) -> str:
    """Say what happened to a form whose retro somebody else has changed meanwhile."""
    called = names(questions)
    taken, both = (", ".join(f"_{esc(called[one])}_" for one in some) for some in (late.taken, late.theirs))
    said = f"{person(late.by)} changed this retro while you had it open."
    said += f" Taken over from them: {taken}." if taken else ""
    if both:
        return f"{said} You both changed: {both}. Theirs is quoted above yours; *{SAVE}* keeps yours."
    return f"{said} Nothing of yours is touched by it: *{SAVE}* adds yours."


def _told(value: str | Sequence[str], name: str, limit: int = _TOLD) -> str:
    """Quote what stands in a field: words, or what was chosen."""
    if isinstance(value, str) and name not in _SHORT:
        return quote(value, limit) if value else "> _empty_"
    return f"> {_said(value, name) or '_none_'}"


def _said(value: str | Sequence[str], name: str) -> str:
    """Say in a line what was chosen."""
    chosen = [value] if isinstance(value, str) else value
    if name == "people":
        return ", ".join(person(one) for one in chosen[:PEOPLE])
    return ", ".join(esc(_WORDS.get(one, one), 200) for one in chosen)


def history(retro: Retro, changes: Sequence[Change], questions: Questions) -> Modal:
    """Show what happened to a retro, newest first, from what to what."""
    called = {**names(questions), "actions": "New actions"}
    newest = [tuple(_change(one, called)) for one in reversed(changes)]
    most = _fitting(newest)
    logged = f"*{person(retro.author)} logged it* · {moment(retro.logged_at)}"
    blocks = [section(f"*{esc(retro.title)}*"), *paragraphs([*chain.from_iterable(newest[:most]), logged])]
    older = [context(f"The newest {most} of {len(changes)} changes.")] if most < len(changes) else []
    return Modal("History", blocks + older, PAST)


def _fitting(told: Sequence[Sequence[str]]) -> int:
    """Say how many changes a form holds beside its other lines."""
    return bisect_left(range(len(told)), x=True, key=lambda last: _is_too_much(told[: last + 1]))


def _is_too_much(told: Sequence[Sequence[str]]) -> bool:
    blocks = paragraphs(chain.from_iterable(told))
    return len(blocks) > _BLOCKS or len(json.dumps(blocks)) > _BYTES


def _change(one: Change, called: Mapping[str, str]) -> Iterator[str]:
    if one.what != "edited":
        yield from _deed(one)
        return
    yield f"*{person(one.by)} edited it* · {moment(one.at)}"
    for name, after in one.after.items():
        title = f"_{esc(called.get(name, name))}_"
        if name in _SHORT:
            before = f"{_said(one.before[name], name) or '_none_'} → " if name in one.before else ""
            yield f"{title}: {before}{_said(after, name) or '_none_'}"
        else:
            yield f"{title}, before\n{_told(one.before.get(name, ''), name)}\n{title}, now\n{_told(after, name)}"
    yield " "


def _deed(one: Change) -> Iterator[str]:
    """Tell what was done with an action, or with a checklist item, of the retro."""
    of_action = told(one)
    yield f"{of_action or f'*{person(one.by)} {esc(one.what)}*'} · {moment(one.at)}"
    if not of_action and one.after.get("title"):
        yield quote(str(one.after["title"]), _TOLD)
    yield " "
