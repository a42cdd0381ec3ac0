"""What people are told of the record: at once what takes no look, and the rest behind the ack."""

import json
from dataclasses import replace

import pytest

from bot.app import Coach
from bot.errors import FieldErrors, NameTooLong, Refused
from bot.retros.model import Words
from bot.retros.record import views
from handlers import mishaps, retro_record, retros
from handlers.listeners import FEATURES
from handlers.requests import Reply, Request, View
from tests.samples import ANA, FRAUD, HERE, THERE
from tests.test_learning_views import told

ASKED = Request("command", "T1", "UANA", "c:1", channel=HERE, trigger="t")
WORDS = Words(named=FRAUD, kind="incident", expected="More alarms.", causes=("data",))
LONG = "x" * 201


def typed(coach: Coach, text: str, channel: str = HERE) -> Reply:
    assert FEATURES
    return retros.retro(replace(ASKED, text=f"retro {text}", channel=channel), coach)


def submitted(coach: Coach, **values: object) -> Reply:
    view = View("V1", "h", views.EXPORTING, {"channel": HERE}, values)
    return retro_record.give_export(replace(ASKED, source="submission", channel="", view=view), coach)


def behind(reply: Reply) -> Reply:
    """Make what follows the ack, as the coach does."""
    assert reply.later
    assert (reply.files, reply.picture) == ({}, None)
    return mishaps.told(reply.later)


def said(reply: Reply) -> str:
    assert reply.say
    return told(reply.say)


def log(coach: Coach, channel: str = HERE, **more: object) -> None:
    coach.retros.log(replace(WORDS, **more), [], by=ANA, channel=channel)


def test_the_numbers_are_counted_behind_the_ack(coach: Coach) -> None:
    asked = typed(coach, "stats")
    assert asked.say is None
    log(coach)
    found = behind(asked)
    assert "1 retro in all." in said(found).replace("*", "")
    assert found.picture
    assert (found.channel, found.comment) == (
        HERE,
        "*1 retro* in all. 0 actions agreed, 0 done, 0 open. Named most as a cause: data 1.",
    )
    nothing = behind(typed(coach, "stats", THERE))
    assert nothing.picture is None
    assert "No retros in this channel yet." in said(nothing)


def test_files_are_written_behind_the_ack(coach: Coach) -> None:
    asked = typed(coach, "export json fraud model")
    assert "It comes to you in a direct message." in said(asked)
    log(coach)
    log(coach, named=None)
    found = behind(asked)
    assert [one["retro"] for one in json.loads(found.files["retros.json"])] == [1]
    assert (found.direct, found.comment) == (True, f"1 retro that you may see in <#{HERE}>.")


def test_a_form_gives_several_files_of_what_fits(coach: Coach) -> None:
    log(coach)
    log(coach, causes=("luck",))
    found = behind(submitted(coach, formats=["csv", "json", "exe"], cause="luck"))
    assert sorted(found.files) == ["retros.csv", "retros.json"]
    assert [one["retro"] for one in json.loads(found.files["retros.json"])] == [2]


def test_that_nothing_fits_is_told_behind_the_ack(coach: Coach) -> None:
    found = behind(typed(coach, "export csv"))
    assert "No retro that you may see here fits." in said(found)
    assert found.files == {}


def test_what_is_wrong_is_refused_at_once(coach: Coach) -> None:
    with pytest.raises(Refused, match="Name the form"):
        typed(coach, "export exe")
    with pytest.raises(NameTooLong):
        typed(coach, f"export csv {LONG}")
    with pytest.raises(NameTooLong):
        submitted(coach, formats=["csv"], system=LONG)
    with pytest.raises(FieldErrors) as refused:
        submitted(coach, formats=["exe"])
    assert refused.value.fields == {"formats": "Choose at least one form."}


def test_where_the_file_arrives_no_word_announces_it(coach: Coach) -> None:
    asked = replace(ASKED, source="direct", text="retro export csv")
    assert retros.retro(asked, coach).say is None


def test_in_a_direct_message_the_file_is_of_what_may_be_seen_here(coach: Coach) -> None:
    log(coach, "DANA")
    assert behind(typed(coach, "export csv", "DANA")).comment == "1 retro that you may see here."


def test_what_breaks_behind_the_ack_is_told_too() -> None:
    def broken() -> Reply:
        raise ZeroDivisionError

    assert "Something went wrong on my side (reference " in said(mishaps.told(broken))
