"""Every card and form of retros is taken by Slack, and says what it should."""

import inspect
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_type_hints

import pytest

from bot import library
from bot.app import Coach
from bot.blocks import Message, Modal, button, context
from bot.limits import problems
from bot.retros import modals, views
from bot.retros.modals import Around, Page
from bot.retros.model import Change, NewAction, Words, changed
from bot.retros.past import modals as past
from bot.retros.sheet import Half, Merged, Sheet, merged, of_draft, of_retro
from tests import catalogue_retros as catalogue
from tests.catalogue import CARD
from tests.catalogue_retros import TODAY, action, retro, words
from tests.samples import HERE, HOSTILE, NOW
from tests.test_learning_views import check, told
from tests.test_views import texts

ASKED = library.load().questions
FIRST = ASKED.questions[0]


def blocks(modal: Modal) -> dict[str, dict[str, Any]]:
    return {str(one.get("block_id", n)): dict(one) for n, one in enumerate(modal.blocks)}


def form(sheet: Sheet | None = None, page: Page | None = None, **around: object) -> Modal:
    return modals.form(sheet or Sheet(), page or Page(HERE), Around(ASKED, **around))


# What Slack takes


@pytest.mark.parametrize("text", [*HOSTILE.values(), "Hello"], ids=[*HOSTILE, "kind"])
def test_whatever_people_write(coach: Coach, text: str) -> None:
    assert check(catalogue.everything(coach, text), {CARD}) > 80


@pytest.mark.parametrize("text", ["a\n" * 1500, "&\n" * 1500, "x" * 3000, "<" * 3000, "word " * 600, "\n" * 3000 + "a"])
def test_answers_as_long_as_they_may_be(coach: Coach, text: str) -> None:
    assert check(catalogue.of_cards(ASKED, text), {CARD}) > 40
    assert check(catalogue.of_forms(ASKED, text), {CARD}) > 30
    assert check(catalogue.of_starts(coach, text), {CARD}) > 4


@pytest.mark.parametrize("mark", ["&", "<", ">", "<!channel>", "*", "`", "_"])
def test_a_teams_own_questions_with_letters_that_slack_reads_as_markup(mark: str) -> None:
    many = (mark * 40)[:40]
    asked = [one.model_copy(update={"text": many, "heading": many, "prompts": (many,) * 3}) for one in ASKED.questions]
    own = ASKED.model_copy(update={"blameless": many, "questions": tuple(asked)})
    check(catalogue.of_cards(own, "Hello"), {CARD})
    check(catalogue.of_forms(own, "Hello"), {CARD})


def test_every_view_is_in_the_catalogue() -> None:
    source = inspect.getsource(catalogue) + inspect.getsource(inspect.getmodule(check) or catalogue)
    for module, name in ((views, "views"), (modals, "modals"), (past, "past")):
        made = {
            name
            for name, one in inspect.getmembers(module, inspect.isfunction)
            if one.__module__ == module.__name__
            and not name.startswith("_")
            and get_type_hints(one).get("return") in {Message, Modal}
        }
        used = set(re.findall(rf"{name}\.(\w+)\(", source))
        assert made - {"offer"} <= used, module.__name__


def test_nothing_that_was_written_travels_in_a_form_or_a_button(coach: Coach) -> None:
    word = "Unmistakable"
    for one in catalogue.everything(coach, word):
        assert word not in str(one.payload.get("private_metadata", "")), one.name
        if one.name != "ask for the form":
            assert word not in json.dumps(re.findall(r"'value': '[^']*'", str(one.payload))), one.name


# What a card says


def card(**more: object) -> Message:
    return views.card(retro(**more), ASKED, TODAY)


def test_a_card_says_what_was_learned_and_what_follows() -> None:
    late = action(2, "Ask the shops", due=TODAY - timedelta(1), proof="")
    done = action(3, "Write it down", state="done", note="It is in the wiki")
    shown = told(card(actions=(action(), late, done), said=words(source="", causes=("data",))))
    for text in (
        "Retro 12 · Fraud model v3",
        "Incident · logged by <@UANA>",
        "with <@UBEN>, <@UCLEO>",
        "Causes: *Data*",
        f"*{FIRST.heading}*\n> We expected less.",
        "*What would have caught it*\n> We expected less.",
        "*Actions* · 1 of 3 done",
        "⬜ Add a table · <@UBEN> · by 02 Mar 2026\n",
        "⬜ Ask the shops · <@UBEN> · by 01 Mar 2026 · ⏰ *overdue*",
        "✅ Write it down · <@UBEN>\n      _Proof:_ It is in the wiki",
        "Stays in this channel",
    ):
        assert text in shown
    assert "Began with" not in shown


def test_a_card_says_what_proved_an_action_and_whether_that_held() -> None:
    linked = action(1, state="done", proof="A table", link="https://wiki.example/3")
    held = action(2, state="done", note="It is on page 3", link="https://wiki.example/3", held="yes")
    shown = told(card(actions=(linked, held, action(3, proof="A table"))))
    proofs = [line.partition("_Proof:_ ")[2] for line in shown.split("\n") if "_Proof:_" in line]
    page = "<https://wiki.example/3|wiki.example>"
    assert proofs == [page, f"It is on page 3 · {page} · held after a month", "A table"]


def test_a_fallback_text_carries_the_meaning() -> None:
    assert card(actions=(action(), action(2, state="done"))).text == (
        "Retro 12 · Fraud model v3: incident, logged by <@UANA>, 1 of 2 actions open."
    )


def test_a_card_says_where_it_began_and_who_may_read_it() -> None:
    shown = told(card(said=words(run=3, visibility="workspace")))
    assert f"Began with <{CARD}|this checklist>" in shown
    assert "Everyone in the workspace can find it" in shown
    assert f"<{CARD}|this message>" in told(card())


@pytest.mark.parametrize(("text", "long"), [("x" * 600, False), ("x" * 800, True), ("a\n" * 13, True)])
def test_a_long_answer_is_cut_and_can_be_read(text: str, *, long: bool) -> None:
    shown = card(said=words("Short.", why=text.strip()))
    ids = [one["action_id"] for one in shown.blocks[-1]["elements"]]
    assert (views.READ in ids) == long
    assert max(len(one) for _, _, one in texts(shown.payload())) < 800


@pytest.mark.parametrize("text", ["a b " * 750, "&" * 3000, "one\n\n" * 400, "x" * 3000])
def test_all_of_an_answer_can_be_read(text: str) -> None:
    whole = told(modals.whole(retro(words("Short.", why=text.strip())), ASKED))
    said = whole.replace("&amp;", "&").replace("\n", "").replace("> ", "").replace(" ", "")
    assert text.strip().replace("\n", "").replace(" ", "") in said


def test_words_of_one_answer_cannot_pass_for_another_part_of_the_card() -> None:
    forged = told(card(said=words("Fine.\n*Actions* · 3 of 3 done\n✅ All of it")))
    assert "\n> *Actions* · 3 of 3 done\n> ✅ All of it" in forged
    one_line = told(card(actions=(action(text="Do it\n✅ Done by @boss"),)))
    assert "⬜ Do it ✅ Done by @boss · <@UBEN>" in one_line


def test_other_rooms_add_to_a_card() -> None:
    more = (button("Actions", "x.y", "7"),)
    made = views.card(retro(), ASKED, TODAY, [context("Similar: retro 3")], more)
    assert "Similar: retro 3" in told(made)
    assert [one["action_id"] for one in made.blocks[-1]["elements"]] == [views.EDIT, "x.y", views.MORE]


# What a form does


def test_prompts_take_turns_and_fields_keep_their_names() -> None:
    first, second = form(page=Page(HERE, turn=1)), form(page=Page(HERE, turn=2))
    assert set(blocks(first)) == set(blocks(second))
    hints = [blocks(one)["expected~0"]["hint"]["text"] for one in (first, second)]
    assert hints == ["\n".join(FIRST.shown(1)), "\n".join(FIRST.shown(2))]
    assert hints[0] != hints[1]


def test_a_form_asks_who_may_read_it_only_where_that_is_known() -> None:
    assert "visibility~0" in blocks(form(public=True))
    assert "visibility~0" not in blocks(form())
    assert "Stays in this channel" in told(form())
    kept = form(Sheet(visibility="workspace"), Page(HERE, 7), retro=retro())
    assert "everyone in the workspace, while this channel is public" in told(kept)


def test_a_form_says_when_a_draft_is_saved() -> None:
    assert "*Add this action*, *More prompts* or *Log it*" in told(form())
    assert "*Add this action*, *More prompts* or *Save*" in told(form(page=Page(HERE, 7), retro=retro()))
    assert "Your draft of" not in told(form())
    assert "*Your draft of <!date^" in told(form(saved_at=NOW))


def test_a_full_list_of_actions_asks_for_no_more() -> None:
    ten = Sheet(actions=tuple(NewAction(str(n), "UBEN", TODAY) for n in range(10)))
    assert "action~0" not in blocks(form(ten))
    assert "action~0" in blocks(form(replace(ten, half=Half("Eleven"))))


def test_a_draft_is_read_as_it_was_kept() -> None:
    whole = Sheet(
        *("Fraud model", "v3", "drift", "a", "b", "c", ("data",), "d", ("UANA",), "workspace"),
        *((NewAction("Do", "UBEN", TODAY, "p"),), Half("x", "UANA", "2026-03-09"), (6, 7), CARD, 3, 4, 5),
    )
    assert of_draft(json.loads(json.dumps(whole.body()))) == whole
    assert of_draft({"colour": "red", "kind": "gone"}) == Sheet()


# Two people at one form


def late(mine: Sheet, now: Words, **before: object) -> Merged:
    lines = (Change(NOW, "UBEN", "edited", before, dict.fromkeys(before, "")),)
    both = merged(mine, retro(now, version=2), lines)
    assert both
    return both


def test_what_only_the_other_changed_is_taken_over() -> None:
    mine = replace(of_retro(retro(), 0), why="Mine.")
    both = late(mine, words(keep="Theirs.", causes=("model",)), keep="We expected less.", causes=["luck", "data"])
    assert (both.taken, both.theirs) == (("keep", "causes"), {})
    assert (both.sheet.why, both.sheet.keep, both.sheet.causes) == ("Mine.", "Theirs.", ("model",))
    assert (both.sheet.version, both.sheet.seen) == (2, 1)
    assert "Taken over from them: _Keep, change, and the proof_, _Causes_." in past.overtaken(both, ASKED)


def test_what_both_changed_is_kept_and_shown() -> None:
    mine = replace(of_retro(retro(), 0), why="Mine.")
    both = late(mine, words(why="Theirs."), why="We expected less.")
    assert both.sheet.why == "Mine."
    shown = form(both.sheet, Page(HERE, 7), retro=retro(), late=both)
    at = [str(one.get("block_id", "")) for one in shown.blocks].index("why~0")
    assert shown.blocks[at - 1]["text"]["text"] == "*Changed by <@UBEN> meanwhile:*\n> Theirs."
    assert shown.blocks[at]["element"]["initial_value"] == "Mine."


def test_a_change_to_the_same_words_is_no_quarrel() -> None:
    mine = replace(of_retro(retro(), 0), why="Same.")
    both = late(mine, words(why="Same."), why="We expected less.")
    assert (both.taken, both.theirs) == ((), {})


def test_a_change_of_actions_alone_is_none_of_words() -> None:
    mine = of_retro(retro(), 0)
    assert merged(mine, retro(version=2), (Change(NOW, "UBEN", "edited", {}, {"actions": ["One"]}),)) is None


# History


@pytest.mark.parametrize("letter", ["x", "&", "ü", "🧑"])
@pytest.mark.parametrize("length", [200, 400])
def test_a_long_history_shows_the_newest_that_slack_takes(letter: str, length: int) -> None:
    edits = [
        Change(NOW, "UBEN", "edited", *changed(words(f"{n - 1} {letter * length}"), words(f"{n} {letter * length}")))
        for n in range(1, 121)
    ]
    history = past.history(retro(), edits, ASKED)
    assert problems(history.payload(), "modal") == []
    shown = told(history).count("edited it*")
    assert 0 < shown < len(edits)
    assert f"The newest {shown} of 120 changes." in told(history)
    assert f"> {120 - shown + 1} " in told(history)
    assert f"> {120 - shown - 1} " not in told(history)


def test_a_short_history_is_shown_from_its_first_change() -> None:
    edits = [
        Change(NOW, "UBEN", "edited", *changed(words("x", why=str(n)), words("x", why=f"{n}."))) for n in range(200)
    ]
    history = past.history(retro(), edits, ASKED)
    assert problems(history.payload(), "modal") == []
    assert told(history).count("edited it*") == 200
    assert "The newest" not in told(history)
