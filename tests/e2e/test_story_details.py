"""The details of one item: what is shown, what is asked for, and two people at one form."""

import pytest

from bot import library
from sandbox.client import words
from tests.e2e.team import DETAILS, Team, boxes

LLM = library.load().checklists["llm-check"]
ITEMS = {item.id: item for phase in LLM.phases for item in phase.items}
WITH_CASE = next(item for item in ITEMS.values() if item.case)
PICK = "checklist.pick"


def test_details_show_why_how_source_level_and_a_real_case(team: Team) -> None:
    card = team.start("llm-check")
    shown = words(team.details(team.anna, card, WITH_CASE.id)["data"])
    assert WITH_CASE.case
    for text in (WITH_CASE.why, WITH_CASE.check, WITH_CASE.case.text, WITH_CASE.hint, "Must-have", "Source: <http"):
        assert str(text) in shown


def test_details_begin_at_the_first_item_that_is_open(team: Team) -> None:
    card = team.start("llm-check")
    first, second, *_ = boxes(card)
    team.tick(team.anna, card, first)
    team.anna.click(team.card("1 of"), DETAILS)
    assert f"*{ITEMS[second].title}*" in words(team.anna.opened()["data"])


def test_everything_that_is_filled_in_shows_on_the_card_and_in_the_form(team: Team) -> None:
    card = team.start("llm-check")
    item = next(iter(boxes(card)))
    given = {"state": "risk", "note": "Clause 7 is unclear", "evidence": "https://example.org/a?b=1&c=2"}
    team.answer(team.anna, card, item, **given, owner="U0CHIKAITO")
    shown = words(team.card("at risk")["data"])
    for text in (f"⚠️ *{ITEMS[item].title}*", "Clause 7 is unclear", "<https://example.org/a?b=1&amp;c=2|example.org>"):
        assert text in shown
    assert "⚠️ 1 at risk" in shown
    form = team.details(team.ben, team.card(), item)["form"]
    held = {name.partition("~")[0]: value for name, value in form.items() if not name.startswith("pick~")}
    assert held == {name: [value] for name, value in given.items()} | {"owner": ["U0CHIKAITO"]}


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"state": "na"}, "note", "Say why it does not apply"),
        ({"state": "na", "note": " \n\u200b"}, "note", "Say why it does not apply"),
        ({"state": "risk"}, "note", "Say what the risk is"),
        ({"state": "done", "note": "n" * 1501}, "note", "Keep the note within 1500 characters; this has 1501"),
        ({"state": "done", "evidence": "ftp://files/x"}, "evidence", "begins with http:// or https://"),
        ({"state": "done", "evidence": "javascript:alert(1)"}, "evidence", "begins with http:// or https://"),
        ({"state": "done", "evidence": "our wiki"}, "evidence", "begins with http:// or https://"),
    ],
)
def test_what_is_missing_or_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    team: Team, given: dict[str, str], field: str, said: str
) -> None:
    card = team.start("llm-check")
    item = next(iter(boxes(card)))
    answered = team.answer(team.anna, card, item, **given)
    assert list(answered["errors"]) == [f"{field}~{item}"]
    assert said in answered["errors"][f"{field}~{item}"]
    assert team.anna.modal()
    mended = {**given, "note": "Because", "evidence": "https://example.org"}
    team.anna.submit({f"{name}~{item}": value for name, value in mended.items()})
    assert team.anna.modal() is None
    team.card("example.org" if given["state"] != "done" else "1 of 9 done")


def test_choosing_another_item_saves_what_was_typed_for_this_one(team: Team) -> None:
    card = team.start("llm-check")
    first, second, *_ = boxes(card)
    form = team.details(team.anna, card, first)
    team.anna.click(form, "form.field", f"state~{first}", "na")
    team.anna.click(form, "form.field", f"note~{first}", "We host it ourselves")
    team.anna.click(form, PICK, value=second)
    team.anna.opened(f"✓ Saved _{ITEMS[first].title}_.")
    team.card("We host it ourselves")
    shown = team.form_of(team.anna, second)
    assert f"*{ITEMS[second].title}*" in words(shown["data"])
    team.anna.click(shown, PICK, value=first)
    assert team.form_of(team.anna, first)["form"][f"note~{first}::form.field"] == ["We host it ourselves"]


def test_choosing_another_item_keeps_what_cannot_be_saved_yet(team: Team) -> None:
    card = team.start("llm-check")
    first, second, *_ = boxes(card)
    form = team.details(team.anna, card, first)
    team.anna.click(form, "form.field", f"state~{first}", "na")
    team.anna.click(form, "form.field", f"evidence~{first}", "https://example.org/kept")
    team.anna.click(form, PICK, value=second)
    shown = team.anna.opened("Not saved yet. Say why it does not apply")
    assert f"*{ITEMS[first].title}*" in words(shown["data"])
    assert team.anna.form(shown)[f"evidence~{first}::form.field"] == ["https://example.org/kept"]
    team.anna.submit({f"note~{first}": "Not ours"})
    team.card("Not ours")


def test_choosing_another_item_without_a_change_saves_nothing(team: Team) -> None:
    card = team.start("llm-check")
    first, second, *_ = boxes(card)
    form = team.details(team.anna, card, first)
    team.anna.click(form, PICK, value=second)
    assert "Saved" not in words(team.form_of(team.anna, second)["data"])


def test_somebody_who_was_overtaken_sees_it_and_decides(team: Team) -> None:
    card = team.start("llm-check")
    item = next(iter(boxes(card)))
    team.details(team.anna, card, item)
    team.answer(team.ben, card, item, state="done", note="Ben's")
    team.anna.submit({f"state~{item}": "risk", f"note~{item}": "Anna's"})
    shown = team.anna.opened("Somebody changed this item while you had it open")
    assert shown["form"][f"note~{item}::form.field"] == ["Anna's"]
    assert "Anna's" not in words(team.card("1 of 9 done")["data"])
    team.anna.submit()
    assert team.anna.modal() is None
    team.card("Anna's")


def test_somebody_who_was_overtaken_in_the_picker_sees_it_too(team: Team) -> None:
    card = team.start("llm-check")
    first, second, *_ = boxes(card)
    form = team.details(team.anna, card, first)
    team.answer(team.ben, card, first, state="done", note="Ben's")
    team.anna.click(form, "form.field", f"note~{first}", "Anna's")
    team.anna.click(form, PICK, value=second)
    shown = team.anna.opened("Somebody changed this item while you had it open")
    assert team.anna.form(shown)[f"note~{first}::form.field"] == ["Anna's"]
    team.anna.cancel()
    assert team.details(team.chika, card, first)["form"][f"note~{first}::form.field"] == ["Ben's"]


def test_a_form_of_a_run_that_is_discarded_meanwhile_stays_open_with_a_sentence(team: Team) -> None:
    card = team.start("llm-check")
    item = next(iter(boxes(card)))
    team.details(team.anna, card, item)
    team.more(team.ben, card, "discard")
    team.card("Discarded")
    said = team.anna.submit({f"state~{item}": "done"})["errors"]
    assert "This checklist was discarded" in str(said)
