"""What a system is called, and when two spellings are the same system."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.database import Database
from bot.errors import NameTooLong
from bot.systems import store
from bot.systems.model import Named, parse

VERSIONS = ("v3", "V3", "3", "3.1", "v10.2.33", "2026-03-01", "2026/3/1", "01-03-2026", "1/3/2026", "0")
WORDS = ("v", "v3a", "3b", "v3.", ".3", "v.3", "v-3", "-3", "3,1", "2026-03", "model-3", "beta", "vv3", "#3", "½")


@pytest.mark.parametrize("last", VERSIONS)
def test_a_last_word_like_this_is_the_version(last: str) -> None:
    assert parse(f"Fraud model {last}") == Named("Fraud model", last)


@pytest.mark.parametrize("last", WORDS)
def test_a_last_word_like_this_belongs_to_the_name(last: str) -> None:
    assert parse(f"Fraud model {last}") == Named(f"Fraud model {last}")


@pytest.mark.parametrize("word", ["v3", "3", "2026-03-01", "Fraud"])
def test_a_single_word_is_the_name(word: str) -> None:
    assert parse(word) == Named(word)


@pytest.mark.parametrize("text", ["", "  ", "\n\t", "\u200b\ufeff"])
def test_no_words_are_no_system(text: str) -> None:
    assert parse(text) is None


def test_only_the_last_word_counts() -> None:
    assert parse("GPT 4 judge") == Named("GPT 4 judge")
    assert parse("Model 2 v3") == Named("Model 2", "v3")


def test_space_and_invisible_letters_are_tidied() -> None:
    assert parse("  Fraud\n\tmo\u200bdel\u202e   v3 ") == Named("Fraud model", "v3")


def test_a_name_has_200_characters_and_a_version_40() -> None:
    assert parse("x" * 200 + " v" + "1" * 39) == Named("x" * 200, "v" + "1" * 39)
    with pytest.raises(NameTooLong, match="200 characters"):
        parse("x" * 201)
    with pytest.raises(NameTooLong, match="version within 40"):
        parse("Fraud model " + "1" * 41)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Named("Fraud model", "v3"), Named("FRAUD Model", "V3")),
        (Named("Fraud model", "v3"), Named("fraud model", "3")),
        (Named("Straße"), Named("STRASSE")),
    ],
)
def test_these_are_the_same_system(one: Named, other: Named) -> None:
    assert one.key == other.key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Named("Fraud model", "v3"), Named("Fraud model", "v3.0")),
        (Named("Fraud model", "v3"), Named("Fraud model")),
        (Named("Fraud model"), Named("Fraudmodel")),
        (Named("Vision"), Named("ision")),
    ],
)
def test_these_are_two_systems(one: Named, other: Named) -> None:
    assert one.key != other.key


def test_a_system_reads_as_it_was_written() -> None:
    assert str(Named("Fraud model", "v3")) == "Fraud model v3"
    assert str(Named("Fraud model")) == "Fraud model"


@given(st.text())
def test_any_text_is_a_system_or_nothing_or_too_long(text: str) -> None:
    try:
        named = parse(text)
    except NameTooLong:
        return
    if named:
        assert named.name == " ".join(named.name.split())
        assert parse(str(named)) == named


def test_the_first_spelling_is_kept(database: Database) -> None:
    with database.write() as tx:
        first = store.ensure(database, tx, "T1", Named("Fraud model", "v3"))
        again = store.ensure(database, tx, "T1", Named("FRAUD MODEL", "3"))
    assert again == first
    assert again.named == Named("Fraud model", "v3")


def test_a_system_named_by_ten_people_at_once_is_one_system(database: Database) -> None:
    def name_it(_: int) -> int:
        with database.write() as tx:
            return store.ensure(database, tx, "T1", Named("Fraud model", "v3")).id

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(name_it, range(10)))) == 1


def test_a_name_without_a_version_finds_them_all(database: Database) -> None:
    with database.write() as tx:
        for version in ("v3", "", "v4"):
            store.ensure(database, tx, "T1", Named("Fraud model", version))
        store.ensure(database, tx, "T1", Named("Fraud"))
        found = store.named_like(tx, "T1", Named("fraud Model"))
        only = store.named_like(tx, "T1", Named("fraud Model", "4"))
    assert [one.named.version for one in found] == ["v3", "", "v4"]
    assert [one.named.version for one in only] == ["v4"]


def test_the_longest_names_fit_after_casefolding(database: Database) -> None:
    widest = Named("\u0390" * 200, "\u0390" * 40)
    assert len(widest.key[0]) == 600
    with database.write() as tx:
        kept = store.ensure(database, tx, "T1", widest)
        assert store.by_id(tx, "T1", [kept.id]) == {kept.id: kept}
