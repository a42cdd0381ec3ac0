"""Measures the search over retros: `make bench` runs this last.

100,000 retros of 200 words in 200 workspaces of skewed size are loaded in bulk and looked for through the service, by
somebody in a channel, on SQLite and on PostgreSQL; the same over 1,000 retros shows the growth. Then a form that logs a
retro is sent to the coach and, for comparison, to a bare listener that only acks.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any
from urllib.parse import urlencode

from bot import app, migrate
from bot.app import Coach
from bot.database import Actor
from bot.delivery.model import Key
from bot.retros import modals
from bot.retros.modals import Around, Page
from bot.retros.model import NewAction
from bot.retros.search import store as searching
from bot.retros.search.model import Offer
from bot.retros.search.service import Finder
from bot.retros.sheet import Half, Sheet
from bot.settings import Settings
from tests import bench
from tests.bench_retros_data import PEOPLE, PUBLIC, Corpus, load
from tests.postgres import PostgresServer, skip_reason

RETROS = int(os.environ.get("BENCH_RETROS", "100000"))
FEW = 1000
ROUNDS, FORMS = 4, 200
LOOKS = int(os.environ.get("BENCH_LOOKS", "300"))
P50, P99 = 30, 150
COMMON = 30


@dataclass(frozen=True)
class Look:
    """Milliseconds of many looks, and how many of them found something."""

    took: list[float]
    found: int

    @property
    def p50(self) -> float:
        return statistics.median(self.took)

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.took, n=100)[98]


@contextmanager
def _coach(url: str) -> Iterator[Coach]:
    migrate.upgrade(url)
    coach = app.build(Settings(database_url=url))
    yield coach
    coach.close()


def _queries(corpus: Corpus) -> list[str]:
    """One third a rare word, one third two medium ones, one third one of the commonest."""
    rare, medium, common = corpus.words[10_000:], corpus.words[200:2000], corpus.words[:COMMON]
    kinds: list[Callable[[], str]] = [
        lambda: corpus.chance.choice(rare),
        lambda: " ".join(corpus.chance.choices(medium, k=2)),
        lambda: corpus.chance.choice(common),
    ]
    return [kinds[number % 3]() for number in range(LOOKS)]


def _measure(corpus: Corpus, texts: list[str], look: Callable[[str, dict[str, str]], object]) -> Look:
    took, found = [], 0
    for said in texts:
        where = {"workspace": corpus.workspace(), "channel": corpus.chance.choice(PUBLIC)}
        where["user"] = corpus.chance.choice(PEOPLE)
        start = time.perf_counter()
        found += bool(look(said, where))
        took.append((time.perf_counter() - start) * 1000)
    return Look(took, found)


def _looks(coach: Coach, corpus: Corpus) -> dict[str, Look]:
    finder, numbers = coach.finder, count(1)
    _measure(corpus, _queries(corpus)[:30], lambda said, where: finder.search(said, **where))
    return {
        "search": _measure(corpus, _queries(corpus), lambda said, where: finder.search(said, **where)),
        "begin": _measure(corpus, _texts(corpus), lambda said, where: _begin(finder, said, next(numbers), **where)),
        "offer": _measure(corpus, _texts(corpus), lambda said, where: _offer(finder, said, next(numbers), **where)),
    }


def _texts(corpus: Corpus) -> list[str]:
    return [corpus.text() for _ in range(LOOKS)]


def _begin(finder: Finder, said: str, number: int, *, workspace: str, channel: str, user: str) -> list[Offer]:
    """Offer what is similar to a person who begins to write, and note it, as behind the ack of a form."""
    return finder.begin(said, f"{number:08x}", by=Actor(workspace, user), channel=channel)


def _offer(finder: Finder, said: str, number: int, *, workspace: str, channel: str, user: str) -> list[Offer]:
    """Have a card offer what is similar, as before it is drawn; give all that is offered to anybody."""
    card = Key(workspace, "run", number)
    mine = finder.offer(card, said, channel=channel, user=user)
    return mine + finder.offered(card, channel)


def _filled(url: str, count: int) -> tuple[dict[str, Look], float]:
    corpus = Corpus()
    with _coach(url) as coach:
        start = time.perf_counter()
        load(coach.database, corpus, count)
        loaded = time.perf_counter() - start
        if os.environ.get("BENCH_PROFILE"):
            _profile(coach, corpus)
        return _looks(coach, corpus), loaded


def _profile(coach: Coach, corpus: Corpus) -> None:
    import cProfile
    import pstats

    profile = cProfile.Profile()
    profile.enable()
    _looks(coach, corpus)
    profile.disable()
    pstats.Stats(profile).sort_stats("cumulative").print_stats(35)


def _compare(name: str, few: str, many: str) -> bool:
    small, _ = _filled(few, FEW)
    large, loaded = _filled(many, RETROS)
    print(f"{RETROS} retros loaded into {name} in {loaded:.0f} s")
    good = True
    for kind, look in large.items():
        fine = look.p50 < P50 and look.p99 < P99
        print(
            f"{kind:8} on {name}: p50 {look.p50:5.1f} ms (under {P50}), p99 {look.p99:5.1f} ms (under {P99});"
            f" over {FEW} retros {small[kind].p50:.1f} and {small[kind].p99:.1f};"
            f" {look.found} of {LOOKS} found something  {'ok' if fine else 'MISSED'}",
            flush=True,
        )
        good = good and fine
    return good


def finding() -> bool:
    """Measure on both databases."""
    with tempfile.TemporaryDirectory() as folder:
        good = _compare("SQLite", f"sqlite:///{folder}/few.db", f"sqlite:///{folder}/many.db")
    if skip_reason():
        print(f"PostgreSQL was not measured: {skip_reason()}")
        return good
    with PostgresServer.start() as server:
        for name in ("few", "many"):
            server.create_database(name)
        return _compare("PostgreSQL", server.url("few"), server.url("many")) and good


def logging() -> bool:
    """Compare what it takes to log a retro of 200 words and two actions with a bare ack of the same form."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/log.db"
        with _coach(url) as here:
            forms = Forms(here)
            bodies = [[forms.one() for _ in range(FORMS)] for _ in range(ROUNDS + 1)]
            with bench.running(url) as (bare, coach, api, _, _):
                return asyncio.run(_logging(bare, coach, api, forms, bodies))


async def _logging(
    bare: bench.Sender, coach: bench.Sender, api: bench.bench_parts.Api, forms: "Forms", bodies: list[list[bytes]]
) -> bool:
    took: tuple[list[float], list[float]] = ([], [])
    for number, some in enumerate(bodies):
        for sender, one in zip((bare, coach), took, strict=True):
            latencies = await sender.one_by_one(some)
            one.extend(latencies if number else [])  # the first round warms up
            await api.settled()
            await forms.settled()
    plain, ours = (statistics.median(one) for one in took)
    logged = forms.logged()
    good = ours / plain < 4 and logged == (ROUNDS + 1) * FORMS
    print(
        f"logging  p50 {ours:5.2f} ms against {plain:5.2f} ms of a bare ack of the same form: {ours / plain:4.2f} times"
        f" (under 4); {logged} retros logged, of 200 words and two actions  {'ok' if good else 'MISSED'}"
    )
    return good


@dataclass
class Forms:
    """Forms that log a retro; a draft, which stands in a channel of its own, holds the first of the two actions."""

    coach: Coach
    corpus: Corpus = field(default_factory=Corpus)
    _n: int = 0

    def one(self) -> bytes:
        """Give a form as Slack sends it."""
        self._n += 1
        user, channel, due = PEOPLE[self._n % len(PEOPLE)], f"C{self._n:05}", date(2999, 3, 20)
        text = self.corpus.text().split()
        parts = (" ".join(text[:80]), " ".join(text[80:140]), " ".join(text[140:180]), " ".join(text[180:]))
        agreed = (NewAction("Add a table by country", user, due, "The table in the report"),)
        sheet = Sheet(
            f"Model {self._n}", "v3", "incident", *parts[:3], ("data",), parts[3], (user,), actions=agreed,
            half=Half("Ask the shops", user, due.isoformat(), "Their answers"),
        )  # fmt: skip
        by = Actor("T0BENCH", user)
        self.coach.retros.keep_draft(sheet.body(), by=by, channel=channel)
        form = modals.form(sheet, Page(channel), Around(self.coach.library.questions))
        return urlencode({"payload": json.dumps(self._payload(form.payload(), user))}).encode()

    def _payload(self, form: dict[str, Any], user: str) -> dict[str, Any]:
        fields = {one["block_id"]: one["element"] for one in form["blocks"] if one["type"] == "input"}
        values = {name: {one["action_id"]: _held(one)} for name, one in fields.items()}
        view = {**form, "id": f"V{self._n}", "hash": f"{self._n}.a", "state": {"values": values}}
        person = {"id": user, "team_id": "T0BENCH"}
        team = {"id": "T0BENCH", "domain": "bench"}
        return {"type": "view_submission", "api_app_id": "A0BENCH", "team": team, "user": person, "view": view}

    async def settled(self) -> None:
        """Wait until the search knows all, or it would work into the next round."""
        for _ in range(600):
            with self.coach.database.read() as tx:
                if not searching.behind(tx, 1):
                    return
            await asyncio.sleep(0.1)

    def logged(self) -> int:
        """Count what was logged."""
        with self.coach.database.read() as tx:
            return int(tx.exec_driver_sql("SELECT count(*) FROM retro_actions").scalar_one()) // 2


def _held(element: dict[str, Any]) -> dict[str, Any]:
    """Give what a field holds that was left as it began."""
    begun = {name[8:]: one for name, one in element.items() if name.startswith("initial_")}
    held = {name if name == "value" else f"selected_{name}": one for name, one in begun.items()}
    return {"type": element["type"], **held}


def main() -> int:
    """Print the figures; give 1 if one is missed."""
    return 0 if all([finding(), logging()]) else 1


if __name__ == "__main__":
    sys.exit(main())
