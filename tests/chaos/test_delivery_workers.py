"""Two `aipm worker` on one database, killed, frozen and set wrong at random: each slot is posted once."""

import asyncio
from pathlib import Path

import pytest

from tests.chaos.children import PretendSlack
from tests.chaos.conftest import SEED, Say, seeds
from tests.chaos.test_delivery_points import HISTORY
from tests.chaos.workers import CHANNELS, Verdict, Workers, plan
from tests.postgres import PostgresServer

pytestmark = pytest.mark.chaos
LESSONS = 25
LONG = 35.0


def judged(workers: Workers, verdict: Verdict, say: Say) -> Verdict:
    say(workers.told(verdict))
    assert (verdict.lost, verdict.doubled, verdict.open) == ([], [], []), f"play it again with {SEED}={workers.seed}"
    return verdict


@pytest.mark.parametrize("seed", seeds(fresh=1))
def test_two_workers_struck_at_random(
    tmp_path: Path, durable_url: str, own_slack: PretendSlack, say: Say, seed: int
) -> None:
    plan(durable_url, CHANNELS, LESSONS)
    workers = Workers(tmp_path, durable_url, own_slack, seed)
    strikes = [workers.kill, workers.kill, workers.kill, workers.freeze, workers.fault, workers.jump]
    assert judged(workers, asyncio.run(workers.work(LONG, strikes)), say).held == []


@pytest.mark.parametrize("seed", seeds(fresh=1))
def test_two_workers_killed_at_random_without_history(
    tmp_path: Path, durable_url: str, own_slack: PretendSlack, say: Say, seed: int
) -> None:
    plan(durable_url, CHANNELS, LESSONS)
    workers = Workers(tmp_path, durable_url, own_slack, seed)
    with own_slack.without(*HISTORY):
        verdict = judged(workers, asyncio.run(workers.work(LONG, [workers.kill, workers.fault])), say)
    shown = workers.team[0].run("deliveries", "--limit", "1000").partition("did it arrive?:\n")[2].splitlines()
    assert {line.split()[-1] for line in shown[: len(verdict.held)]} == {name[:8] for name in verdict.held}


@pytest.mark.parametrize("seed", seeds(fresh=1))
def test_the_database_is_killed_while_two_workers_post(
    tmp_path: Path,
    durable_postgres: PostgresServer,
    durable_postgresql: str,
    own_slack: PretendSlack,
    say: Say,
    seed: int,
) -> None:
    plan(durable_postgresql, CHANNELS, LESSONS)
    workers = Workers(tmp_path, durable_postgresql, own_slack, seed)

    async def crash() -> None:
        durable_postgres.crash()
        await asyncio.sleep(workers.random.uniform(0, 2))
        durable_postgres.resume()
        workers.struck["crashes of PostgreSQL"] += 1

    assert judged(workers, asyncio.run(workers.work(LONG, [crash, crash, workers.kill])), say).held == []
