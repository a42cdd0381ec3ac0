"""What a person is shown of retros that were found, and what a card offers of past ones."""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.blocks import (
    Block,
    Message,
    actions,
    button,
    clip,
    context,
    esc,
    header,
    link,
    moment,
    paragraphs,
    person,
    section,
)
from bot.retros.model import CAUSES, KINDS, Retro
from bot.retros.search.model import Hit, Offer
from bot.retros.views import action_line, answers, in_full, names
from bot.schema_retros import Questions
from bot.systems.model import Named

_SEEN = "_From this channel, from retros for everyone in public channels, and from those you took part in there._"
_MARKS = str.maketrans("", "", "*`~")


def found(query: str, hits: Sequence[Hit], questions: Questions) -> Message:
    """List what a search found, each with the place of the match."""
    asked = esc(query, 200)
    several = f"{len(hits)} retros" if len(hits) > 1 else "1 retro"
    told = f"*{several} with* {asked}" if hits[0].whole else f"*No retro has all of it. {several} with some of* {asked}"
    blocks = [section(told), *(section(_hit(one, names(questions))) for one in hits)]
    return Message(f"{several} found for {asked}", [*blocks, context(_SEEN)])


def _hit(one: Hit, called: Mapping[str, str]) -> str:
    match = f"*{esc(one.match.translate(_MARKS), 100)}*" if one.match else ""
    excerpt = f"{_excerpt(one.before)}{match}{_excerpt(one.after)}"
    place = f"_{esc(called[one.field])}:_ " if one.field else ""
    return f"*{_linked(one.retro, one.link)}* · {_kind_and_day(one.retro)}\n{place}{excerpt}"


def _excerpt(text: str) -> str:
    """Show plain words; a mark of somebody else's would end the bold of the match, or begin its own."""
    return esc(text.translate(_MARKS), 900)


def _linked(retro: Retro, url: str) -> str:
    label = clip(retro.title, 150)
    return link(url, label) if url else esc(label)


def _kind_and_day(retro: Retro) -> str:
    return f"{KINDS[retro.words.kind]} · {retro.logged_at:%d %b %Y}"


def nothing(query: str, guess: str) -> Message:
    """Say that a search found nothing, and what to try."""
    blocks = [
        section(f"I found nothing for *{esc(query.translate(_MARKS), 200)}* in the retros that you may see here.")
    ]
    if guess:
        blocks.append(section(f"Did you mean `/aipm retro search {esc(guess, 200)}`?"))
    hints = "Try fewer words, or the beginning of one. `/aipm retro list` shows the newest."
    return Message(f"Nothing found for {esc(query, 200)}.", [*blocks, context(hints)])


def listing(found: Sequence[Retro], links: Mapping[int, str], named: Named | None) -> Message:
    """List the newest retros."""
    of = f" of *{esc(str(named).translate(_MARKS))}*" if named else ""
    if not found:
        # A backtick in the name would end the example in the middle, and without it the name is another one.
        example = f" {esc(str(named), 250)}" if named and "`" not in str(named) else ""
        begin = f"`/aipm retro{example}`"
        text = f"No retro{of} that you may see here yet. Log the first one: {begin}"
        return Message(text, [section(text)])
    rows = [f"• {_linked(one, links.get(one.id, ''))} · {_row(one)}" for one in found]
    heading = f"*The newest retros*{of}"
    return Message(f"{len(found)} retros", [*paragraphs([heading, *rows]), context(_SEEN)])


def _row(one: Retro) -> str:
    left = sum(action.state == "open" for action in one.actions)
    todo = f" · {left} action{'s' if left != 1 else ''} open" if left else ""
    return f"{_kind_and_day(one)} · {person(one.author)}{todo}"


def whole(retro: Retro, url: str, questions: Questions, today: date) -> Message:
    """Show all of a retro to one person."""
    said = retro.words
    about = [f"{KINDS[said.kind]} · logged by {person(retro.author)} {moment(retro.logged_at)}"]
    about += [f"Causes: *{', '.join(CAUSES[one] for one in said.causes)}*"] if said.causes else []
    about += [f"with {', '.join(person(one) for one in said.people[:20])}"] if said.people else []
    blocks = [header(retro.title), context(*about)]
    for name, text in answers(retro, questions):
        blocks += [section(f"*{esc(name)}*"), *in_full(text)]
    if retro.actions:
        blocks += paragraphs(["*Actions*", *(action_line(one, today) for one in retro.actions[:20])])
    go = [actions(button("Go to the card", "link.card", url=url))] if url else []
    return Message(esc(retro.title), [*blocks, *go])


def offered(offers: Sequence[Offer]) -> list[Block]:
    """Offer past retros on a card."""
    return [context("Past retros like this:", *(_offer(one) for one in offers))] if offers else []


def offered_to_you(offers: Sequence[Offer]) -> Message:
    """Offer past retros to one person, who alone may see them here."""
    return _to_one(offers, "*Past retros like this* that not everyone here may see:")


def to_begin_with(offers: Sequence[Offer]) -> Message:
    """Offer past retros to a person who begins to write one."""
    return _to_one(offers, "*Before you write: past retros like this*")


def _to_one(offers: Sequence[Offer], heading: str) -> Message:
    rows = [f"• {_offer(one)}" for one in offers]
    several = f"{len(rows)} past retros" if len(rows) > 1 else "1 past retro"
    return Message(f"{several} like this, for you alone", paragraphs([heading, *rows]))


def _offer(one: Offer) -> str:
    return f"{_linked(one.retro, one.link)} · {_kind_and_day(one.retro)}"
