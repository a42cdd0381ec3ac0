"""Long campaigns: coaches killed, frozen and cut off from Slack while people work; run by `make chaos`."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Protocol

import pytest

from tests.chaos.books import Books
from tests.chaos.campaign import Campaign
from tests.chaos.children import Bot, PretendSlack, free_port, serving
from tests.chaos.conftest import SEED, Say, seeds
from tests.chaos.verdict import Verdict, judge

pytestmark = pytest.mark.chaos
HISTORY = ("channels:history", "groups:history")
SETTLED = 90.0
"""Seconds: an unconfirmed post is looked at after 30, by a tick every 15."""

Trouble = Callable[[Campaign], Awaitable[None]]


class Start(Protocol):
    """Runs one campaign."""

    def __call__(self, seed: int, url: str, trouble: Trouble, *, bots: int = 1, by_hand: bool = False) -> Verdict: ...


async def work(campaign: Campaign, trouble: Trouble, say: Callable[[str], None], *, by_hand: bool) -> Verdict:
    """Let people work while there is trouble; then wait until all is quiet, and judge."""
    async with serving(*campaign.bots):
        async with campaign.working():
            await trouble(campaign)
            await campaign.slack.do("clear_faults")
        verdict = await quiet(campaign)
        say(told(campaign, verdict))
        if by_hand and verdict.held and not verdict.problems:
            await campaign.settle_by_hand()
            verdict = await quiet(campaign)
    return verdict


async def quiet(campaign: Campaign) -> Verdict:
    """Wait until nothing is behind or in doubt, and judge."""
    settled = await campaign.books.settled(SETTLED)
    verdict = await judge(campaign.diary, campaign.slack, campaign.bots, campaign.books)
    if not settled:
        verdict.wrong.append(f"not settled: {[one for one in campaign.books.cards() if one.state != 'sent']}")
    return verdict


def told(campaign: Campaign, verdict: Verdict) -> str:
    diary, base = campaign.diary, campaign.books.url.partition(":")[0]
    commands, notes = (_share(one.taken for one in done.values()) for done in (diary.asked, diary.notes))
    ended = ((verdict.lost, "lost"), (verdict.doubled, "doubled"), (verdict.held, "held"), (verdict.wrong, "wrong"))
    return (
        f"seed {campaign.seed} on {base}, coaches {len(campaign.bots)}: "
        f"{diary.kills} kills, {diary.freezes} freezes, {diary.faults} faults; "
        f"{commands} commands, {diary.ledger.told()} clicks, {notes} notes accepted; "
        + ", ".join(f"{len(found)} {word}" for found, word in ended)
    )


def _share(taken: Iterable[bool]) -> str:
    every = list(taken)
    return f"{sum(every)} of {len(every)}"


@pytest.fixture
def start(tmp_path: Path, own_slack: PretendSlack, port: int, say: Say) -> Start:
    """Give a way to run one campaign to its end."""

    def begin(seed: int, url: str, trouble: Trouble, *, bots: int = 1, by_hand: bool = False) -> Verdict:
        ports = [port, *(free_port() for _ in range(bots - 1))]
        team = [Bot(tmp_path, own_slack.settings(url), one) for one in ports]
        campaign = Campaign(seed, own_slack, team, Books(url))
        verdict = asyncio.run(work(campaign, trouble, say, by_hand=by_hand))
        verdict.wrong += [f"play it again with {SEED}={seed}"] if verdict.problems else []
        return verdict

    return begin


async def killing(campaign: Campaign) -> None:
    """Kill again and again; posts take their time, so that many are cut in half."""
    await campaign.slack.do("set_limits", enabled=False)
    await campaign.slack.do("fault", kind="slow", method="chat.postMessage", seconds=0.3)
    await campaign.trouble(40, campaign.kill, every=1.2)


@pytest.mark.parametrize("seed", seeds(fresh=2))
def test_killed_at_random(durable_url: str, start: Start, seed: int) -> None:
    verdict = start(seed, durable_url, killing)
    assert verdict.problems + verdict.held == []


@pytest.mark.parametrize("seed", seeds(fresh=1))
def test_killed_at_random_without_history(durable_url: str, own_slack: PretendSlack, start: Start, seed: int) -> None:
    with own_slack.without(*HISTORY):
        verdict = start(seed, durable_url, killing, by_hand=True)
    assert verdict.problems + verdict.held == []


async def faults(campaign: Campaign) -> None:
    await campaign.trouble(30, campaign.fault, every=0.7)


@pytest.mark.parametrize("seed", seeds(fresh=1))
def test_slack_is_down_now_and_then(durable_url: str, start: Start, seed: int) -> None:
    verdict = start(seed, durable_url, faults)
    assert verdict.problems + verdict.held == []


async def freezing(campaign: Campaign) -> None:
    await campaign.slack.do("set_limits", enabled=False)
    await campaign.slack.do("fault", kind="slow", method="chat.postMessage", seconds=0.3)
    await campaign.trouble(30, campaign.freeze, every=1.5)


@pytest.mark.parametrize("seed", seeds(fresh=1))
def test_frozen_at_random(durable_url: str, start: Start, seed: int) -> None:
    verdict = start(seed, durable_url, freezing)
    assert verdict.problems + verdict.held == []


async def two_coaches(campaign: Campaign) -> None:
    await campaign.trouble(20, campaign.fault, every=0.7)


async def two_mortals(campaign: Campaign) -> None:
    await campaign.slack.do("set_limits", enabled=False)
    await asyncio.gather(
        campaign.trouble(40, campaign.kill, every=2.5),
        campaign.trouble(40, campaign.fault, every=1.0),
        campaign.trouble(40, campaign.freeze, every=4.0),
    )


@pytest.mark.parametrize("trouble", [two_coaches, two_mortals])
@pytest.mark.parametrize("seed", seeds(fresh=1))
def test_two_coaches_on_one_postgresql(durable_postgresql: str, start: Start, trouble: Trouble, seed: int) -> None:
    verdict = start(seed, durable_postgresql, trouble, bots=2)
    assert verdict.problems + verdict.held == []
