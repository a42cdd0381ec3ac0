"""What a channel sees of a call for answers: who asks, what is asked, and how many have answered; never an answer."""

from collections.abc import Sequence

from bot.blocks import (
    Block,
    Element,
    Message,
    actions,
    button,
    confirm,
    context,
    esc,
    header,
    link,
    option,
    overflow,
    paragraphs,
    person,
    section,
    web_address,
)
from bot.retros.rounds.model import Round
from bot.schema_retros import Question

COLLECT = "retro.collect"
ANSWER = "round.answer"
READ = "round.read"
TAKE_OVER = "round.take_over"
AGAIN = "round.post_again"
MINE = "round.my_answer"

_NAMED = 10
"""Earlier facilitators on a card."""


def collect_button() -> Element:
    """Offer, in the form of a retro, to have everyone answer on their own first."""
    return button("Collect answers first", COLLECT)


def card(of: Round, questions: Sequence[Question], link_to_retro: str = "") -> Message:
    """Show a call for answers, or how it ended."""
    if of.state == "closed":
        return _closed(of, link_to_retro)
    asked = [f"{number}. {esc(' '.join(one.text.split()))}" for number, one in enumerate(questions, 1)]
    blocks = [
        header(_title("Answers first", of)),
        *paragraphs([_who_asks(of), *_source(of)]),
        *_taken_over(of),
        *paragraphs(asked),
        section(f"*{counted(of)}*"),
        actions(
            button("Answer", ANSWER, str(of.id), style="primary"),
            button("Write the retro", READ, str(of.id)),
            overflow(AGAIN, option("Post the card again", f"again:{of.id}")),
            block_id="round",
        ),
        context("Answer on your own, with your name or without. You can change it until the answers are closed."),
    ]
    return Message(f"Answers are collected before a retro{_about(of)}. {counted(of)}", blocks)


def _title(text: str, of: Round) -> str:
    return f"{text} · {of.system}" if of.system else text


def _about(of: Round) -> str:
    return f" about {esc(of.system)}" if of.system else ""


def _who_asks(of: Round) -> str:
    who = person(of.facilitator)
    return (
        f"{who} writes a retro, and asks everyone in this channel to answer three questions first. "
        f"Nobody but {who} sees your answer until it is in the retro."
    )


def _source(of: Round) -> list[str]:
    url = web_address(of.about.source)
    return [f"It is about {link(url, 'what happened here')}."] if url else []


def _taken_over(of: Round) -> list[Block]:
    """Name whoever could read the answers before: people who answer are to know."""
    others = [one for one in dict.fromkeys(of.earlier) if one != of.facilitator]
    if not others:
        return []
    more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
    names = ", ".join(person(one) for one in others[:_NAMED])
    return [context(f"{person(of.facilitator)} took over from {names}{more}, who could read the answers until then.")]


def counted(of: Round) -> str:
    """Say how many have answered or deleted their answer, and not who."""
    if of.count:
        text = "1 person has answered." if of.count == 1 else f"{of.count} people have answered."
    else:
        text = "No answer is here." if of.dropped else "Nobody has answered yet."
    return text + _dropped(of)


def _dropped(of: Round) -> str:
    if not of.dropped:
        return ""
    return " 1 answer was deleted." if of.dropped == 1 else f" {of.dropped} answers were deleted."


def _closed(of: Round, link_to_retro: str) -> Message:
    people = "1 person answered" if of.count == 1 else f"{of.count or 'no'} people answered"
    name = f"Retro {of.number}"
    end = f"Answers are closed: {people}.{_dropped(of)}"
    if of.deleted:
        end, told = "Answers are closed.", f"{name} was written from them. It was deleted, and the answers with it."
    elif of.number:
        told = f"{link(link_to_retro, name)}." if link_to_retro else f"{name}: `/aipm retro show {of.number}`"
    else:
        told = f"{person(of.facilitator)} closed them without a retro."
    own = [] if of.number else [button("My answer", MINE, str(of.id))]
    read = [actions(button("Read the answers", READ, str(of.id)), *own, block_id="round")] if of.count else []
    blocks = [header(_title("Answers closed", of)), section(f"{end} {told}"), *_taken_over(of), *read]
    return Message(f"{end} {name if of.number else 'No retro was written.'}", blocks)


def already(of: Round, user: str, link_to_card: str, said: str = "") -> Message:
    """Show a call that is open to one person, and offer what they can do with it."""
    about = f" about *{esc(of.system)}*" if of.system else ""
    who = "You are" if user == of.facilitator else f"{person(of.facilitator)} is"
    lead = said or f"{who} collecting answers{about} here already."
    buttons = [button("Go to the card", "link.card", url=link_to_card, style="primary")] if link_to_card else []
    if user != of.facilitator:
        buttons.append(_take_over(of))
    buttons.append(button("Post the card again", AGAIN, str(of.id)))
    return Message(f"{lead} {counted(of)}", [section(f"{lead} {counted(of)}"), actions(*buttons)])


def _take_over(of: Round) -> Element:
    text = "You will read all answers, also those that are there, and write the retro. The card will say so."
    sure = confirm("Take over as facilitator?", text, "Take over")
    return button("Take over as facilitator", TAKE_OVER, str(of.id), confirm=sure)


def taken_over(of: Round, link_to_card: str) -> Message:
    """Say to whoever took over what they can do now."""
    text = "✓ You have taken over, and the card says so. *Write the retro* on it shows you the answers."
    go = [actions(button("Go to the card", "link.card", url=link_to_card))] if link_to_card else []
    return Message(f"{text} {counted(of)}", [section(f"{text} {counted(of)}"), *go])
