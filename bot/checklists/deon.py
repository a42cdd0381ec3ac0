"""Turns a deon checklist.yml (title, sections, lines) into a checklist of ours."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from bot import library
from bot.errors import ContentError
from bot.schema import Checklist


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)
    line_id: str
    line_summary: str
    line: str


class _Section(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)
    title: str
    section_id: str
    lines: tuple[_Line, ...]


class _Deon(BaseModel):
    model_config = ConfigDict(extra="ignore")
    title: str
    sections: tuple[_Section, ...]


def convert(path: Path, folder: Path, today: date, name: str | None = None) -> Path:
    """Write the checklist into `folder`/checklists and give its path; raise ContentError with what to mend.

    Deon's own words are kept whole under "how to check"; titles and hints are shortened to Slack's 75 characters.
    """
    source = library.read(path, _Deon)
    slug = name or _slug(source.title)
    target = folder / "checklists" / f"{slug}.yaml"
    if target.exists():
        raise ContentError(f"{target} exists already; give another name with --name")
    if slug in library.load().checklists:
        raise ContentError(f"{slug} is a checklist of the coach; give another name with --name")
    target.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(_ours(source, slug, today), sort_keys=False, allow_unicode=True, width=100)
    target.write_text(text, "utf-8")
    try:
        library.read(target, Checklist)
    except ContentError:
        target.unlink()
        raise
    return target


def _ours(source: _Deon, slug: str, today: date) -> dict[str, Any]:
    return {
        "id": slug,
        "version": 1,
        "title": _short(source.title, 40),
        "summary": _short(f"{source.title}, in {len(source.sections)} parts", 75),
        "intro": f"{source.title}. Imported from a deon checklist; its items are prompts for discussion.",
        "last_reviewed": today,
        "licence_note": "Imported from a deon checklist.yml; its own licence applies to these words.",
        "phases": [_phase(section) for section in source.sections],
    }


def _phase(section: _Section) -> dict[str, Any]:
    return {
        "id": _key(section.section_id),
        "title": _short(section.title, 75),
        "summary": _short(section.title, 300),
        "items": [_item(line) for line in section.lines],
    }


def _item(line: _Line) -> dict[str, Any]:
    return {
        "id": _key(line.line_id),
        "title": _short(line.line_summary, 73),
        "hint": _short(line.line, 75),
        "check": _short(line.line, 1000),
        "level": "must",
    }


def _short(text: str, limit: int) -> str:
    """Shorten to what Slack counts: an escaped `&` is five characters."""
    text = " ".join(text.split())
    room = limit - 4 * text.count("&") - 3 * (text.count("<") + text.count(">"))
    return text if len(text) <= room else text[: max(1, room - 1)].rstrip() + "…"


def _key(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:40]


def _slug(title: str) -> str:
    return _key(title).lower() or "imported"
