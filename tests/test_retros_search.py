"""What the search finds, on both databases alike; and that nothing of a deleted retro can be read any more."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import clean
from bot.database import Actor, Database
from bot.delivery.model import Key
from bot.errors import NothingToLookFor
from bot.installs.service import Installs
from bot.retros.model import NewAction, Words
from bot.retros.search import store
from bot.retros.search.model import LONGEST, MOST_WORDS, Offer, close, hit, ranked, rarest, stems, words
from bot.retros.search.service import Finder
from bot.retros.service import Retros, key
from bot.systems.model import Named
from tests.catalogue_retros import retro
from tests.catalogue_retros import words as said_words
from tests.samples import ANA, HERE, HOSTILE, NOW, THERE, Clock

SECRET = Words(kind="incident", expected="The quokkazebra fell over.", why="Quokkazebra!", people=("UBEN",))
PEOPLE = ("UANA", "UBEN", "UCLEO")
CHANNELS = (HERE, THERE, "CSHUT")
SOME_WORDS = [
    "drift", "drifts", "data", "database", "alert", "alerts", "über", "uber", "naïve", "x", "v3", "3", "zed", "a_b",
    "c3po", "straße", "東京", "١٢", "no", "and", "or", "near",
]  # fmt: skip
LOOKS = [
    "drift", "drifts", "dat", "data", "DATABASE", "alert v3", "uber", "ÜBER", "naive", "strasse", "straße",
    "東京", "東", "x", "3", "١٢", "a_b", "b", "drift OR nothing", "near(drift, 3)", "no AND not or", "body:drift",
    "drift*", "*", "dri*", '"drift data"', "-drift", "^drift", "drift + data", "{body}: drift", "drift\\", "'drift",
    "drift' & !x | y:*", "t1_drift", "tours_drift", "%", "dr%", "d_ift", "drift:A", "data <-> alert",
    "zed " * 50, "q" * 3000,
]  # fmt: skip


@pytest.fixture
def retros(database: Database, clock: Clock) -> Retros:
    return Retros(database, clock)


@pytest.fixture
def finder(database: Database, clock: Clock) -> Finder:
    return Finder(database, clock)


def numbers(offers: Sequence[Offer]) -> list[int]:
    return [one.retro.number for one in offers]


def settle(finder: Finder) -> None:
    while finder.catch_up():
        pass


# Words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Über-Straße, naïve!", ["uber", "strasse", "naive"]),
        ("v3.1 a_b", ["v3", "1", "a", "b"]),
        ("\ufb01nd \uff37ide", ["find", "wide"]),
        ("x" * 3000, ["x" * LONGEST]),
        ("Düsseldorf", ["dusseldorf"]),
        ("", []),
    ],
)
def test_words_are_folded(text: str, folded: Sequence[str]) -> None:
    assert words(text) == list(folded)


@given(st.text())
def test_a_word_holds_nothing_that_a_query_could_mean(text: str) -> None:
    for word in words(text):
        assert word
        assert len(word) <= LONGEST
        assert not set(word) & set(" \t\n'\"_%*:&|!()\\")


def test_a_query_has_a_few_words_and_no_plural() -> None:
    assert stems("The alerts of a class miss us") == ["the", "alert", "of", "a", "class", "miss", "us"]
    assert len(stems(" ".join(f"word{n}" for n in range(50)))) == MOST_WORDS


def test_rare_words_weigh_more_and_the_newer_comes_first() -> None:
    found = [(1, "alert rare"), (2, "alert alert alert"), (3, "alert"), (4, "alert")]
    assert ranked(found, ["alert", "rare"])[0] == 1
    assert ranked(found[2:], ["alert"]) == [4, 3]
    assert ranked(found, ["alert", "rare"], least=2) == [1]
    assert ranked(found, ["alert", "rare"], least=2, same={3}) == [3, 1]
    assert ranked([], ["alert"]) == []


def test_a_long_word_counts_for_its_beginning_a_short_one_for_itself() -> None:
    found = [(1, "drifting"), (2, "dripping"), (3, "cats"), (4, "cat")]
    assert ranked(found, ["drift"]) == [1]
    assert ranked(found, ["cat"]) == [4]


def test_the_rarest_words_are_those_that_somebody_has_used() -> None:
    assert rarest(["a", "b", "c", "a"], {"a": 3, "b": 1}) == ["b", "a"]


def test_a_guess_is_one_letter_off() -> None:
    known = {"threshold", "alert", "drift"}
    assert close("thresholt alrt", known) == "threshold alert"
    assert close("threshold", known) == ""
    assert close("threshold quokka", known) == ""


def test_the_match_is_shown_as_it_was_written() -> None:
    one = retro(said_words("Nobody saw the ÜBERLAUF of the queue.", caught="", causes=()))
    shown = hit(one, stems("überlauf"))
    assert (shown.field, shown.before, shown.match, shown.after) == (
        "expected",
        "Nobody saw the ",
        "ÜBERLAUF",
        " of the queue.",
    )
    assert hit(one, stems("quokka")).match == ""


# The same on both databases


@dataclass(frozen=True)
class Both:
    """Two databases with the same retros."""

    finders: tuple[Finder, Finder]

    def look(self, text: str, channel: str, user: str) -> list[int] | str:
        """Look on both, and give what both say."""
        first, second = (self._look(one, text, channel, user) for one in self.finders)
        assert first == second, text
        return first

    def _look(self, finder: Finder, text: str, channel: str, user: str) -> list[int] | str:
        try:
            return [one.retro.number for one in finder.search(text, "T1", channel, user)]
        except NothingToLookFor as error:
            return error.text

    def like(self, card: Key, text: str, channel: str, user: str, named: Named | None = None) -> list[list[int]]:
        """Begin to write on both, and have a card offer the same there; give what both say to one and to everyone."""
        about = {"channel": channel, "named": named}
        first, second = (
            [
                numbers(one.begin(text, "0a1b2c3d", by=Actor("T1", user), **about)),
                numbers(one.offer(card, text, user=user, **about)),
                numbers(one.offered(card, channel)),
            ]
            for one in self.finders
        )
        assert first == second, text
        return first


@pytest.fixture
def both(sqlite_url: str, postgresql_url: str, clock: Clock) -> Iterator[Both]:
    databases = [Database(url) for url in (sqlite_url, postgresql_url)]
    yield Both(tuple(_filled(one, clock) for one in databases))
    for one in databases:
        one.close()


def _filled(database: Database, clock: Clock) -> Finder:
    chance = random.Random(7)
    retros, finder, installs = Retros(database, clock), Finder(database, clock), Installs(database, clock)
    for channel in (HERE, THERE):
        installs.note_channel("T1", channel, public=True)
    for number in range(60):
        text = " ".join(chance.choices(SOME_WORDS, k=12)) + f" common unique{number}"
        by = Actor("T1" if chance.random() < 0.8 else "T1X", chance.choice(PEOPLE))
        named = (
            Named(chance.choice(("Chat", "Fraud model")), chance.choice(("", "v3"))) if chance.random() < 0.6 else None
        )
        said = Words(named=named, expected=text, visibility=chance.choice(("channel", "workspace")))
        retros.log(said, [], by=by, channel=chance.choice(CHANNELS))
    settle(finder)
    return finder


@pytest.mark.parametrize("newest", [500, 6])
def test_both_databases_find_the_same_in_the_same_order(
    both: Both, newest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With few newest ones that count, PostgreSQL looks for common words in another way."""
    monkeypatch.setattr(store, "NEWEST", newest)
    found = {(text, where): both.look(text, where, "UANA") for text in [*LOOKS, "common"] for where in CHANNELS}
    assert sum(isinstance(one, list) and bool(one) for one in found.values()) > 60
    assert found["*", HERE] == NothingToLookFor().text
    assert len(found["common", HERE]) == min(10, newest)


def test_both_databases_offer_the_same(both: Both) -> None:
    chance = random.Random(8)
    systems = (None, Named("Chat"), Named("fraud MODEL", "v9"))
    offered = [
        both.like(Key("T1", "run", card), " ".join(chance.choices(SOME_WORDS, k=9)), *about)
        for card, about in enumerate(product(CHANNELS, PEOPLE, systems))
    ]
    assert all(to_one and to_everyone for to_one, _, to_everyone in offered)
    assert any(to_one_alone for _, to_one_alone, _ in offered)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_queries_and_texts_are_words(finder: Finder, retros: Retros, text: str) -> None:
    said = clean(text) or "x"
    retros.log(Words(expected=said[:3000]), [], by=ANA, channel=HERE)
    settle(finder)
    if stems(said):
        found = finder.search(said, "T1", HERE, "UANA")
        assert [one.retro.number for one in found] == [1]


def test_an_operator_is_a_word_like_others(finder: Finder, retros: Retros) -> None:
    retros.log(Words(expected="This or that."), [], by=ANA, channel=HERE)
    retros.log(Words(expected="Both and neither."), [], by=ANA, channel=HERE)
    settle(finder)
    assert [one.retro.number for one in finder.search("OR", "T1", HERE, "UANA")] == [1]
    assert [one.retro.number for one in finder.search("NOT both", "T1", HERE, "UANA")] == [2]


# What is similar


def test_one_word_in_common_is_chance_but_the_same_system_is_not(finder: Finder, retros: Retros) -> None:
    retros.log(Words(expected="Quokkas everywhere."), [], by=ANA, channel=HERE)
    retros.log(Words(expected="Zebras and giraffes."), [], by=ANA, channel=HERE)
    retros.log(Words(named=Named("Chat", "v1"), expected="Rude answers."), [], by=ANA, channel=HERE)
    settle(finder)
    text = "quokkas met zebras and giraffes"
    assert numbers(finder.begin(text, "0a1b2c3d", by=ANA, channel=HERE)) == [2]
    same = finder.begin(text, "0a1b2c3d", by=ANA, channel=HERE, named=Named("chat", "v2"))
    assert set(numbers(same)) == {2, 3}


def test_a_retro_is_not_like_itself_and_its_own_words_do_not_count(finder: Finder, retros: Retros) -> None:
    retros.log(Words(expected="Shops in Portugal closed early."), [], by=ANA, channel=HERE)
    own = " ".join(f"unique{n}" for n in range(20))
    mine = retros.log(Words(expected=f"Shops in Portugal opened late. {own}"), [], by=ANA, channel=HERE)
    for known in ([], [1]):  # before the search knows them, and after
        finder.offer(key("T1", mine.id), "", channel=HERE, user="UANA")
        assert numbers(finder.offered(key("T1", mine.id), HERE)) == known
        settle(finder)


def test_a_deleted_word_is_no_longer_counted(database: Database, finder: Finder, retros: Retros) -> None:
    secret = retros.log(SECRET, [], by=ANA, channel=HERE)
    settle(finder)
    with database.read() as tx:
        assert store.rarity(tx, "T1", {"quokkazebra"}) == {"quokkazebra": 1}
    retros.delete(secret.id, by=ANA)
    settle(finder)
    with database.read() as tx:
        assert tx.execute(store.terms.select()).all() == []


# What is left on the disk


def bytes_of(url: str) -> bytes:
    path = Path(url.removeprefix("sqlite:///"))
    return b"".join(one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*"))).lower()


def test_no_byte_of_a_deleted_retro_is_left_on_the_disk(sqlite_url: str, clock: Clock) -> None:
    database = Database(sqlite_url)
    retros, finder = Retros(database, clock), Finder(database, clock)
    action = NewAction("Feed the quokkazebra", "UBEN", NOW.date(), "quokkazebra")
    for number in range(6):
        retros.log(Words(expected=f"Something else {number} altogether."), [], by=ANA, channel=HERE)
        settle(finder)
    secret = retros.log(SECRET, [action], by=ANA, channel=HERE)
    settle(finder)
    retros.keep_draft({"expected": "quokkazebra"}, by=ANA, channel=HERE, retro=secret.id)
    assert b"quokkazebra" in bytes_of(sqlite_url)
    retros.delete(secret.id, by=ANA)
    settle(finder)
    assert b"quokkazebra" not in bytes_of(sqlite_url)
    database.close()
    assert b"quokkazebra" not in bytes_of(sqlite_url)


def test_words_wait_on_the_disk_only_for_a_reader(sqlite_url: str, clock: Clock) -> None:
    database = Database(sqlite_url)
    retros, finder = Retros(database, clock), Finder(database, clock)
    secret = retros.log(SECRET, [], by=ANA, channel=HERE)
    settle(finder)
    with database.read() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM retros").scalar() == 1
        retros.delete(secret.id, by=ANA)
        settle(finder)
    assert b"quokkazebra" in bytes_of(sqlite_url)
    settle(finder)
    assert b"quokkazebra" not in bytes_of(sqlite_url)
    database.close()
