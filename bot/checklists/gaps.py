"""What a channel's checklists keep showing: must-haves that are put aside or left at risk again and again."""

from collections import Counter
from collections.abc import Iterator, Sequence

from bot.blocks import clip
from bot.checklists.model import Run
from bot.schema import Item

RUNS = 4
"""How many of a channel's newest runs are looked at, and in how many of them an item must stand out."""

OFTEN = 2


def find(runs: Sequence[Run]) -> list[tuple[str, str]]:
    """Give topic and reason of each gap, the most frequent first; `runs` are newest first."""
    looked = list(runs)[:RUNS]
    seen: Counter[str] = Counter(item.id for run in looked for item in _standing_out(run))
    items = {item.id: item for run in looked for item in run.items.values()}
    often = [(items[name], times) for name, times in seen.most_common() if times >= OFTEN]
    return [(topic, _reason(item, times, len(looked))) for item, times in often for topic in item.topics]


def _standing_out(run: Run) -> Iterator[Item]:
    for item in run.items.values():
        answer = run.answer(item.id)
        if item.level == "must" and (answer.state in {"na", "risk"} or answer.accepted):
            yield item


def _reason(item: Item, times: int, looked: int) -> str:
    return f"“{clip(item.title, 60)}” was put aside or at risk in {times} of your last {looked} checklists"
