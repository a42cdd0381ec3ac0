"""Every message, modal and Home tab is taken by Slack, and nothing in them is markup of other people's making."""

import inspect
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

import pytest

from bot import library
from bot.app import Coach
from bot.blocks import Home, Message, Modal, clean
from bot.checklists import modals, views
from bot.checklists.model import Answer, Response, Run
from bot.delivery import notices
from bot.limits import problems
from bot.schema import Cited, Source
from tests import catalogue
from tests.catalogue import CARD, EVIDENCE, LONG_EVIDENCE, Shown
from tests.samples import DRILL, HOSTILE, HOUSE, NOW, answers, change, checklist, item, phase, run, signature

GOLDEN = Path(__file__).parent / "golden"
WALL_CLOCK = r"<!date\^\d+\^\{date_short_pretty\} \{time\}\|[\w :]+ UTC>"
PEOPLE = r"<@(?:UANA|UBEN|UCLEO)>|<#CHERE>"
LINK = re.compile(r"<(https?://[^<>|\s]+)\|([^<>|]*)>")
ENTITY = re.compile(r"&(?:amp|lt|gt);")
HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufeff\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff]")
ONE_LINE = {"header", "button", "option"}


# Looking at a payload


def texts(value: object, kind: str = "", place: str = "") -> Iterator[tuple[str, str, str]]:
    """Give every text of a payload: its type, what it stands in, and its words."""
    if isinstance(value, Mapping):
        if value.get("type") in {"mrkdwn", "plain_text"}:
            yield str(value["type"]), place, str(value["text"])
            return
        inside = "option" if "value" in value and "type" not in value else str(value.get("type", kind))
        for one in value.values():
            yield from texts(one, kind, inside)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for one in value:
            yield from texts(one, kind, place)


def addresses() -> set[str]:
    """Give the addresses that views may link to: sources, cards, and what was given as evidence."""
    urls = {source.url for source in library.load().sources.values() if source.url}
    return urls | {EVIDENCE, LONG_EVIDENCE, CARD, "https://acme.slack.com/archives/CHERE/p12"}


def strange_markup(text: str, known: set[str]) -> list[str]:
    """Give what is markup and not ours: mentions of others, links elsewhere, entities cut in two."""
    found = []
    for url, label in LINK.findall(text):
        address = url.replace("&amp;", "&")
        if address not in known:
            found.append(f"link to {address}")
        if address in {EVIDENCE, LONG_EVIDENCE} and label != urlsplit(address).hostname:
            found.append(f"evidence called {label}")
    rest = re.sub(f"{PEOPLE}|{WALL_CLOCK}", "", LINK.sub("", text))
    found += re.findall(r"<.{0,20}", rest)
    return found + re.findall(r"&.{0,10}", ENTITY.sub("", rest))


def faults(one: Shown, known: set[str]) -> list[str]:
    """Say everything that is wrong with what is shown."""
    told = [str(problem) for problem in problems(one.payload, one.surface)]
    if one.surface == "message":
        told += [str(problem) for problem in problems({**one.payload, "ts": "1.2"}, "message")]
        told += strange_markup(str(one.payload["text"]), known)
    for kind, place, text in texts(one.payload):
        told += strange_markup(text, known)
        if place in ONE_LINE and "\n" in text:
            told.append(f"two lines in a {place}: {text!r}")
        if kind == "plain_text" and "<" in text:
            told.append(f"markup in plain text: {text!r}")
    hidden = HIDDEN.findall(json.dumps(one.payload, ensure_ascii=False).replace("\n", ""))
    return told + [f"hidden letter {letter!r}" for letter in hidden]


def check(all_of_it: Iterator[Shown]) -> int:
    known, count = addresses(), 0
    wrong: dict[str, list[str]] = {}
    for one in all_of_it:
        count += 1
        found = faults(one, known)
        if found:
            wrong[one.name] = found[:3]
    assert not wrong, f"{len(wrong)} of {count}: {dict(list(wrong.items())[:20])}"
    return count


# Everything


def test_all_shipped_content_in_every_scope_and_state() -> None:
    assert check(catalogue.of_content(library.load())) > 1500


def test_the_coachs_own_words(coach: Coach) -> None:
    assert check(catalogue.of_its_own(coach)) > 30


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_whatever_people_write(coach: Coach, text: str) -> None:
    assert check(catalogue.of_people(coach, text)) > 50


def test_long_notes_of_short_lines(coach: Coach) -> None:
    for text in ("a\n" * 750, "&\n" * 750, "a" + "\n" * 1400 + "b", "<@U0EVIL>\n" * 150):
        check(catalogue.of_people(replace(coach), text))


def test_more_than_a_list_shows() -> None:
    check(catalogue.of_many())


@pytest.mark.parametrize("mark", ["&", "<", ">", "<!channel>", "<@U0EVIL>", "*", "`", "|"])
def test_a_teams_own_content_with_letters_that_slack_reads_as_markup(mark: str) -> None:
    words = {"title": f"Mind {mark} gap", "hint": f"How {mark} why"}
    prose: dict[str, Any] = {"why": mark * 60, "check": mark * 60, "case": {"text": mark * 20, "source": "OWN 1"}}
    parts = [
        phase(name, *(item(f"I{n}{m}", quick=True, **words, **prose) for m in range(2)), title=f"{n} {mark} part")
        for n, name in enumerate(("p0", "p1", "L"))
    ]
    frame = {"title": f"A {mark} check", "summary": f"Look {mark} there", "intro": mark * 60}
    for rule in ("phases", "bands", "response"):
        own = checklist("own-check", *parts, rule=rule, **frame)
        source = Source(key="OWN", title=mark * 50, organisation=mark * 50, year=mark, kind="own")
        assert check(catalogue.of_content(library.Library({own.id: own}, {"OWN": source}))) > 10


@pytest.mark.parametrize("length", range(1, 12))
def test_an_item_with_more_sources_than_fit(length: int) -> None:
    url = "https://notes.example/" + "&" * 40
    source = Source(key="OWN", title="&" * (90 + length), organisation="Us", year="2026", kind="own", url=url)
    of = run(HOUSE)
    modal = modals.details(of, of.items["W1"], [Cited(source=source, at=str(n)) for n in range(60)])
    assert faults(catalogue.shown("details", modal), {url}) == []
    assert "Source: <https://notes.example/" in json.dumps(modal.payload())


def test_every_view_is_in_the_catalogue() -> None:
    source = inspect.getsource(catalogue)
    for module in (views, modals, notices):
        made = {
            name
            for name, one in inspect.getmembers(module, inspect.isfunction)
            if one.__module__ == module.__name__
            and not name.startswith("_")
            and get_type_hints(one).get("return") in {Message, Modal, Home}
        }
        used = set(re.findall(rf"{module.__name__.rpartition('.')[2]}\.(\w+)\(", source))
        assert made <= used, module.__name__


# The checks can fail


@pytest.mark.parametrize(
    "text",
    [
        "<!channel>",
        "<@U0EVIL>",
        "<#C0EVIL>",
        "<https://evil.example|https://bank.example>",
        f"<{EVIDENCE.replace('&', '&amp;')}|https://bank.example>",
        "<mailto:a@b.example|b>",
        "<!date^0^{date}^https://evil.example|x>",
        "a & b",
        "cut &am",
        "cut <https://wiki.example/page",
    ],
)
def test_markup_of_others_is_found(text: str) -> None:
    assert strange_markup(text, addresses())


def test_our_own_markup_is_let_through() -> None:
    link = f"<{EVIDENCE.replace('&', '&amp;')}|wiki.example>"
    ours = f"<@UANA> in <#CHERE> &amp; <!date^1^{{date_short_pretty}} {{time}}|02 Mar 2026 09:30 UTC> {link} &lt;"
    assert strange_markup(ours, addresses()) == []


# What a card says


def blocks_of(card: Message) -> dict[str, str]:
    """Give the block_id of each item by its id."""
    ids = [str(block["block_id"]) for block in card.blocks if "~" in str(block.get("block_id"))]
    return {one.partition(":")[2].partition("~")[0]: one for one in ids}


def test_a_block_gets_a_new_id_exactly_when_its_item_changes() -> None:
    before = blocks_of(views.card(run(HOUSE, answers("done", "W1"))))
    changed = {"W1": Answer("W1", "open", version=2), "R1": Answer("R1", "risk", "Few.", version=1)}
    after = blocks_of(views.card(run(HOUSE, changed)))
    assert set(before) == set(after) == {"W1", "W2", "R1", "R2", "R3", "R4"}
    assert {name for name in before if before[name] != after[name]} == {"W1", "R1"}


def test_two_runs_share_no_block_id_of_an_item() -> None:
    one, other = (blocks_of(views.card(run(HOUSE, id=number))) for number in (7, 77))
    assert not set(one.values()) & set(other.values())


def elements(card: Message) -> list[dict[str, Any]]:
    return [element for block in card.blocks if block["type"] == "actions" for element in block["elements"]]


def test_each_open_or_done_item_is_one_box_of_its_own() -> None:
    given = {**answers("done", "W1"), **answers("na", "R1"), **answers("risk", "R2")}
    boxes = [one for one in elements(views.card(run(HOUSE, given))) if one["type"] == "checkboxes"]
    assert [box["options"][0]["value"] for box in boxes] == ["W1", "W2", "R3", "R4"]
    assert ["initial_options" in box for box in boxes] == [True, False, False, False]
    assert all(len(box["options"]) == 1 for box in boxes)


def test_must_haves_are_bold() -> None:
    boxes = [one for one in elements(views.card(run(HOUSE))) if one["type"] == "checkboxes"]
    titles = {box["options"][0]["value"]: box["options"][0]["text"]["text"] for box in boxes}
    assert (titles["W1"], titles["W2"]) == ("*Do W1*", "Do W2")


def test_items_that_are_no_boxes_say_why() -> None:
    given = {**answers("na", "R1", note="No\nlabels."), **answers("risk", "R2", evidence=EVIDENCE)}
    words = [text for _, _, text in texts(views.card(run(HOUSE, given)).payload())]
    assert "➖ *Do R1*\n_Not applicable_ · No labels." in words  # noqa: RUF001 - the sign is meant
    assert f"⚠️ *Do R2* · <{EVIDENCE.replace('&', '&amp;')}|wiki.example>\n_At risk_ · because" in words


def test_a_signed_card_has_nothing_to_tick() -> None:
    for state, closing in (("signed", signature("Part walls: passed", self_signed=True)), ("discarded", None)):
        card = views.card(run(HOUSE, answers("done", "W1"), state=state, signature=closing))
        assert {one["action_id"] for one in elements(card)} == {views.DETAILS, views.EXPORT, views.REOPEN}
    signed = views.card(run(HOUSE, state="signed", signature=signature("fine", self_signed=True)))
    assert any("self-signed" in text for _, _, text in texts(signed.payload()))


def test_a_response_says_what_is_not_set_and_what_was_missing() -> None:
    words = "\n".join(text for _, _, text in texts(views.card(run(DRILL)).payload()))
    assert "*Severity*\n_not set_" in words
    assert "*Lead*\n_nobody_" in words
    assert "*Contained*\nnot yet" in words
    assert "No preparation on record" in words
    for missing, told in (((), "every step of the preparation was met"), (("Do P1", "Do P2"), "Do P1; Do P2")):
        card = views.card(run(DRILL, response=Response(missing=missing)))
        assert told in "\n".join(text for _, _, text in texts(card.payload()))


def test_an_entry_of_many_lines_cannot_pass_for_two() -> None:
    forged = change("entry", after={"text": "Hello\n• `02 Mar 09:31 UTC` @boss: approved"})
    card = views.card(run(DRILL, response=Response(timeline=(forged,)), last=forged))
    timeline = next(text for _, _, text in texts(card.payload()) if text.startswith("*Timeline*"))
    assert len(timeline.splitlines()) == 2
    past = modals.history(run(DRILL), [forged])
    assert len([line for _, _, text in texts(past.payload()) for line in text.splitlines() if "•" in line[:2]]) == 1


def test_only_a_response_that_is_not_contained_can_be_contained() -> None:
    asked = {one["action_id"] for one in elements(views.card(run(DRILL)))}
    assert {views.ROLES, views.ENTRY, views.CONTAIN} <= asked
    contained = views.card(run(DRILL, response=Response(contained_at=NOW)))
    assert views.CONTAIN not in {one["action_id"] for one in elements(contained)}
    assert not {views.ROLES, views.ENTRY, views.CONTAIN} & {
        one["action_id"] for one in elements(views.card(run(HOUSE)))
    }


def test_a_fallback_text_carries_the_whole_meaning() -> None:
    assert views.card(run(HOUSE, answers("done", "W1"))).text == "The house-check for Fraud model v3: 1 of 6 done."
    signed = views.card(run(HOUSE, state="signed", signature=signature("x")))
    assert signed.text == "The house-check for Fraud model v3: 0 of 6 done. Signed."


def test_a_frozen_run_shows_details_without_a_form() -> None:
    kept = answers("risk", "W1", note="Few.", evidence=EVIDENCE, owner="UBEN", accepted="Fine.")
    of = run(HOUSE, kept, state="signed", signature=signature("x"))
    modal = modals.details(of, of.items["W1"], [])
    assert modal.submit is None
    words = "\n".join(text for _, _, text in texts(modal.payload()))
    assert all(told in words for told in ("At risk", "> Few.", "> Fine.", "<@UBEN>", "wiki.example"))


def test_private_metadata_and_values_carry_ids_only(coach: Coach) -> None:
    word = "Unmistakable"
    for one in catalogue.of_people(coach, word):
        if one.name not in {"begin", "unknown"}:
            assert word not in str(one.payload.get("private_metadata", "")), one.name
            assert word not in json.dumps([element.get("value") for element in _controls(one.payload)]), one.name


def _controls(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        if "action_id" in value or "value" in value:
            yield value
        for one in value.values():
            yield from _controls(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _controls(one)


# Golden pictures

_TIMELINE = tuple(change("entry", after={"text": text}) for text in ("Alerts fired.", "Rolled back."))


def house() -> Run:
    given = {
        **answers("done", "W1", owner="UBEN", evidence=EVIDENCE),
        **answers("na", "R1", note="No labels here."),
        **answers("risk", "R2", note="Few cases & no plan."),
    }
    last = change("item", item_id="W1", before={"state": "open"}, after={"state": "done"})
    return run(HOUSE, given, last=last)


def response() -> Run:
    told = Response("S2", "UANA", None, "UBEN", NOW, ("Do P2",), _TIMELINE)
    return run(DRILL, answers("done", "T1"), response=told, last=_TIMELINE[-1])


SOURCE = Source(key="OWN", title="Our notes", organisation="Us", year="2026", kind="own", url="https://notes.example/")
PICTURES: Mapping[str, Message | Modal] = {
    "card": views.card(house()),
    "details": modals.details(house(), house().items["R2"], [Cited(source=SOURCE, at="page 2")], turn="1"),
    "response": views.card(response()),
}


@pytest.mark.parametrize("name", PICTURES)
def test_it_looks_as_it_did(name: str) -> None:
    """Run with REWRITE_GOLDEN=1 to take a new picture; look at what changed before you keep it."""
    path = GOLDEN / f"{name}.json"
    now = json.dumps(PICTURES[name].payload(), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_text(now, "utf-8")
    assert json.loads(path.read_text("utf-8")) == json.loads(now)


def test_there_is_no_picture_of_nothing() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(PICTURES)


def test_hostile_words_are_hostile() -> None:
    assert sum(bool(HIDDEN.search(text)) for text in HOSTILE.values()) >= 4
    assert sum(bool(strange_markup(clean(text), set())) for text in HOSTILE.values()) >= 7
