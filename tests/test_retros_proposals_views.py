"""What is shown of proposed items is taken by Slack, and says what it should."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import get_type_hints

import pytest

from bot import library
from bot.app import Coach
from bot.blocks import Message, Modal, esc
from bot.checklists import export, modals
from bot.checklists import views as checklist_views
from bot.checklists.own import views as own_views
from bot.checklists.own.model import Use
from bot.checklists.service import Record
from bot.retros.proposals import views
from bot.retros.proposals.model import Asking, Told, Wording
from tests import catalogue_retros_proposals as catalogue
from tests.catalogue import Shown
from tests.catalogue_retros_proposals import RETRO, own, proposal
from tests.samples import HERE, HOSTILE, HOUSE, NOW, answers, run
from tests.test_views import elements, faults, texts

SHORT = Wording("house-check", "roof", "Compare results by country", "A table by country", "Make the table.")


def check(everything: Iterator[Shown]) -> int:
    count, wrong = 0, {}
    for one in everything:
        count += 1
        if found := faults(one, set()):
            wrong[one.name] = found[:3]
    assert not wrong, f"{len(wrong)} of {count}: {dict(list(wrong.items())[:20])}"
    return count


def told(what: Message | Modal) -> str:
    return "\n".join(text for _, _, text in texts(what.payload()))


def card(*made: Told) -> Message:
    return Message("x", views.beside(made))


def of_house() -> Told:
    return Told(proposal(SHORT), "The house-check", "Part roof")


# What Slack takes


def test_every_state() -> None:
    assert check(catalogue.of_states(library.load())) > 100


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_whatever_people_write(coach: Coach, text: str) -> None:
    assert check(catalogue.of_people(coach, text)) >= 5


def test_what_stands_beside_leaves_room_for_the_retro() -> None:
    many = list(catalogue.every_told(catalogue.WIDEST, ("T" * 40, "&" * 75))) * 5
    assert len(views.beside(many)) <= 16


def test_every_view_is_in_the_catalogue() -> None:
    source = inspect.getsource(catalogue)
    for module, name in ((views, "views"), (own_views, "own_views")):
        found = inspect.getmembers(module, inspect.isfunction)
        ours = [one for one in found if one[1].__module__ == module.__name__ and not one[0].startswith("_")]
        made = {one for one, kind in ours if get_type_hints(kind).get("return") in {Message, Modal}}
        assert made <= set(re.findall(rf"\b{name}\.(\w+)\(", source)), name


# What it says


def test_the_form_says_first_who_will_read_it() -> None:
    form = views.form(Asking(RETRO, SHORT, [HOUSE]), HERE)
    assert "Everyone in this workspace will read this item" in str(form.blocks[0])
    assert "must stay in this channel" in str(form.blocks[0])
    assert "A workspace admin then accepts" in told(form)
    assert views.AT_ONCE in str(views.form(Asking(RETRO, SHORT, [HOUSE], admin=True), HERE).payload())


def test_a_place_that_is_known_is_chosen() -> None:
    form = views.form(Asking(RETRO, SHORT, [HOUSE]), HERE).payload()
    assert form["blocks"][1]["element"]["initial_option"]["value"] == "house-check:roof"
    other = views.form(Asking(RETRO, replace(SHORT, phase="gone"), [HOUSE]), HERE).payload()
    assert "initial_option" not in other["blocks"][1]["element"]


def test_a_proposal_waits_for_an_admin() -> None:
    shown = card(of_house())
    assert "Proposed for *The house-check*, in _Part roof_: *Compare results by country*" in told(shown)
    assert [one["action_id"] for one in elements(shown)] == [views.ACCEPT, views.DECLINE]
    assert "confirm" in elements(shown)[0]


def test_a_suggestion_can_only_be_looked_at() -> None:
    made = proposal(SHORT, state="suggested", by="", cause="data", times=3)
    shown = card(Told(made, "The house-check", "Part roof"))
    assert "*Data* has been a cause in 3 retros" in told(shown)
    assert [one["action_id"] for one in elements(shown)] == [views.LOOK, views.DECLINE]


@pytest.mark.parametrize(
    ("use", "back", "said"),
    [
        (None, (), "Not used in a checklist yet. The cause *data* has not come back."),
        (Use(1, 1), (), "Used in 1 checklist since, met in 1. The cause *data* has not come back."),
        (Use(3, 2, 1), (19,), "Used in 3 checklists since, met in 2, at risk in 1. *data* came back in retro 19."),
        (Use(3, 0), (1, 2, 3, 4), "met in 0. *data* came back in retros 1, 2, 3 and 1 more."),
        (Use(3, 0, dropped_at=NOW), (), "met in 0. Taken out <!date^"),
    ],
)
def test_an_accepted_one_tells_what_came_of_it(use: Use | None, back: tuple[int, ...], said: str) -> None:
    made = proposal(SHORT, state="accepted", item="retro-12-1", decided_by="UBEN", decided_at=NOW)
    shown = told(card(Told(made, "The house-check", "Part roof", use, ("data",), {"data": back})))
    assert "✅ On *The house-check* since <!date^" in shown
    assert said in shown


def test_a_declined_one_says_so_and_one_that_nobody_worded_is_silent() -> None:
    made = proposal(SHORT, state="declined", decided_by="UBEN")
    assert "<@UBEN> declined “Compare results by country”. It can be proposed again." in told(card(Told(made, "", "")))
    assert views.beside([Told(replace(made, by=""), "", "")]) == []


def test_only_admins_see_a_way_out() -> None:
    listed = [own(SHORT, checklist="house-check", phase="roof")]
    for admin, ids in ((True, [own_views.TAKE_OUT]), (False, [])):
        shown = own_views.items(listed, {HOUSE.id: HOUSE}, admin=admin)
        assert [one["accessory"]["action_id"] for one in shown.blocks if "accessory" in one] == ids
        assert ("Workspace admins" in told(shown)) is not admin


# The item on a checklist


def of_own(words: Wording, **more: object) -> Record:
    """Give a run of a checklist with one item of the workspace's own."""
    one = own(words, 1, "house-check", "roof")
    version = catalogue.extended(HOUSE, [replace(one, item=one.item.model_copy(update={"origin": ORIGIN}))])
    return Record(run(version, **more), (), None)


ORIGIN = "added after retro 12"


@pytest.mark.parametrize(
    ("hint", "shown"),
    [
        ("A table by country", f"A table by country · {ORIGIN}"),
        ("x" * 52, f"{'x' * 52} · {ORIGIN}"),
        ("x" * 53, f"{'x' * 53} · after retro 12"),
        ("x" * 58, f"{'x' * 58} · after retro 12"),
        ("x" * 59, f"{'x' * 57}… · after retro 12"),
        ("x" * 75, f"{'x' * 57}… · after retro 12"),
        ("&" * 15, f"{'&amp;' * 11}… · after retro 12"),
    ],
)
def test_the_card_always_says_where_an_item_comes_from(hint: str, shown: str) -> None:
    """Slack shows 75 characters below a box: the hint gives way, and is whole in the details."""
    one = of_own(replace(SHORT, hint=hint)).run
    (box,) = (two["options"][0] for two in elements(checklist_views.card(one)) if "'retro-12-1'" in str(two))
    assert box["description"]["text"] == shown
    details = told(modals.details(one, one.items["retro-12-1"], []))
    assert f"Recommended · retro-12-1 · {ORIGIN}" in details
    assert esc(hint) in details


@pytest.mark.parametrize("state", ["na", "risk"])
def test_what_is_no_box_says_it_too(state: str) -> None:
    shown = of_own(SHORT, given=answers(state, "retro-12-1")).run
    assert f"Compare results by country · _{ORIGIN}_" in told(checklist_views.card(shown))


def test_every_export_says_it() -> None:
    record = of_own(SHORT)
    listed = [one for part in export.data(record)["phases"] for one in part["items"]]
    assert {one["id"]: one["origin"] for one in listed if one["origin"]} == {"retro-12-1": ORIGIN}
    assert f"Compare results by country (recommended, {ORIGIN}): open" in export.markdown(record)
    sheet = export.as_csv(record).splitlines()
    assert sheet[0].endswith('"origin"')
    assert [line.endswith(f'"{ORIGIN}"') for line in sheet if '"retro-12-1"' in line] == [True]
