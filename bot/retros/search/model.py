"""Words as the search knows them; both databases are given the same ones."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import log

from bot.retros.model import CAUSES, KINDS, Retro

MOST_WORDS = 12
"""Words of a query that count; more of them are a text, for which there is `similar`."""

RAREST = 8
"""Words by which similar retros are found: the rarest of a text say best what it is about."""

LONGEST = 60
"""Letters of a word that count: longer ones are no words, and PostgreSQL would refuse them."""

_WORD = re.compile(r"[^\W_]+")
_WHOLE = 4
# About one and a half rare words.
_SAME = 3.0
_PLURAL = 5


@dataclass(frozen=True)
class Hit:
    """A retro that was found, with an excerpt around the first match (plain text) and the field in which that stands.

    `whole` says that all the words stand in it; `link` leads to its card, where that is known.
    """

    retro: Retro
    field: str
    before: str = ""
    match: str = ""
    after: str = ""
    link: str = ""
    whole: bool = True


@dataclass(frozen=True)
class Offer:
    """A past retro that is offered; `link` leads to its card, where that is known."""

    retro: Retro
    link: str = ""


def words(text: str) -> list[str]:
    """Give the words of a text, folded: accents and case do not count, nor does anything that is no letter or digit."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(one for one in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(one))
    return [word[:LONGEST] for word in _WORD.findall(plain)]


def stems(text: str) -> list[str]:
    """Give what a query looks for: the beginnings of its words, a plural's s left off; operators are mere words."""
    found = dict.fromkeys(_stem(word) for word in words(text))
    return list(found)[:MOST_WORDS]


def _stem(word: str) -> str:
    return word[:-1] if len(word) >= _PLURAL and word.endswith("s") and not word.endswith("ss") else word


def is_beginning(stem: str) -> bool:
    """Say whether longer words that begin like it count too; a short one stands for itself."""
    return len(stem) >= _WHOLE


def fields(retro: Retro) -> Mapping[str, str]:
    """Give the texts of a retro by field, in the order in which a match is looked for."""
    said = retro.words
    return {
        "system": str(said.named or ""),
        "expected": said.expected,
        "why": said.why,
        "keep": said.keep,
        "caught": said.caught,
        "actions": "\n".join(one.text for one in retro.actions),
        "causes": ", ".join(CAUSES[one] for one in said.causes),
        "kind": KINDS[said.kind],
    }


def body(retro: Retro) -> str:
    """Give all its words in one line, as both databases index them."""
    return " ".join(word for text in fields(retro).values() for word in words(text))


def hit(retro: Retro, wanted: Sequence[str], room: int = 140) -> Hit:
    """Show where a retro matches: the first field in which most of the wanted words stand."""
    sought = _sought_in(wanted)
    placed = [(name, text, _places(text, sought)) for name, text in fields(retro).items()]
    name, text, places = max(placed, key=lambda one: len({stem for stem, _, _ in one[2]}))
    if not places:
        return Hit(retro, "", before=_flat(retro.words.expected or retro.words.why)[:room])
    _, start, end = places[0]
    left = max(0, start - room // 2)
    before = ("…" if left else "") + text[left:start].partition(" ")[2] if left else text[:start]
    after = text[end : end + room]
    return Hit(retro, name, _flat(before), text[start:end], _flat(after) + ("…" if len(text) > end + room else ""))


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _sought_in(wanted: Sequence[str]) -> re.Pattern[str]:
    """Match a folded word that is meant, and give the stem by which it is."""
    return re.compile("|".join(f"({one})" if is_beginning(one) else f"({one})$" for one in wanted))


def _places(text: str, sought: re.Pattern[str]) -> list[tuple[str, int, int]]:
    """Give stem, start and end of what is meant in a text."""
    folded = text.casefold() if text.isascii() else ""
    found = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        means = sought.match(folded[start:end] if folded else "".join(words(match[0])))
        if means:
            found.append((means[means.lastindex or 0], start, end))
    return found


def ranked(
    found: Iterable[tuple[int, str]], wanted: Sequence[str], least: int = 1, same: Collection[int] = ()
) -> list[int]:
    """Give the ids of what was found, the best first: rare words count more than common ones, often more than once.

    What holds fewer than `least` of the words is left out, unless it is of the `same` system, which counts for it.
    This is BM25 over what was found; the newer comes first in a draw.
    """
    padded = [(retro, f" {body} ") for retro, body in found]
    sought = [f" {one}" if is_beginning(one) else f" {one} " for one in wanted]
    counts = [[body.count(one) for one in sought] for _, body in padded]
    held = [sum(map(bool, column)) for column in zip(*counts, strict=True)]
    weights = [log(1 + (len(padded) + 1) / (docs + 1)) for docs in held]
    usual = sum(len(body) for _, body in padded) / (len(padded) or 1)
    scored = [
        (_score(row, weights, len(body) / usual) + (_SAME if retro in same else 0), retro)
        for (retro, body), row in zip(padded, counts, strict=True)
        if retro in same or sum(map(bool, row)) >= least
    ]
    return [retro for _, retro in sorted(scored, reverse=True)]


def _score(counts: Sequence[int], weights: Sequence[float], length: float) -> float:
    """Weigh a text; 1.2 and 0.75 are the usual constants of BM25."""
    shorter = 1.2 * (0.25 + 0.75 * length)
    return sum(weight * often * 2.2 / (often + shorter) for often, weight in zip(counts, weights, strict=True) if often)


def close(text: str, known: Collection[str]) -> str:
    """Give a query in words that are known, where each unknown one is much like one of them; else nothing."""
    said = words(text)[:MOST_WORDS]
    guesses = [_closest(one, known) for one in said]
    return " ".join(guesses) if all(guesses) and guesses != said else ""


def _closest(word: str, known: Collection[str]) -> str:
    if word in known:
        return word
    begins = [one for one in known if one[:1] == word[:1]]
    return next(iter(get_close_matches(word, begins, n=1, cutoff=0.75)), "")


def rarest(candidates: Iterable[str], known: Mapping[str, int], most: int = RAREST) -> list[str]:
    """Give the rarest words that any retro holds; `known` counts the retros in which each stands."""
    held = [word for word in dict.fromkeys(candidates) if known.get(word)]
    return sorted(held, key=lambda word: (known[word], word))[:most]
