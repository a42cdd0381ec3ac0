"""Many people at one card: in the end it shows what each item was last wanted to be, on every screen."""

import ast
import asyncio
from pathlib import Path
from random import Random

import pytest

from tests.chaos import clients, oracle
from tests.chaos.books import Books, exported
from tests.chaos.children import Bot, Wire, serving
from tests.chaos.clients import boxes
from tests.chaos.conftest import SEED, Say, seeds
from tests.chaos.crowd import Crowd, Habits
from tests.chaos.oracle import differences, states
from tests.chaos.recorder import Recorder

SECRET = "a-secret-of-chaos"


@pytest.mark.parametrize("module", [clients, oracle])
def test_the_model_and_the_oracle_know_nothing_of_the_coach(module: object) -> None:
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))  # type: ignore[attr-defined]
    named = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
    named |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {one.partition(".")[0] for one in named}.isdisjoint({"bot", "handlers", "sandbox", "content"})
    assert {one for one in named if one.startswith("tests")} <= {"tests.chaos.clients"}


async def play(folder: Path, database_url: str, habits: Habits, *numbers: int) -> tuple[list[str], str]:
    """Let one crowd per seed work at the same time; give what is wrong in the end, and what happened."""
    recorder = Recorder(Random(numbers[0]))
    async with recorder.serving(), Wire(SECRET) as wire:
        api = {"SLACK_API_URL": f"{recorder.url}/api/", "SLACK_BOT_TOKEN": "xoxb-sandbox-chaos"}
        bot = Bot(folder, {**api, "SLACK_SIGNING_SECRET": SECRET, "DATABASE_URL": database_url})
        crowds = [Crowd(seed, habits, recorder, wire, bot) for seed in numbers]
        async with serving(bot):
            await asyncio.gather(*(crowd.run("ethics-check") for crowd in crowds))
            problems = [] if await Books(database_url).settled(20) else ["the cards were never up to date"]
            await asyncio.gather(*(crowd.shown() for crowd in crowds))
            runs = {one["system"]["name"]: states(one) for one in await asyncio.to_thread(exported, bot)}
    problems += [f"somebody was told: {one}" for one in recorder.whispers]
    for crowd in crowds:
        problems += [f"seed {crowd.seed}: {one}" for one in wrong(crowd, runs[crowd.system])]
    clicks, sent = (
        sum(sum(map(len, one.ledger.taken.values())) for one in crowds),
        sum(one.requests for one in crowds),
    )
    drawn = len(crowds[0].devices)
    return problems, f"{clicks} clicks in {sent} requests from {drawn} devices each"


def wrong(crowd: Crowd, state: dict[str, bool]) -> list[str]:
    problems = list(crowd.ledger.wrong("the database", state))
    problems += differences("the card", state, boxes(crowd.last_drawing()["blocks"]))
    for number, device in enumerate(crowd.devices):
        problems += differences(f"screen {number} of {device.person}", state, device.screen.boxes())
    return problems


def test_a_crowd_gets_what_it_wanted(tmp_path: Path, sqlite_url: str, say: Say) -> None:
    numbers = seeds(1, 2, 3)
    problems, told = asyncio.run(play(tmp_path, sqlite_url, Habits(), *numbers))
    say(f"crowds with seeds {numbers}: {told}, {len(problems)} wrong")
    assert not problems, "\n".join([f"play it again with {SEED}={numbers[0]}", *problems])


@pytest.mark.chaos
@pytest.mark.parametrize("seed", seeds(fresh=3))
def test_a_crowd_gets_what_it_wanted_for_long(tmp_path: Path, durable_url: str, seed: int, say: Say) -> None:
    habits = Habits(people=10, clicks=30, pause=0.8, slowest_request=2.0, slowest_drawing=1.5)
    problems, told = asyncio.run(play(tmp_path, durable_url, habits, seed))
    say(f"crowd with seed {seed} on {durable_url.partition(':')[0]}: {told}, {len(problems)} wrong")
    assert not problems, "\n".join([f"play it again with {SEED}={seed}", *problems])
