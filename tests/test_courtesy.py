"""Requests go before drawings, and drawings do not starve."""

import asyncio
from dataclasses import dataclass

from bot.delivery.courtesy import COURTESY, LULL, TURN, RightOfWay


@dataclass
class Hands:
    """A clock that stands where it is put, in seconds."""

    at: float = 0.0

    def __call__(self) -> float:
        return self.at


def test_other_work_begins_at_once_while_nobody_asks() -> None:
    asyncio.run(RightOfWay().give())
    assert RightOfWay(Hands()).is_free


def test_other_work_waits_while_a_request_is_answered_and_for_a_lull_after_it() -> None:
    hands = Hands()
    way = RightOfWay(hands)
    with way.answering(), way.answering():
        hands.at = COURTESY / 2
        assert not way.is_free
    assert not way.is_free
    hands.at += LULL * 1.01
    assert way.is_free


def test_other_work_has_its_turn_however_many_requests_come() -> None:
    hands = Hands()
    way = RightOfWay(hands)
    with way.answering():
        for period in range(3):
            hands.at = period * (COURTESY + TURN) + COURTESY / 2
            assert not way.is_free
            hands.at = period * (COURTESY + TURN) + COURTESY + TURN / 2
            assert way.is_free


def test_who_waits_goes_on_when_the_last_request_is_answered() -> None:
    hands = Hands()
    way = RightOfWay(hands)

    async def story() -> bool:
        with way.answering():
            waiting = asyncio.create_task(way.give())
            await asyncio.sleep(0)
            still = not waiting.done()
        hands.at = LULL * 2
        await waiting
        return still

    assert asyncio.run(story())
