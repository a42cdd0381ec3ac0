"""A coach that dies, or freezes, at points that a test chooses, and what people did meanwhile."""

import signal
from pathlib import Path
from typing import Any, Self

from tests.chaos.books import Books, exported
from tests.chaos.children import ANNA, BEN, Answer, Bot, PretendSlack, Wire
from tests.chaos.clients import Click, Watch, action, block_actions, boxes, checkboxes, slash_command
from tests.chaos.oracle import Ledger, differences, states

Json = dict[str, Any]
CLAIM = r"UPDATE cards SET state=\S+ claimed_at="
SENT = r"UPDATE cards SET state=\S+ drawn="


class Story:
    """A coach that dies again and again, and what people did meanwhile."""

    def __init__(self, folder: Path, url: str, slack: PretendSlack, channel: str) -> None:
        self.slack, self.channel, self.books = slack, channel, Books(url)
        self.bot, self.wire = Bot(folder, slack.settings(url)), Wire(slack.secret)
        self.ledger, self.watch, self.names = Ledger(), Watch(), list[str]()

    async def dies(self, *point: str, taken: bool, state: str, posted: int) -> None:
        """Run until a command reaches the point; look at what the dead coach left behind."""
        await self.rises(*point, "KILL")
        self.bot.arm()
        assert (await self.asks(self.bot)).quiet is taken
        assert await self.bot.died() == -signal.SIGKILL
        left = max(self.books.cards(), key=lambda one: int(one.delivery_id.removeprefix("run-")))
        assert left.state == state
        assert len((await self.cards()).get(left.delivery_id, [])) == posted
        self.books.let_a_minute_pass()

    async def asks(self, bot: Bot) -> Answer:
        """Type the next command."""
        self.names.append(f"Point-{len(self.names) + 1}")
        return await self.wire.send(bot, slash_command(ANNA, self.channel, f"llm-check {self.names[-1]}"))

    async def rises(self, *point: str) -> None:
        """Start again; what was left behind is put right, and somebody ticks every card."""
        self.bot.start(*point)
        await self.bot.ready()
        assert await self.books.settled(10)
        for delivery, found in (await self.cards()).items():
            await self.tick(delivery, found[-1], BEN)

    async def tick(self, delivery: str, card: Json, person: str, *, bot: Bot | None = None, nth: int = 0) -> None:
        """Tick a box of a card."""
        place, element = list(checkboxes(card["blocks"]))[nth or len(self.names)]
        item, at = element["options"][0]["value"], self.watch()
        clicked = action(place, element, frozenset({item}))
        answer = await self.wire.send(bot or self.bot, block_actions(person, card, self.channel, clicked, at))
        self.ledger.note(Click(f"{delivery}/{item}", ticked=True, at=at, by=person), taken=answer.quiet)

    async def cards(self) -> dict[str, list[Json]]:
        found = await self.slack.posted()
        here = {name: [one for one in cards if one["channel"] == self.channel] for name, cards in found.items()}
        return {name: cards for name, cards in here.items() if cards}

    async def ends(self) -> list[str]:
        """Say what is wrong: every card is there once, and shows what people wanted."""
        assert await self.books.settled(10)
        cards, runs = await self.cards(), {f"run-{one['run']}": one for one in exported(self.bot)}
        assert {one["system"]["name"] for one in runs.values()} == set(self.names)
        assert {name: len(found) for name, found in cards.items()} == dict.fromkeys(runs, 1)
        problems: list[str] = []
        for name, run in runs.items():
            state = {f"{name}/{item}": done for item, done in states(run).items()}
            drawn = {f"{name}/{item}": ticked for item, ticked in boxes(cards[name][0]["blocks"]).items()}
            problems += differences("the card", state, drawn)
        every = {f"{name}/{item}": done for name, run in runs.items() for item, done in states(run).items()}
        return [*problems, *self.ledger.wrong("the database", every)]

    async def __aenter__(self) -> Self:
        await self.wire.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.bot.kill()
        await self.wire.__aexit__()
