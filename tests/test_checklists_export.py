"""Exports: nothing is left out, a sheet runs nothing, JSON comes back whole, Markdown has no markup of others."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import clean, web_address
from bot.checklists import export
from bot.checklists.model import Answer, Choices, Response, State
from bot.checklists.service import Checklists, Record
from bot.exports import cell
from bot.systems.model import Named
from tests.samples import (
    ANA,
    BEN,
    DRILL,
    FRAUD,
    HERE,
    HOSTILE,
    HOUSE,
    NOW,
    Clock,
    answers,
    change,
    micros,
    run,
    signature,
)

TRIGGERS = "=+-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20"
LINK = "https://acme.slack.com/archives/CHERE/p12"
# What a person can get into a field: cleaned at the edge, and cut where the form says so.
WRITTEN = st.text(max_size=60).map(clean)
NAMES = WRITTEN.map(lambda text: " ".join(text.split())).filter(bool)


@st.composite
def records(draw: st.DrawFn) -> Record:
    states: list[State] = ["open", "done", "na", "risk"]
    given_ones = {
        item: Answer(
            item,
            draw(st.sampled_from(states)),
            draw(WRITTEN),
            draw(st.sampled_from(["", "https://wiki.example/?a=1&b=2", "http://x.example/*_a_*"])),
            draw(st.sampled_from([None, "UBEN"])),
            draw(WRITTEN),
            draw(st.sampled_from([None, "UANA"])),
            draw(st.sampled_from([None, NOW])),
            draw(st.integers(0, 9)),
        )
        for item in ("W1", "R1", "R4")
    }
    past = [change("item", item_id="W1", before={"note": ""}, after={"note": draw(WRITTEN)}), change("started")]
    signed = draw(st.none() | WRITTEN.map(lambda text: signature("passed", comment=text, self_signed=True)))
    shown = run(HOUSE, given_ones, named=Named(draw(NAMES)[:200], draw(st.sampled_from(["", "v3"]))), signature=signed)
    return Record(shown, tuple(past), draw(st.none() | st.just(LINK)))


def sheet(record: Record) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(export.as_csv(record), newline="")))


@given(records())
def test_no_cell_of_the_sheet_is_a_formula(record: Record) -> None:
    for row in csv.reader(io.StringIO(export.as_csv(record), newline="")):
        assert len(row) == len(export.COLUMNS)
        for text in row:
            assert not text.lstrip(" \ufeff\u00a0\u2003").startswith(tuple(TRIGGERS)), repr(text)


@given(st.text(alphabet=st.sampled_from([*TRIGGERS, " ", "\ufeff", "\u2028", "\x0b", "a", '"', ",", "'"]), max_size=6))
def test_no_text_at_all_becomes_a_formula(text: str) -> None:
    told = cell(text)
    assert not re.match(rf"[\s\ufeff\x00]*[{re.escape(TRIGGERS)}]", told)
    assert told in {text, f"'{text}"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("=1+1", "'=1+1"),
        ("  =1+1", "'  =1+1"),
        ("\ufeff@SUM(A1)", "'\ufeff@SUM(A1)"),
        ("-2", "'-2"),
        ("+49 30 1", "'+49 30 1"),
        ("\uff1d1", "'\uff1d1"),
        ("a=1", "a=1"),
        ("2026-03-02", "2026-03-02"),
        ("", ""),
        (None, ""),
        (7, "7"),
    ],
)
def test_a_cell_that_a_sheet_would_run_gets_an_apostrophe(text: object, told: str) -> None:
    assert cell(text) == told


@given(records())
def test_json_comes_back_whole(record: Record) -> None:
    told = json.loads(export.as_json(record))
    assert told == json.loads(json.dumps(export.data(record)))
    back = {one["id"]: one for part in told["phases"] for one in part["items"]}
    for item, answer in record.run.answers.items():
        shown = back[item]
        assert (shown["state"], shown["note"], shown["evidence"], shown["owner"], shown["accepted_risk"]) == (
            answer.state,
            answer.note,
            answer.evidence,
            answer.owner,
            answer.accepted,
        )
    assert told["system"] == {"name": record.run.system.named.name, "version": record.run.system.named.version}
    assert told["history"][0]["after"] == record.history[0].after


OWN_LINE = re.compile(r"(# .*|## .*|- .*|  - .*|)")
OWN_LINKS = {f"<{LINK}>", "<https://wiki.example/?a=1&b=2>", "<http://x.example/*_a_*>"}


@given(records())
def test_markdown_has_no_markup_but_ours(record: Record) -> None:
    page = export.markdown(record)
    for line in page.split("\n"):
        assert OWN_LINE.fullmatch(line), repr(line)
        assert line == line.rstrip("\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
    told = page
    for link in OWN_LINKS:
        told = told.replace(link, "")
    told = re.sub(r"^\s*- \[[x ]\] \*\*[A-Z]\d\*\*", "", told, flags=re.MULTILINE)
    told = told.replace(f"`{record.run.checklist.id}`", "")
    told = re.sub(r"^#{1,2} ", "", told, flags=re.MULTILINE)
    assert re.findall(r"(?<!\\)(?:\\\\)*[`*_{}\[\]<>#|~]", told) == []


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_markdown_shows_what_people_wrote_as_text(text: str) -> None:
    noted = answers("risk", "W1", note=clean(text))
    page = export.markdown(Record(run(HOUSE, noted), (), None))
    line = next(one for one in page.splitlines() if one.startswith("  - Note: "))
    assert not re.search(r"(?<!\\)[<\[`*_~|#]", line.removeprefix("  - Note: "))


FULL = Record(
    replace(
        run(
            DRILL,
            answers(
                "risk",
                "T1",
                note="Few cases.",
                evidence="https://wiki.example/t1",
                owner="UBEN",
                accepted="We take it.",
            ),
            state="signed",
            signature=signature("closed", comment="All learnt.", self_signed=True),
            response=Response(
                "S2", "UANA", "UBEN", "UCLEO", NOW, ("Do P1",), (change("entry", after={"text": "Rolled back."}),)
            ),
        )
    ),
    (change("started"), change("signed", at=NOW + timedelta(hours=1), by="UBEN", after={"verdict": "closed"})),
    LINK,
)
KNOWN = (
    "UANA", "UBEN", "UCLEO", "2026-03-02T09:30:00Z", "2026-03-02T10:30:00Z", "Few cases.", "https://wiki.example/t1",
    "We take it.", "All learnt.", "Rolled back.", "S2", "Do P1", "closed", "fire-drill", "Fraud model", "v3", LINK,
    "Do L3", "T1",
)  # fmt: skip


@pytest.mark.parametrize("form", ["md", "json"])
def test_nothing_is_left_out(form: str) -> None:
    told = export.write(FULL, form).replace("\\", "")
    assert [one for one in KNOWN if one not in told] == []
    assert "template version 1" in told or '"template_version": 1' in told


def test_the_sheet_has_a_row_per_item_and_per_change() -> None:
    rows = sheet(FULL)
    assert [row["item"] for row in rows if row["part"] == "item"] == ["T1", "T2", "L1", "L2", "L3"]
    first = rows[0]
    assert {name: first[name] for name in ("run", "checklist", "template_version", "system", "version")} == {
        "run": "7",
        "checklist": "fire-drill",
        "template_version": "1",
        "system": "Fraud model",
        "version": "v3",
    }
    assert (first["phase"], first["title"], first["level"], first["state"]) == ("Part T", "Do T1", "must", "risk")
    assert (first["note"], first["evidence"], first["owner"], first["accepted_risk"]) == (
        "Few cases.",
        "https://wiki.example/t1",
        "UBEN",
        "We take it.",
    )
    past = [row for row in rows if row["part"] == "history"]
    assert [(row["what"], row["by"], row["at"]) for row in past] == [
        ("started", "UANA", "2026-03-02T09:30:00Z"),
        ("signed", "UBEN", "2026-03-02T10:30:00Z"),
    ]
    assert json.loads(past[1]["details"]) == {"before": {}, "after": {"verdict": "closed"}}


@pytest.mark.parametrize(
    ("named", "file"),
    [
        (FRAUD, "house-check-fraud-model-v3-run-7.md"),
        (Named("../../etc/passwd"), "house-check-etc-passwd-run-7.md"),
        (Named("模型"), "house-check-system-run-7.md"),
        (Named("x" * 200), f"house-check-{'x' * 60}-run-7.md"),
        (Named('a"; rm -rf /;\u202e'), "house-check-a-rm-rf-run-7.md"),
    ],
)
def test_the_file_has_a_name_of_our_making(named: Named, file: str) -> None:
    assert export.name(Record(run(HOUSE, named=named), (), None), "md") == file


@pytest.mark.parametrize(("form", "ending"), [("csv", ".csv"), ("json", ".json"), ("../exe", ".md")])
def test_the_ending_is_one_of_ours(form: str, ending: str) -> None:
    record = Record(run(HOUSE), (), None)
    assert export.name(record, form).endswith(f"-run-7{ending}")
    assert export.write(record, "../exe") == export.markdown(record)


def test_a_run_is_exported_with_its_whole_history(checklists: Checklists, clock: Clock) -> None:
    run_id = checklists.start("house-check", FRAUD, Choices(), by=ANA, channel=HERE).run_id
    checklists.tick(run_id, "W1", ticked=True, clicked=micros(1), by=ANA)
    clock.forward(hours=1)
    checklists.answer(run_id, Answer("R1", "na", "No labels."), by=BEN)
    checklists.sign(run_id, dict.fromkeys(["R2", "R4"], "We accept."), comment="Done.", by=BEN)
    checklists.reopen(run_id, by=ANA)
    told: dict[str, Any] = json.loads(export.as_json(checklists.record("T1", run_id)))
    assert [(one["what"], one["by"]) for one in told["history"]] == [
        ("started", "UANA"),
        ("item", "UANA"),
        ("item", "UBEN"),
        ("signed", "UBEN"),
        ("reopened", "UANA"),
    ]
    assert told["history"][3]["after"]["accepted"] == {"R2": "We accept.", "R4": "We accept."}
    assert (told["state"], told["signed"]) == ("open", None)


@given(st.text())
def test_a_link_that_we_take_cannot_leave_its_angle_brackets(text: str) -> None:
    address = web_address(f"https://a.example/{text}")
    assert address is None or not set(address) & set('<>|"` \n')
