"""The words that views are written in: escaping, cutting, links and times."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import blocks
from bot.blocks import (
    Element,
    Home,
    Message,
    Modal,
    clean,
    clip,
    clock,
    esc,
    evidence,
    line,
    link,
    moment,
    person,
    quote,
    unescape,
    web_address,
)
from bot.limits import Surface, problems
from tests.samples import HOSTILE, NOW

ENTITY = re.compile(r"&(?:amp|lt|gt);")


def shown(element: Element) -> list[str]:
    """Give what Slack would refuse of an element in a message."""
    payload = {"text": "Hello", "blocks": [blocks.actions(element)]}
    return [problem.text for problem in problems(payload, "message")]


# What people write


@given(st.text(max_size=200), st.integers(10, 60))
def test_escaped_text_has_no_markup_and_no_cut_entity(text: str, limit: int) -> None:
    safe = esc(text, limit)
    assert len(safe) <= limit
    assert "<" not in safe
    assert ">" not in safe
    assert "&" not in ENTITY.sub("", safe)


@given(st.text(alphabet=st.sampled_from("&<>;ampltgx "), max_size=80))
def test_escaped_text_reads_as_it_was_written(text: str) -> None:
    assert esc(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


def test_text_is_escaped_exactly_once() -> None:
    assert esc("a < b & c > d") == "a &lt; b &amp; c &gt; d"
    assert esc("&lt;") == "&amp;lt;"


@pytest.mark.parametrize("limit", range(2, 30))
def test_an_entity_is_never_cut(limit: int) -> None:
    for text in ("&&&&&&&&", "ab&cd<ef>gh&", "x&" * 20):
        safe = esc(text, limit)
        assert len(safe) <= limit
        assert "&" not in ENTITY.sub("", safe), safe


@given(st.text())
def test_clean_text_has_nothing_that_nobody_can_see(text: str) -> None:
    cleaned = clean(text)
    assert cleaned == cleaned.strip()
    assert not re.search(
        r"[\x00-\x08\x0b-\x1f\x7f\ufeff\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff]", cleaned
    )
    assert clean(cleaned) == cleaned


def test_newlines_are_kept_and_are_all_of_one_kind() -> None:
    assert clean("one\r\ntwo\rthree\n") == "one\ntwo\nthree"
    assert line(" one\n two\t\u2028three ") == "one two three"


@given(st.text())
def test_a_line_is_one_line(text: str) -> None:
    assert len(line(text).splitlines()) <= 1


@given(st.text(max_size=30), st.integers(2, 20))
def test_clipped_text_fits(text: str, limit: int) -> None:
    clipped = clip(text, limit)
    assert len(clipped) <= limit
    assert clipped == text or clipped.endswith("…")


@given(st.text(alphabet=st.sampled_from("a&<\n "), max_size=300).map(clean), st.integers(20, 200))
def test_every_line_of_a_quotation_is_in_it(text: str, limit: int) -> None:
    quoted = quote(text, limit)
    assert len(quoted) <= limit
    assert all(one.startswith("> ") for one in quoted.split("\n"))
    assert "<" not in quoted


def test_a_note_of_short_lines_is_quoted_within_slacks_3000_characters() -> None:
    for note in ("a\n" * 750, "a" + "\n" * 1498 + "b", "&\n" * 750):
        assert len(quote(note)) <= 2800


# What Slack sends


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("Fraud &amp; churn &lt;v3&gt;", "Fraud & churn <v3>"),
        ("&amp;lt;", "&lt;"),
        ("<https://example.com>", "https://example.com"),
        ("<https://example.com/a?b=1&amp;c=2|example.com>", "https://example.com/a?b=1&c=2"),
        ("<http://model.v3|model.v3>", "http://model.v3"),
        ("<mailto:ana@example.com|ana@example.com>", "mailto:ana@example.com"),
        ("<@U123|ana> and <@U456>", "@ana and @U456"),
        ("<#C123|general>", "#general"),
        ("<!here> <!channel|channel>", "@here @channel"),
        ("&lt;!channel&gt;", "<!channel>"),
        ("plain words", "plain words"),
    ],
)
def test_what_slack_sends_becomes_what_was_typed(sent: str, typed: str) -> None:
    assert unescape(sent) == typed


@given(st.text(alphabet=st.sampled_from("<>&;ampltgt!@#|:/ax "), max_size=60))
def test_typed_text_comes_back_through_slacks_escaping(text: str) -> None:
    assert unescape(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")) == text


# Links


@pytest.mark.parametrize(
    ("address", "shown_as"),
    [
        ("https://example.com/a?b=1&c=2", "<https://example.com/a?b=1&amp;c=2|example.com>"),
        ("https://bank.example@evil.example/", "<https://bank.example@evil.example/|evil.example>"),
        ("https://EXAMPLE.com:8080/x", "<https://EXAMPLE.com:8080/x|example.com>"),
    ],
)
def test_evidence_is_labelled_with_its_real_host(address: str, shown_as: str) -> None:
    assert web_address(address) == address
    assert evidence(address) == shown_as


def test_a_label_cannot_end_its_link() -> None:
    assert link("https://a.example", "x|y> <!channel>") == "<https://a.example|x/y&gt; &lt;!channel&gt;>"


@given(st.text())
def test_an_address_with_anything_odd_in_it_is_refused(text: str) -> None:
    address = web_address(f"https://a.example/{text}")
    assert address is None or re.fullmatch(r"<[^<>|\s]+\|[^<>|\s]+>", evidence(address))


def test_nobody_is_said_in_words() -> None:
    assert person("U1") == "<@U1>"
    assert person(None) == person("") == "_nobody_"


# Times


def test_a_moment_is_shown_in_the_readers_zone_and_in_utc_where_that_fails() -> None:
    berlin = datetime(2026, 3, 2, 10, 30, tzinfo=timezone(timedelta(hours=1)))
    assert moment(berlin) == "<!date^1772443800^{date_short_pretty} {time}|02 Mar 2026 09:30 UTC>"
    assert berlin.astimezone(UTC) == NOW


def test_a_clock_is_in_utc() -> None:
    assert clock(NOW.astimezone(timezone(timedelta(hours=-8)))) == "02 Mar 09:30 UTC"
    assert clock(None) == "not yet"


# The vocabulary


def test_optional_parts_are_left_out_because_slack_refuses_them_empty() -> None:
    assert "value" not in blocks.button("Go", "a.b")
    assert "initial_options" not in blocks.box("One", "Hint", "one", "a.b", ticked=False)
    assert "initial_value" not in blocks.writing("a.b")
    assert "initial_user" not in blocks.people("a.b")
    assert "initial_option" not in blocks.select("a.b", [blocks.option("One", "one")])
    assert "block_id" not in blocks.section("Hello")
    assert "metadata" not in Message("Hello", []).payload()
    assert "submit" not in Modal("Hello", [], "a.b").payload()


ONE = blocks.option("One", "one", "The first")
ELEMENTS = [
    blocks.button("Go", "a.b", "1", style="danger", confirm=blocks.confirm("Sure?", "It goes.", "Go")),
    blocks.button("Go", "a.b", url="https://example.com"),
    blocks.box("*One*", "Hint", "one", "a.b", ticked=True),
    blocks.checkboxes("a.b", [ONE], [ONE]),
    blocks.radio("a.b", [ONE], ONE),
    blocks.select("a.b", [ONE], ONE),
    blocks.grouped("a.b", {"Group & co": [ONE]}, ONE),
    blocks.overflow("a.b", ONE, confirm=blocks.confirm("Sure?", "It goes.", "Go")),
    blocks.people("a.b", "U1"),
]


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element["type"])
def test_each_element_is_taken_by_slack(element: Element) -> None:
    assert shown(element) == []


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_words_fit_wherever_words_go(text: str) -> None:
    words = clean(text)
    choice = blocks.option(words, "one", words)
    body = [
        blocks.header(words),
        blocks.section(esc(words), block_id="a"),
        blocks.context(esc(words)),
        blocks.ask(words, blocks.select("a.b", [choice], choice), "b", hint=words, optional=True, live=True),
        blocks.ask("Write", blocks.writing("a.b", words, lines=True), "c"),
        blocks.actions(blocks.grouped("a.b", {words: [choice]}, choice), block_id="d"),
        blocks.divider(),
    ]
    payloads: list[tuple[Surface, dict[str, Any]]] = [
        ("modal", Modal("Hello", body, "a.b", submit="Go").payload()),
        ("home", Home(body).payload()),
        ("message", Message(esc(words), body, {"event_type": "x", "event_payload": {}}).payload()),
    ]
    assert [problems(payload, surface) for surface, payload in payloads] == [[], [], []]
