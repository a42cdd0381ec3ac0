"""The forms of a call for answers: one person's own answer, and all of them for the facilitator."""

import json
from collections.abc import Iterator, Sequence

from bot.blocks import (
    FIELD,
    Block,
    Element,
    Modal,
    Option,
    actions,
    ask,
    button,
    checkboxes,
    confirm,
    context,
    divider,
    esc,
    option,
    person,
    radio,
    section,
    writing,
)
from bot.retros.model import ANSWER_LIMIT
from bot.retros.rounds.model import FEW, Answer, Given, Round, in_order
from bot.retros.rounds.views import counted
from bot.retros.views import in_full
from bot.schema_retros import Question

ANSWERING = "round.answer_form"
READING = "round.reading"
CLOSED = "round.closed"
CALLED = "round.called"
OWN = "round.own_answer"
PAGE = "round.page"
CLOSE = "round.close"
DROP = "round.delete_answer"

NAMELESS = "nameless"
FROM_ANSWERS, FROM_DRAFT, FROM_NOTHING = "answers", "draft", "nothing"

_PROMISE = (
    "Your name is not shown to anybody. I keep it only until the answers are closed, so that you can change or "
    "delete yours. After that nobody can tell which one is yours."
)
# A modal holds 100 blocks and 250,000 bytes; some of both are for what stands around the answers.
_BLOCKS, _BYTES = 70, 150_000


def answer(of: Round, questions: Sequence[Question], mine: Given | None, turn: int = 0) -> Modal:
    """Ask a person the three questions, filled in with what they answered before."""
    given = mine or Given()
    about = f" about *{esc(of.system)}*" if of.system else ""
    who = person(of.facilitator)
    blocks = [
        section(f"A retro{about}. Answer one question or all of them. Only {who} reads this until it is in the retro."),
        context("Somebody else in the channel can take over from them; the card would say so."),
        *(_question(one, getattr(given, one.id), turn) for one in questions),
        _name(given),
        context(f"With fewer than {FEW} answers, or by how it is written, a nameless one may still be guessed."),
        *([actions(_drop(of))] if mine else []),
    ]
    where = json.dumps({"round": of.id, "channel": of.channel})
    submit = "Save" if mine else "Send"
    return Modal("Your answer", blocks, ANSWERING, submit=submit, close="Cancel", private_metadata=where)


def own(of: Round, questions: Sequence[Question], mine: Given) -> Modal:
    """Show a person their own answer to a call that was closed without a retro, with a way to delete it."""
    blocks = [context(f"Only you and {person(of.facilitator)} see this. No retro was written from it.")]
    for question in questions:
        said = getattr(mine, question.id)
        if said:
            blocks += [section(f"*{esc(' '.join(question.text.split()))}*"), *in_full(said)]
    return Modal("Your answer", [*blocks, actions(_drop(of))], OWN)


def _drop(of: Round) -> Element:
    text = (
        "It goes for good. The card says that an answer was deleted, not whose. A draft may hold words of it already."
    )
    return button("Delete my answer", DROP, str(of.id), style="danger", confirm=confirm("Sure?", text, "Delete it"))


def dropped(of: Round) -> Modal:
    """Say that a person's answer is deleted."""
    again = " You can answer anew as long as answers are collected." if of.state == "open" else ""
    return Modal("Your answer", [section(f"✓ Your answer is deleted.{again}")], OWN)


def _question(question: Question, initial: str, turn: int) -> Block:
    hint = " ".join(" ".join(one.split()) for one in question.shown(turn))
    field = writing(FIELD, initial, limit=ANSWER_LIMIT, lines=True)
    return ask(" ".join(question.text.split()), field, question.id, hint=hint, optional=True)


def _name(given: Given) -> Block:
    choice = option("Without my name", NAMELESS)
    boxes = checkboxes(FIELD, [choice], [] if given.named else [choice])
    return ask("Your name", boxes, NAMELESS, hint=_PROMISE, optional=True)


def read(of: Round, questions: Sequence[Question], answers: Sequence[Answer], page: int = 0, draft: str = "") -> Modal:
    """Show all answers side by side to the facilitator; `draft` says when they saved a draft here, if they did."""
    parts = _pages(of, questions, answers)
    page = min(max(page, 0), len(parts) - 1)
    blocks = [section(_how_many(of)), *_caution(answers), *parts[page], *_turning(of, page, len(parts))]
    where = json.dumps({"round": of.id})
    if of.state != "open":
        return Modal("Answers", blocks, READING, private_metadata=where)
    blocks += [divider(), _beginning(draft), actions(_close(of))]
    return Modal("Answers", blocks, READING, submit="Write the retro", private_metadata=where)


def _how_many(of: Round) -> str:
    about = f" The retro is about *{esc(of.system)}*." if of.system else ""
    return f"{counted(of)} Only you see the answers.{about}"


def _caution(answers: Sequence[Answer]) -> list[Block]:
    if all(one.user for one in answers):
        return []
    few = f" With fewer than {FEW} answers, it may still be guessed who gave one: please do not try."
    order = "The order of the answers is drawn by lot for each question, so that it does not tell who gave one."
    return [context(order + (few if len(answers) < FEW else ""))]


def _pages(of: Round, questions: Sequence[Question], answers: Sequence[Answer]) -> list[list[Block]]:
    """Put the answers to each question under it, on as many pages as Slack's limits ask for."""
    pages: list[list[Block]] = [[]]
    for number, question in enumerate(questions, 1):
        title = f"*{number}. {esc(' '.join(question.text.split()))}*"
        pages[-1].append(section(title))
        for block in _answers(in_order(of, question.id, answers), question):
            if len(pages[-1]) >= _BLOCKS or len(json.dumps(pages[-1])) >= _BYTES:
                pages.append([section(f"{title} (continued)")])
            pages[-1].append(block)
    return pages


def _answers(given: Sequence[Answer], question: Question) -> Iterator[Block]:
    if not given:
        yield context("Nobody answered this one.")
    for one in given:
        yield context(person(one.user) if one.user else "Without a name")
        yield from in_full(getattr(one.given, question.id))


def _turning(of: Round, page: int, pages: int) -> list[Block]:
    if pages == 1:
        return []
    back = actions(button("Back", PAGE, f"{page - 1}:{of.id}"), block_id=f"back~{page}")
    more = actions(button("More answers", PAGE, f"{page + 1}:{of.id}"), block_id=f"more~{page}")
    return [
        context(f"Part {page + 1} of {pages}"),
        *([back] if page else []),
        *([more] if page + 1 < pages else []),
    ]


def _beginning(draft: str) -> Block:
    beside = "Your draft is kept" if draft else None
    choices: list[Option] = [
        option("The answers, listed under each question", FROM_ANSWERS, beside),
        option("Empty fields", FROM_NOTHING, beside),
    ]
    if draft:
        choices.insert(0, option("What I have half written of it in this channel", FROM_DRAFT, draft))
    hint = "Names stay out of the text. Those who gave theirs are filled in as participants."
    return ask("The form begins with", radio(FIELD, choices, choices[0]), "begin", hint=hint)


def _close(of: Round) -> Element:
    text = "Nobody can answer any more, and no retro comes of it. You can still read the answers on the card."
    sure = confirm("Close without a retro?", text, "Close them")
    return button("Close without a retro", CLOSE, str(of.id), style="danger", confirm=sure)


def closed(of: Round) -> Modal:
    """Say that the answers are closed."""
    text = f"✓ The answers{f' about *{esc(of.system)}*' if of.system else ''} are closed, without a retro."
    return Modal("Answers", [section(text)], CLOSED)


def called(of: Round, user: str) -> Modal:
    """Say in place of a form that the answers are being collected."""
    about = f" about *{esc(of.system)}*" if of.system else ""
    first = (
        f"✓ The call for answers{about} is in the channel. When they are in, press *Write the retro* on its card."
        if of.facilitator == user
        else f"{person(of.facilitator)} is collecting answers{about} in this channel already. Answer on that card."
    )
    kept = "What you typed is kept as your draft."
    return Modal("Answers first", [section(first), context(kept)], CALLED)
