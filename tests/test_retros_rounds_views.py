"""Every card and form of a call for answers is taken by Slack, and says what it should to those who may know it."""

import inspect
import json
import re
from dataclasses import replace
from typing import get_type_hints

import pytest

from bot import library
from bot.app import Coach
from bot.blocks import Message, Modal
from bot.retros.rounds import modals, views
from bot.retros.rounds.model import Answer, Given
from tests import catalogue_retros_rounds as catalogue
from tests.catalogue import CARD
from tests.catalogue_retros_rounds import a_round, answers
from tests.samples import HOSTILE
from tests.test_learning_views import check
from tests.test_views import texts

ASKED = library.load().questions.questions
SECRET = Given("It was the deadline.", named=False)


def told(what: Message | Modal) -> str:
    return "\n".join(text for _, _, text in texts(what.payload()))


def pages(people: int, text: str = "Hello") -> list[Modal]:
    """Give all pages on which so many answers are read, by turning them as the facilitator does."""
    of, said = a_round(count=people), answers(text, people)
    turned = [modals.read(of, ASKED, said)]
    while value := next((one for one in controls(turned[-1], modals.PAGE) if "More" in str(one["text"])), None):
        turned.append(modals.read(of, ASKED, said, int(value["value"].partition(":")[0])))
    return turned


def controls(modal: Modal, wanted: str) -> list[dict[str, str]]:
    elements = [one for block in modal.blocks for one in block.get("elements", [])]
    return [one for one in elements if one.get("action_id") == wanted]


# What Slack takes


@pytest.mark.parametrize("text", [*HOSTILE.values(), "Hello"], ids=[*HOSTILE, "kind"])
def test_whatever_people_write(coach: Coach, text: str) -> None:
    known = {CARD} | {one for one in [address(text)] if one}
    assert check(catalogue.everything(coach, text), known) > 100


def address(text: str) -> str:
    """Give the source that the catalogue makes of a text: it is shown as a link only if it is an address."""
    sources = [one.about.source for one in catalogue.rounds(text)]
    return next((one for one in sources if one.startswith("https://evil")), "")


@pytest.mark.parametrize("text", ["a\n" * 1500, "&\n" * 1500, "x" * 3000, "<" * 3000, "🧯" * 3000, "\n" * 2999 + "a"])
def test_answers_as_long_as_they_may_be(text: str) -> None:
    assert check(catalogue.of_forms(ASKED, text), {CARD}) > 50


@pytest.mark.parametrize("mark", ["&", "<", ">", "<!channel>", "*", "`", "_"])
def test_a_teams_own_questions_with_letters_that_slack_reads_as_markup(mark: str) -> None:
    many = (mark * 40)[:40]
    own = [one.model_copy(update={"text": many, "heading": many, "prompts": (many,) * 3}) for one in ASKED]
    check(catalogue.of_cards(own, "Hello"), {CARD, "https://evil.example/Hello"})
    check(catalogue.of_forms(own, "Hello"), {CARD})


def test_every_view_is_in_the_catalogue() -> None:
    source = inspect.getsource(catalogue)
    for module in (views, modals):
        made = {
            name
            for name, one in inspect.getmembers(module, inspect.isfunction)
            if one.__module__ == module.__name__
            and not name.startswith("_")
            and get_type_hints(one).get("return") in {Message, Modal}
        }
        used = set(re.findall(rf"{module.__name__.rpartition('.')[2]}\.(\w+)\(", source))
        assert made <= used, module.__name__


# What they say


def test_a_card_tells_how_many_and_never_who() -> None:
    for count, said in ((0, "Nobody has answered yet."), (1, "1 person has"), (7, "7 people have")):
        card = views.card(a_round(count=count), ASKED)
        assert said in told(card)
        assert said in card.text
        assert all(one.text in told(card) for one in ASKED)


def test_a_source_that_is_no_address_is_left_out() -> None:
    of = a_round()
    assert f"<{CARD}|what happened here>" in told(views.card(of, ASKED))
    for source in ("", "javascript:alert(1)", "https://a.example/ <!channel>"):
        assert "what happened" not in told(views.card(replace(of, about=replace(of.about, source=source)), ASKED))


def test_earlier_facilitators_are_named_once_and_the_present_one_is_not() -> None:
    of = a_round(facilitator="UANA", earlier=("UBEN", "UANA", "UBEN", "UCLEO"))
    assert "<@UANA> took over from <@UBEN>, <@UCLEO>, who could read" in told(views.card(of, ASKED))
    many = tuple(f"U{number}" for number in range(13))
    assert "<@U9> and 3 more, who could" in told(views.card(a_round(earlier=many), ASKED))


def test_the_form_promises_what_is_done_with_a_name() -> None:
    shown = told(modals.answer(a_round(), ASKED, None))
    assert (
        "Your name is not shown to anybody. I keep it only until the answers are closed, so that you can change or "
        "delete yours. After that nobody can tell which one is yours."
    ) in shown
    assert "With fewer than 3 answers" in shown


def test_the_form_begins_with_the_own_answer() -> None:
    first = modals.answer(a_round(), ASKED, None)
    again = modals.answer(a_round(), ASKED, replace(SECRET, why="Too early."))
    assert (first.submit, again.submit) == ("Send", "Save")
    assert "initial" not in json.dumps(first.payload())
    inputs = {str(one["block_id"]): one["element"] for one in again.blocks if one["type"] == "input"}
    assert (inputs["expected"]["initial_value"], inputs["why"]["initial_value"]) == (SECRET.expected, "Too early.")
    assert inputs["nameless"]["initial_options"][0]["value"] == modals.NAMELESS
    assert "initial_value" not in inputs["keep"]
    prompts = {told(modals.answer(a_round(), ASKED, None, turn)) for turn in range(3)}
    assert len(prompts) == 3


def test_each_answer_stands_under_its_question_with_its_name_or_without() -> None:
    said = [Answer(1, Given("Fewer alarms.", "Nobody looked."), "UBEN"), Answer(2, SECRET)]
    lines = [text for _, _, text in texts(modals.read(a_round(), ASKED, said).payload())]
    at = [next(n for n, text in enumerate(lines) if one.text in text) for one in ASKED]
    first, second, third = lines[at[0] : at[1]], lines[at[1] : at[2]], lines[at[2] :]
    assert first[first.index("<@UBEN>") + 1] == "> Fewer alarms."
    assert first[first.index("Without a name") + 1] == "> It was the deadline."
    assert second[1:3] == ["<@UBEN>", "> Nobody looked."]
    assert third[1] == "Nobody answered this one."


def test_the_facilitator_is_asked_not_to_guess() -> None:
    shown = {people: told(modals.read(a_round(count=people), ASKED, answers("Hello", people))) for people in (1, 2, 3)}
    assert ["please do not try" in one for one in shown.values()] == [False, True, False]
    assert ["drawn by lot" in one for one in shown.values()] == [False, True, True]


@pytest.mark.parametrize(("people", "length"), [(1, 3000), (20, 3000), (60, 10), (200, 300)])
def test_however_many_answers_there_are_all_of_them_are_read(people: int, length: int) -> None:
    turned = pages(people, "x" * length)
    assert len(turned) > 1 or people == 1
    read = "".join(told(one) for one in turned)
    assert read.count("x" * min(length, 2700)) == 3 * people
    assert read.count("x") - read.count("xp") >= 3 * people * length
    assert all(one.submit == "Write the retro" for one in turned)
    assert [len(controls(one, modals.PAGE)) for one in (turned[0], turned[-1])] == ([1, 1] if people > 1 else [0, 0])


def test_after_the_end_there_is_nothing_left_to_do_with_the_answers() -> None:
    modal = modals.read(a_round(state="closed"), ASKED, answers("Hello"))
    assert modal.submit is None
    assert controls(modal, modals.CLOSE) == []


def test_a_draft_is_offered_first_and_kept_whatever_is_chosen() -> None:
    def choices(draft: str) -> list[str]:
        modal = modals.read(a_round(), ASKED, answers("Hello"), 0, draft)
        begin = next(one for one in modal.blocks if one.get("block_id") == "begin")["element"]
        assert begin["initial_option"] == begin["options"][0]
        assert ("Your draft is kept" in str(begin)) == bool(draft)
        return [one["value"] for one in begin["options"]]

    assert choices("") == [modals.FROM_ANSWERS, modals.FROM_NOTHING]
    assert choices("Saved today") == [modals.FROM_DRAFT, modals.FROM_ANSWERS, modals.FROM_NOTHING]


def test_private_metadata_and_values_carry_ids_only(coach: Coach) -> None:
    word = "Unmistakable"
    for one in catalogue.everything(coach, word):
        assert word not in str(one.payload.get("private_metadata", "")), one.name
        values = re.findall(r'"value": "[^"]*"', json.dumps(one.payload["blocks"]))
        assert word not in str(values), one.name
