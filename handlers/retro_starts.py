"""What a retro can begin with: a checklist that was signed, a message, or a system that was named."""

from bot.app import Coach
from bot.blocks import Message, clip, line
from bot.checklists.model import Run
from bot.errors import Gone
from bot.retros import views
from bot.retros.model import ANSWER_LIMIT, Kind
from bot.retros.sheet import PEOPLE, Sheet
from bot.systems.model import parse
from handlers.requests import Request, Shot, number

_KINDS: dict[str, Kind] = {"drift-response": "drift", "ethics-check": "ethics"}


def offer(run: Run) -> Message | None:
    """Offer a retro to whoever signed: after a drift-response, and where risks were accepted."""
    risks = len(_risks(run))
    if run.signature is None or not (risks or run.is_response):
        return None
    return views.offer(run.id, closed=run.is_response, risks=risks)


def of_run(run: Run, link: str, user: str) -> Sheet:
    """Fill in what a run knows: its system, its timeline, the risks that were accepted, who was there."""
    parts = (("Timeline (UTC):", _timeline(run)), ("Risks that we accepted:", _risks(run)))
    said = [_listed(title, lines, ANSWER_LIMIT // 2) for title, lines in parts if lines]
    return Sheet(
        system=run.system.named.name,
        release=run.system.named.version,
        kind="drift" if run.is_response else _KINDS.get(run.checklist.id, "launch"),
        expected="\n\n".join(said),
        people=_people(run, user),
        source=link,
        run=run.id,
    )


def _listed(title: str, lines: list[str], room: int) -> str:
    """Keep as many lines as fit, and say how many more there are."""
    kept: list[str] = []
    for one in lines:
        if len("\n".join([title, *kept, one])) > room - 60:
            return "\n".join([title, *kept, f"… and {len(lines) - len(kept)} more, in the history of its card"])
        kept.append(one)
    return "\n".join([title, *kept])


def _timeline(run: Run) -> list[str]:
    entries = run.response.timeline if run.response else ()
    days = {one.happened_at.date() for one in entries}
    shape = "%d %b %H:%M" if len(days) > 1 else "%H:%M"
    return [f"{one.happened_at:{shape}} {clip(line(str(one.after.get('text', ''))), 400)}" for one in entries]


def _risks(run: Run) -> list[str]:
    accepted = ((item, run.answer(item.id).accepted) for item in run.items.values())
    return [f"• {item.title}: {clip(line(reason), 300)}" for item, reason in accepted if reason]


def _people(run: Run, user: str) -> tuple[str, ...]:
    response = run.response
    named = [user, run.started_by, run.signature.by if run.signature else ""]
    if response:
        named += [one or "" for one in (response.lead, response.operations, response.communications)]
        named += [one.told_by for one in response.timeline]
    return tuple(one for one in dict.fromkeys(named) if one)[:PEOPLE]


def of_message(shot: Shot, link: str, user: str) -> Sheet:
    """Begin the first answer with a message."""
    author = (shot.author,) if shot.author else ()
    return Sheet(expected=quoted(shot), people=tuple(dict.fromkeys((user, *author))), source=link)


def quoted(shot: Shot) -> str:
    """Quote a message as plain text does."""
    return clip("\n".join(f"> {one}" for one in shot.text.split("\n")), ANSWER_LIMIT) if shot.text else ""


def of_words(words: str, user: str) -> Sheet:
    """Begin with the system that a command named."""
    named = parse(words)
    return Sheet(system=named.name if named else "", release=named.version if named else "", people=(user,))


def of_value(value: str, request: Request, coach: Coach, channel: str) -> tuple[str, Sheet]:
    """Read what a button starts with; give the channel that the retro is for, too.

    What a run holds is for its `channel`, and elsewhere for those who worked on it.
    """
    what, _, rest = value.partition(":")
    if what == views.OF_RUN:
        run = coach.checklists.get(request.workspace, number(rest))
        if run.channel != channel and request.user not in _people(run, ""):
            raise Gone
        link = coach.checklists.brief(request.workspace, run.id).link or ""
        return run.channel, of_run(run, link, request.user)
    return channel, of_words(rest, request.user)
