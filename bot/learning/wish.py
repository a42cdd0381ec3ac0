"""Words after `/aipm learn subscribe`, read in any order."""

import re
from collections.abc import Collection, Iterator
from datetime import time
from difflib import get_close_matches
from typing import Any

from bot.blocks import clip, esc
from bot.errors import NotUnderstood
from bot.learning.model import Wish
from bot.schedule import zones

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EXAMPLE = "`/aipm learn subscribe core tuesday 10:00 Europe/Berlin`"
_FILLERS = frozenset({"at", "on", "every", "each", "in", "the", "track", "o'clock"})
_CLOCK = re.compile(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?h?(am|pm)?")
_APART = re.compile(r"([0-9])\s+([ap])\.?m\b\.?", re.IGNORECASE)
_NAMES = {"track": "track", "weekday": "day", "at": "time", "zone": "time zone"}
_SHORTEST = 2
_Part = tuple[str, str | int | time]


def parse_wish(text: str, tracks: Collection[str]) -> Wish:
    """Read track, weekday, time and zone; raise NotUnderstood that names the word."""
    known: dict[str, Any] = {}
    for word in _words(text):
        name, value = _read(word, tracks)
        if known.setdefault(name, value) != value:
            raise NotUnderstood(f"That is more than one {_NAMES[name]}. Name one, for example: {_EXAMPLE}")
    return Wish(**{"track": "", "weekday": None, "at": None, "zone": "", **known})


def _words(text: str) -> Iterator[str]:
    for word in _APART.sub(r"\1\2m", text).split():
        plain = word.strip(",;.`")
        if plain and plain.casefold() not in _FILLERS:
            yield plain


def _read(word: str, tracks: Collection[str]) -> _Part:
    small = word.casefold()
    track = next((one for one in tracks if one.casefold() == small), None)
    if track is not None:
        return "track", track
    found = _day(small) or _time(small) or _zone(small)
    if found is None:
        raise _unknown(word, tracks)
    return found


def _day(word: str) -> _Part | None:
    stems = tuple(one for one in (word, word.removesuffix("s")) if len(one) >= _SHORTEST)
    hits = (number for number, day in enumerate(DAYS) if any(day.startswith(one) for one in stems))
    return next((("weekday", number) for number in hits), None)


def _time(word: str) -> _Part | None:
    found = _CLOCK.fullmatch(word)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        # Twelve comes before one on a clock's face; there is no 0 and no 13 on it.
        hour = hour % 12 + (12 if found[3] == "pm" else 0) if hour in range(1, 13) else 24
    if hour not in range(24) or minute not in range(60):
        raise NotUnderstood(f"`{word}` is no time of day. Write it like this: {_EXAMPLE}")
    return "at", time(hour, minute)


def _zone(word: str) -> _Part | None:
    """Take a zone's whole name in any spelling, or its city where only one zone has it."""
    cities = [name for small, name in zones().items() if small.endswith(f"/{word}")]
    name = zones().get(word) or (cities[0] if len(cities) == 1 else None)
    return ("zone", name) if name else None


def _unknown(word: str, tracks: Collection[str]) -> NotUnderstood:
    told = esc(clip(word, 60).replace("`", ""))
    names = {one.casefold(): one for one in (*tracks, *DAYS, *zones().values())}
    close = get_close_matches(clip(word, 60).casefold(), names, n=1, cutoff=0.7)
    guess = f" Did you mean `{names[close[0]]}`?" if close else ""
    return NotUnderstood(f"I do not know `{told}`.{guess} Name a track, a day, a time and a time zone: {_EXAMPLE}")
