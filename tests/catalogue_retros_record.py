"""What the record of retros shows, with little and with much in it."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.retros.model import CAUSES, Action, Retro, Words
from bot.retros.record import views
from bot.retros.record.model import Noted, Stats, count
from tests.catalogue import Shown, shown
from tests.samples import HERE, NOW


def counted(retros: Iterable[Retro], now: datetime = NOW) -> Stats:
    """Count retros as if they had been read."""
    return count((Noted(one.logged_at, one.words.causes, one.actions) for one in retros), now)


def everything() -> Iterator[Shown]:
    """Give the numbers of no retro, of one, and of a full year; and the form for files."""
    yield shown("no numbers", views.stats(counted([])))
    yield shown("numbers of one", views.stats(counted([_retro(1, 0)])))
    yield shown("numbers of a year", views.stats(counted(_retro(one, 12 * one) for one in range(30))))
    yield shown("numbers of two years", views.stats(counted(_retro(one, 12 * one) for one in range(60))))
    yield shown("export of retros", views.export(HERE))


def _retro(number: int, days: int) -> Retro:
    at = NOW - timedelta(days=days)
    frame: dict[str, Any] = {"workspace": "T1", "retro": number, "number": number, "channel": HERE, "system": ""}
    frame |= {"text": "Do", "owner": "U", "due": at.date(), "proof": "", "state": "done"}
    done = Action(number, **frame, created_at=at, done_at=NOW)
    return Retro(number, "T1", number, HERE, Words(causes=tuple(CAUSES)), "UANA", at, 1, actions=(done,))
