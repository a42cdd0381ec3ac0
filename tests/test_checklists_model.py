"""What a run covers, what counts as met, and which verdict follows; no database is needed for that."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checklists.model import NOTE_LIMIT, STATES, Answer, Choices, Run, mistakes
from tests.samples import BANDS, DRILL, HOUSE, answers, run

HOUSE_MUSTS, ROOF_MUSTS = ("W1",), ("R1", "R2", "R4")
BAND_MUSTS = ("C1", "B1", "A1", "A2")


def done(*items: str) -> dict[str, Answer]:
    return answers("done", *items)


def accepted(*items: str) -> dict[str, Answer]:
    return answers("open", *items, accepted="The board took this risk.")


# What a run covers

COVERED = [
    (Choices(), "W1 W2 R1 R2 R3 R4"),
    (Choices("predictive"), "W1 W2 R1 R3 R4"),
    (Choices("generative"), "W1 W2 R1 R2 R4"),
    (Choices("both"), "W1 W2 R1 R2 R3 R4"),
    (Choices("unsure"), "W1 W2 R1 R2 R3 R4"),
    (Choices(labelled="no"), "W1 W2 R1 R2 R3"),
    (Choices(labelled="yes"), "W1 W2 R1 R2 R3 R4"),
    (Choices("generative", "no"), "W1 W2 R1 R2"),
    (Choices(scope="quick"), "W1 R1"),
    (Choices(scope="walls"), "W1 W2"),
    (Choices("generative", "no", "roof"), "R1 R2"),
    (Choices(scope="cellar"), ""),
    (Choices(purpose="prepare"), ""),
]


@pytest.mark.parametrize(("choices", "items"), COVERED)
def test_a_run_covers_the_items_that_apply(choices: Choices, items: str) -> None:
    covered = run(HOUSE, choices=choices)
    assert list(covered.items) == items.split()
    told = {item.id for phase in HOUSE.phases for item in phase.items if choices.includes(HOUSE, item.id)}
    assert told == set(covered.items)


def test_a_phase_without_items_is_left_out() -> None:
    assert [phase.id for phase in run(HOUSE, choices=Choices(scope="roof")).phases] == ["roof"]


def test_preparation_and_response_are_two_runs_of_one_checklist() -> None:
    assert list(run(DRILL, choices=Choices(purpose="prepare")).items) == ["P1", "P2", "P3"]
    assert list(run(DRILL).items) == ["T1", "T2", "L1", "L2", "L3"]
    assert run(DRILL, choices=Choices(purpose="prepare")).title == "The fire-drill: preparation"
    assert run(DRILL).title == "The fire-drill"


def test_an_item_that_is_not_covered_is_not_included() -> None:
    assert not Choices().includes(DRILL, "P1")
    assert not Choices().includes(HOUSE, "X9")


@pytest.mark.parametrize(
    ("words", "choices"),
    [
        (("", "", "", ""), Choices()),
        (("predictive", "no", "quick", "prepare"), Choices("predictive", "no", "quick", "prepare")),
        (("magic", "perhaps", "walls", "party"), Choices("unsure", "unsure", "walls", "check")),
    ],
)
def test_a_form_with_words_that_are_not_ours_counts_as_not_sure(
    words: tuple[str, str, str, str], choices: Choices
) -> None:
    assert Choices.chosen(*words) == choices


# What counts


def test_done_and_not_applicable_are_met() -> None:
    assert [state for state in STATES if Answer("W1", state).met] == ["done", "na"]


def test_counts_are_of_the_run_or_of_a_phase() -> None:
    part = run(HOUSE, {**done("W1"), **answers("na", "R1"), **answers("risk", "R2")})
    assert part.count() == (2, 6)
    assert [part.count(phase) for phase in part.phases] == [(1, 2), (1, 4)]
    assert [item.id for item in part.unmet_musts()] == ["R2", "R4"]


def test_answers_to_items_that_the_run_does_not_cover_do_not_count() -> None:
    part = run(HOUSE, done("W1", "R1", "X9"), choices=Choices(scope="walls"))
    assert part.count() == (1, 2)


# What is to be mended

WRONG = [
    (Answer("W1", "na"), ["note"]),
    (Answer("W1", "risk"), ["note"]),
    (Answer("W1", "na", note="No labels here."), []),
    (Answer("W1", "risk", note="Few cases."), []),
    (Answer("W1", "open"), []),
    (Answer("W1", "done"), []),
    (Answer("W1", "done", note="x" * NOTE_LIMIT), []),
    (Answer("W1", "done", note="x" * (NOTE_LIMIT + 1)), ["note"]),
    (Answer("W1", "na", evidence="ftp://files.example"), ["note", "evidence"]),
]


@pytest.mark.parametrize(("given", "fields"), WRONG)
def test_what_is_wrong_is_told_by_field(given: Answer, fields: list[str]) -> None:
    assert list(mistakes(given)) == fields


def test_each_sentence_says_what_to_do() -> None:
    assert mistakes(Answer("W1", "na"))["note"].startswith("Say why it does not apply")
    assert mistakes(Answer("W1", "risk"))["note"].startswith("Say what the risk is")
    assert "this has 1501" in mistakes(Answer("W1", note="x" * 1501))["note"]
    assert "http" in mistakes(Answer("W1", evidence="example.com"))["evidence"]


# Verdicts by phase

BY_PHASE = [
    ({}, "Part walls: open; Part roof: open"),
    (done("W1"), "Part walls: passed; Part roof: open"),
    (done("W1", "R1", "R2"), "Part walls: passed; Part roof: open"),
    (done("W1", *ROOF_MUSTS), "Part walls: passed; Part roof: passed"),
    (answers("na", "W1", *ROOF_MUSTS), "Part walls: passed; Part roof: passed"),
    (answers("risk", "W1", *ROOF_MUSTS), "Part walls: open; Part roof: open"),
    ({**done("W1", "R1", "R2"), **accepted("R4")}, "Part walls: passed; Part roof: passed with risks"),
    ({**done("W1", "R1"), **accepted("R4")}, "Part walls: passed; Part roof: open"),
    ({**done("W1"), **accepted(*ROOF_MUSTS)}, "Part walls: passed; Part roof: passed with risks"),
    (
        {**done("W1", *ROOF_MUSTS), **answers("risk", "W2", "R3")},
        "Part walls: passed; Part roof: passed",
    ),
]


@pytest.mark.parametrize(("given", "verdict"), BY_PHASE)
def test_a_phase_passes_when_its_must_haves_are_met_or_accepted(given: Mapping[str, Answer], verdict: str) -> None:
    assert run(HOUSE, given).verdict == verdict


@pytest.mark.parametrize(
    ("choices", "given", "verdict"),
    [
        (Choices(scope="walls"), done("W1"), "Part walls: passed"),
        (Choices(scope="quick"), done("W1", "R1"), "Part walls: passed; Part roof: passed"),
        (Choices(scope="quick"), done("W1", "R2", "R4"), "Part walls: passed; Part roof: open"),
        (Choices("predictive", "no"), done("W1", "R1"), "Part walls: passed; Part roof: passed"),
    ],
)
def test_only_what_is_covered_counts(choices: Choices, given: Mapping[str, Answer], verdict: str) -> None:
    assert run(HOUSE, given, choices=choices).verdict == verdict


def test_a_preparation_has_a_verdict_by_phase() -> None:
    prepare = Choices(purpose="prepare")
    assert run(DRILL, choices=prepare).verdict == "Part P: open"
    assert run(DRILL, done("P1", "P2"), choices=prepare).verdict == "Part P: passed"
    assert not run(DRILL, choices=prepare).is_response


# Verdicts by band: what is met, what is accepted, the band, the decision

BY_BAND = [
    ("", "", None, "stop"),
    ("C1", "", "C", "stop"),
    ("C1 C2", "", "C", "stop"),
    ("", "C1", "C", "stop"),
    ("C1 B1", "", "B", "go with limits"),
    ("C1", "B1", "B", "go with limits"),
    ("", "C1 B1", "B", "go with limits"),
    ("C1 B1 A1", "", "B", "go with limits"),
    ("C1 B1 A1 A2", "", "A", "go"),
    ("C1 B1 A1", "A2", "A", "go with limits"),
    ("B1 A1 A2", "C1", "A", "go with limits"),
    ("", "C1 B1 A1 A2", "A", "go with limits"),
    ("C1 A1 A2", "", "C", "stop"),
    ("B1 A1 A2", "", None, "stop"),
]


@pytest.mark.parametrize(("met", "took", "band", "decision"), BY_BAND)
def test_a_band_needs_every_lower_band(met: str, took: str, band: str | None, decision: str) -> None:
    judged = run(BANDS, {**done(*met.split()), **accepted(*took.split())})
    assert (judged.band, judged.verdict) == (band, decision)


def test_a_recommended_item_keeps_no_band_back() -> None:
    assert run(BANDS, {**done(*BAND_MUSTS), **answers("risk", "C2")}).verdict == "go"


@pytest.mark.parametrize(
    ("scope", "met", "band", "decision"),
    [
        ("quick", "C1 B1 A1", "A", "go"),
        ("quick", "C1 B1", "B", "go with limits"),
        ("C", "C1", "C", "stop"),
        ("B", "B1", None, "stop"),
        ("A", "A1 A2", None, "stop"),
    ],
)
def test_one_band_alone_proves_nothing_of_the_lower_ones(scope: str, met: str, band: str | None, decision: str) -> None:
    judged = run(BANDS, done(*met.split()), choices=Choices(scope=scope))
    assert (judged.band, judged.verdict) == (band, decision)


# Verdicts of a response


@pytest.mark.parametrize(
    ("given", "left", "verdict"),
    [
        ({}, "L1 L2", "open"),
        (done("T1", "T2"), "L1 L2", "open"),
        (done("L1"), "L2", "open"),
        (done("L1", "L2"), "", "closed"),
        ({**done("L1"), **answers("na", "L2")}, "", "closed"),
        ({**done("L1"), **answers("risk", "L2")}, "L2", "open"),
        ({**done("L1"), **accepted("L2")}, "L2", "open"),
    ],
)
def test_a_response_closes_with_its_learning_steps(given: Mapping[str, Answer], left: str, verdict: str) -> None:
    judged = run(DRILL, given)
    assert [item.id for item in judged.learning_left] == left.split()
    assert judged.verdict == verdict


def test_other_checklists_have_no_learning_steps() -> None:
    for other in (run(HOUSE), run(BANDS), run(DRILL, choices=Choices(purpose="prepare"))):
        assert other.learning_left == []


# Laws that hold whatever was answered

ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        item: st.builds(
            Answer,
            st.just(item),
            st.sampled_from(list(STATES)),
            accepted=st.sampled_from(["", "We took it."]),
        )
        for item in ("W1", "W2", "R1", "R2", "R3", "R4", "C1", "C2", "B1", "A1", "A2")
    },
)


@given(ANSWERS)
def test_meeting_one_more_item_never_makes_a_verdict_worse(given: dict[str, Answer]) -> None:
    order = ["stop", "go with limits", "go"]
    before = run(BANDS, given)
    for item in before.items:
        after = run(BANDS, {**given, **done(item)})
        assert order.index(after.verdict) >= order.index(before.verdict)


@given(ANSWERS)
def test_a_phase_is_passed_exactly_when_no_must_have_of_it_is_unmet(given: dict[str, Answer]) -> None:
    judged: Run = run(HOUSE, given)
    for phase in judged.phases:
        assert (judged.outcome(phase) == "passed") == (judged.unmet_musts(phase) == [])
        assert judged.count(phase)[0] + sum(not judged.answer(item.id).met for item in phase.items) == len(phase.items)
