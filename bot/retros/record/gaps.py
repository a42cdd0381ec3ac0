"""What a channel's retros keep showing: causes that come back, and actions that nobody gets done."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from bot.retros.model import CAUSES, Retro
from bot.schema_causes import CauseItem

RETROS = 12
"""How many of a channel's newest retros are looked at."""

OFTEN = 3
"""In how many of them a cause stands out, and how many overdue actions do."""

LATE = "learning"
"""The topic of lessons on getting done what was agreed."""


def find(retros: Sequence[Retro], today: date, causes: Mapping[str, CauseItem]) -> list[tuple[str, str]]:
    """Give topic and reason of each gap, the most frequent first; `retros` are newest first."""
    looked = list(retros)[:RETROS]
    named = Counter(cause for one in looked for cause in one.words.causes)
    often = [(cause, times) for cause, times in named.most_common() if times >= OFTEN and cause in causes]
    told = [
        (topic, f"“{CAUSES[cause]}” was a cause in {times} of your last {len(looked)} retros")
        for cause, times in often
        for topic in causes[cause].topics
    ]
    overdue = sum(action.is_overdue(today) for one in looked for action in one.actions)
    late = [(LATE, f"{overdue} actions from your retros are overdue")] if overdue >= OFTEN else []
    return [*told, *late]
