"""What is kept of a retro's form when somebody else, another window or a crash comes between."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import pytest

from bot.app import Coach
from bot.blocks import Modal
from bot.database import Transaction
from bot.errors import AlreadyLogged, FieldErrors
from bot.retros import modals, views
from bot.retros.model import Retro
from tests.samples import BEN, HERE
from tests.test_retros_handlers import ACT, carriable, clicked, logged, modal, on_card, shown, submitted, typed

Opening = Callable[[Coach, Retro], Callable[[], Modal]]


# Somebody else


@contextmanager
def at_read(coach: Coach, moment: int, deed: Callable[[], object]) -> Iterator[list[int]]:
    """Have something be done by somebody else just before the coach begins a certain look at the database."""
    read, seen = coach.database.read, [0]

    def reading() -> AbstractContextManager[Transaction]:
        seen[0] += 1
        if seen[0] == moment:
            deed()
        return read()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coach.database, "read", reading)
        yield seen


def an_edit(coach: Coach, one: Retro) -> Callable[[], Modal]:
    return lambda: modal(on_card(coach, views.EDIT, str(one.id)))


def an_edit_afresh(coach: Coach, one: Retro) -> Callable[[], Modal]:
    form = modal(clicked(coach, an_edit(coach, one)(), modals.PROMPTS, keep="Dropped."))
    return lambda: modal(clicked(coach, form, modals.AFRESH))


def both_are_kept(coach: Coach, opening: Opening, moment: int) -> bool:
    """Have Ben edit at a moment while Ana's form opens, and Ana save; False if the form was open before."""
    one = logged(coach)
    opens = opening(coach, one)
    others = replace(one.words, why="Ben's.")
    with at_read(coach, moment, lambda: coach.retros.edit(one.id, others, [], version=1, by=BEN)) as seen:
        form = opens()
    reply = submitted(coach, form, key=f"v:{one.id}", keep="Ana's.")
    if reply.modal:
        submitted(coach, reply.modal, key=f"w:{one.id}")
    now = coach.retros.find("T1", one.id)
    assert now
    edited = seen[0] >= moment
    assert (now.words.why, now.words.keep) == ("Ben's." if edited else one.words.why, "Ana's.")
    return edited


@pytest.mark.parametrize("opening", [an_edit, an_edit_afresh])
def test_whenever_somebody_else_edits_while_a_form_opens_both_are_kept(coach: Coach, opening: Opening) -> None:
    moment = next(moment for moment in range(1, 30) if not both_are_kept(coach, opening, moment))
    assert moment > 3


# A crash, and too much at once


class Killed(BaseException):
    """What nobody catches."""


def states(coach: Coach) -> list[tuple[int, list[str]]]:
    """Give the number of each retro and how its actions stand, newest first."""
    return [(one.number, [each.state for each in one.actions]) for one in coach.retros.listing("T1", HERE, "UANA")]


def test_a_retro_is_logged_with_what_is_ticked_in_its_form_or_not_at_all(coach: Coach) -> None:
    old = carriable(coach)
    form = modal(typed(coach, "Fraud model v3"))

    def dies(*_: object) -> bool:
        raise Killed

    with pytest.raises(Killed):
        submitted(replace(coach, retros=replace(coach.retros, carry=dies)), form, why="Yes.", carry=[old])
    assert states(coach) == [(1, ["open"])]
    reply = submitted(coach, form, why="Yes.", carry=[old])  # the same request, once more
    assert states(coach) == [(2, ["open"]), (1, ["carried"])]
    assert {one.subject for one in reply.also if one.kind == "retro"} == {1, 2}


def test_more_ticks_than_there_is_room_for_are_told_before_anything_is_logged(coach: Coach) -> None:
    ticked = [carriable(coach) for _ in range(4)]
    form = modal(typed(coach, "Fraud model v3"))
    for number in range(6):
        form = modal(clicked(coach, form, modals.ADD, **{**ACT, "action": f"New {number}"}))
    with pytest.raises(FieldErrors) as refused:
        submitted(coach, form, why="Yes.", carry=ticked, **ACT)  # the seventh stands in the fields
    assert refused.value.fields == {"carry": "A retro holds 10 actions, so there is room for 3 of these."}
    assert len(states(coach)) == 4
    again = modal(typed(coach))
    assert (shown(again)["why~0"], sorted(shown(again)["carry~0"])) == ("Yes.", sorted(ticked))
    submitted(coach, again, key="v:2", carry=ticked[:3])
    assert states(coach)[0] == (5, ["open"] * 10)


# Another window


def test_a_draft_that_is_open_in_two_windows_is_logged_once(coach: Coach) -> None:
    draft = modal(clicked(coach, modal(typed(coach, "Fraud model v3")), modals.ADD, why="Yes.", **ACT))
    one, other = (modal(typed(coach)) for _ in range(2))
    none = {"action": "", "owner": "", "due": "", "proof": ""}
    submitted(coach, one, key="v:1", **none)
    for form, fields in ((other, none), (other, {**none, "why": ""}), (draft, ACT)):
        with pytest.raises(AlreadyLogged) as refused:
            submitted(coach, form, key="v:2", **fields)
        assert refused.value.text == "You logged this as retro 1 from another window. Edit it there."
    assert states(coach) == [(1, ["open"])]
    assert coach.retros.draft("T1", "UANA", HERE) is None


def test_a_late_click_brings_no_draft_back(coach: Coach) -> None:
    form = modal(typed(coach, "Fraud model v3"))
    submitted(coach, form, why="Yes.")
    for control in (modals.ADD, modals.PROMPTS):
        with pytest.raises(AlreadyLogged):
            clicked(coach, form, control, why="Yes.", **ACT)
    assert coach.retros.draft("T1", "UANA", HERE) is None


def test_a_window_whose_retro_was_logged_in_another_starts_afresh(coach: Coach) -> None:
    form = modal(typed(coach, "Fraud model v3"))
    submitted(coach, form, why="Yes.")
    fresh = modal(clicked(coach, form, modals.AFRESH))
    submitted(coach, modal(clicked(coach, fresh, modals.PROMPTS)), key="v:2", why="Something else.")
    assert [number for number, _ in states(coach)] == [2, 1]


def test_a_form_that_is_refused_may_be_sent_again(coach: Coach) -> None:
    form = modal(typed(coach, "Fraud model v3"))
    with pytest.raises(FieldErrors):
        submitted(coach, form)
    submitted(coach, form, why="Yes.")
    assert states(coach) == [(1, [])]
