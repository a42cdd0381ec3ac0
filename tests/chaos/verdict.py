"""What is left when everything is quiet again, held against what people did."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.books import Books, exported
from tests.chaos.campaign import NAMES, Diary
from tests.chaos.children import Bot, PretendSlack
from tests.chaos.clients import Click, boxes
from tests.chaos.oracle import differences, states

Json = dict[str, Any]
TRY_AGAIN = "Nothing was changed: please try again."


@dataclass
class Verdict:
    """What was found; `lost` and `doubled` name commands and cards, `wrong` whatever else is not as it should be."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """List all that must not be."""
        lost, doubled = [f"lost: {one}" for one in self.lost], [f"doubled: {one}" for one in self.doubled]
        return lost + doubled + self.wrong


@dataclass
class Remains:
    """Slack, the database and the coach's own export, at rest."""

    runs: dict[str, Json]
    cards: dict[str, list[Json]]
    books: Books
    said: str

    @classmethod
    async def of(cls, slack: PretendSlack, bots: Sequence[Bot], books: Books) -> "Remains":
        """Look at everything once."""
        listed = await asyncio.to_thread(exported, bots[0])
        runs = {f"run-{one['run']}": one for one in listed}
        return cls(runs, await slack.posted(), books, "".join(bot.said(whole=True) for bot in bots))

    def named(self, system: str) -> list[str]:
        """Give the runs of a system."""
        return [run for run, one in self.runs.items() if one["system"]["name"] == system]


async def judge(diary: Diary, slack: PretendSlack, bots: Sequence[Bot], books: Books) -> Verdict:
    """Compare what people did with what is there."""
    left = await Remains.of(slack, bots, books)
    held = {one.delivery_id: one for one in books.cards() if one.state == "held"}
    verdict = Verdict(held=sorted(held))
    for person in NAMES:
        _doubt(diary, left, person, await slack.times_told(NAMES[person], TRY_AGAIN))
    verdict.lost += _lost_commands(diary, left, set(held))
    saved = left.books.newest_clicks()
    verdict.lost += [f"{one}; saved was {saved.get(one.item)}" for one in _lost_clicks(diary, left)]
    verdict.lost += _lost_notes(diary, left)
    verdict.doubled += [f"{run} {len(cards)} times" for run, cards in left.cards.items() if len(cards) > 1]
    verdict.doubled += [name for name in diary.asked if len(left.named(name)) > 1]
    verdict.wrong += diary.ledger.wrong("the database", _all_states(left))
    verdict.wrong += [*_wrong_cards(left, set(held)), *diary.refused, *_broke(left.said)]
    for one in held.values():
        if not await slack.asked(NAMES[one.asked_by], one.channel):
            verdict.wrong.append(f"{one.delivery_id} is held, and {one.asked_by} was not asked")
    return verdict


def _lost_commands(diary: Diary, left: Remains, held: set[str]) -> list[str]:
    lost = []
    for name, asked in diary.asked.items():
        runs = left.named(name)
        if asked.taken and not runs:
            lost.append(f"the command for {name}")
        lost += [f"the card of {run} ({name})" for run in runs if run not in left.cards and run not in held]
    return lost


def _lost_clicks(diary: Diary, left: Remains) -> list[Click]:
    saved = left.books.newest_clicks()
    newest = [diary.ledger.newest(item) for item in diary.ledger.taken]
    return [one for one in newest if one and saved.get(one.item, 0) < one.at]


def _doubt(diary: Diary, left: Remains, person: str, times: int) -> None:
    """Leave out as many lost clicks of a person as the person was asked to repeat: a frozen coach holds a lock."""
    for _ in range(times):
        lost = next((one for one in _lost_clicks(diary, left) if one.by == person), None)
        if lost:
            diary.ledger.doubt(lost)


def _lost_notes(diary: Diary, left: Remains) -> Iterator[str]:
    for text, noted in diary.notes.items():
        kept = [one["after"].get("note") for one in left.runs[noted.run]["history"]] if noted.run in left.runs else []
        if noted.taken and text not in kept:
            yield f"{text!r} on {noted.run}"


def _all_states(left: Remains) -> dict[str, bool]:
    return {f"{run}/{item}": done for run, one in left.runs.items() for item, done in states(one).items()}


def _wrong_cards(left: Remains, held: set[str]) -> Iterator[str]:
    for run, cards in left.cards.items():
        if run not in left.runs:
            yield f"there is a card for {run}, but no run"
        elif run not in held:
            yield from differences(f"the card of {run}", states(left.runs[run]), boxes(cards[-1]["blocks"]))


def _broke(said: str) -> Iterator[str]:
    for line in said.splitlines():
        if "[error" in line or line.startswith("Traceback"):
            yield f"the coach said: {line[:300]}"
