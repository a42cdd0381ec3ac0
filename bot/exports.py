"""What all files for people's sheets, programs and folders have in common."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

FORMATS = {"md": "Markdown, to read", "csv": "CSV, for a sheet", "json": "JSON, for programs"}

# A sheet reads a cell that begins with one of these as a formula (full-width forms too).
_FORMULA = re.compile(r"^[\s\ufeff\x00]*[=+\-@\t\r\n\x00＝＋－＠]")  # noqa: RUF001
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def cell(value: object) -> str:
    """Make a cell's text; one that looks like a formula gets an apostrophe in front."""
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) else text


def heading(columns: Sequence[str]) -> str:
    """Write the first line of a CSV file."""
    return row(columns, {one: one for one in columns})


def row(columns: Sequence[str], values: Mapping[str, Any]) -> str:
    """Write a line of CSV (RFC 4180, everything quoted); cells that a sheet would run are neutralised."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([cell(values.get(one)) for one in columns])
    return out.getvalue()


def sheet(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Write rows as a whole CSV file."""
    return "".join([heading(columns), *(row(columns, one) for one in rows)])


def flat(text: str) -> str:
    """Escape what a person wrote for Markdown, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def iso(at: datetime | None) -> str | None:
    """Write a time as ISO 8601 in UTC."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def slug(text: str, otherwise: str) -> str:
    """Make a part of a file name: letters, digits and dashes only."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:60] or otherwise
