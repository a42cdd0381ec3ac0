"""Checklists: starting, ticking, details, signing, exporting."""

from collections.abc import Sequence
from dataclasses import replace

from bot.app import Coach
from bot.blocks import Message, esc, line, section
from bot.checklists import export, modals, views
from bot.checklists.model import Answer, Choices, Run, State, mistakes
from bot.checklists.service import key
from bot.delivery.model import Key
from bot.delivery.notices import POST_AGAIN
from bot.errors import FieldErrors, UnknownSystem, Unmet
from bot.schema import Checklist, Cited, Item
from bot.systems.model import Named, parse
from handlers import help as helping
from handlers import retro_actions, retro_cards, retro_rounds, retro_starts
from handlers.requests import Like, Reply, Request, View, number, opened
from handlers.routes import routes

PREPARE = "prepare"


def begin(request: Request, coach: Coach) -> Reply:
    """Start the checklist that the first word names: at once with a system, through a form without one."""
    name = request.text.partition(" ")[0].casefold()
    if name not in coach.library.checklists:
        return helping.unknown(request, coach)
    checklist = coach.checklists.checklist(name)
    rest = request.rest()
    purpose = "check"
    if rest.text.partition(" ")[0].casefold() == PREPARE and any(phase.prepare for phase in checklist.phases):
        purpose, rest = "prepare", rest.rest()
    named = parse(rest.text)
    if named:
        choices = Choices.chosen("", "", "", purpose)
        return _start(coach, request, name, named, choices, request.channel)
    return _ask(request, coach.checklists.version(request.workspace, name), purpose)


routes.anything = begin


def _ask(request: Request, checklist: Checklist, purpose: str) -> Reply:
    if request.trigger:
        return Reply(modal=modals.start(checklist, channel=request.channel, purpose=purpose))
    return Reply(say=views.begin(checklist, PREPARE if purpose == "prepare" else ""))


@routes.action(views.BEGIN)
def open_form(request: Request, coach: Coach) -> Reply:
    """Open the form for which a mention had no trigger."""
    name, _, rest = request.action.value.partition(" ")
    purpose = "prepare" if rest == PREPARE else "check"
    version = coach.checklists.version(request.workspace, name)
    return Reply(modal=modals.start(version, channel=request.channel, purpose=purpose))


@routes.submission(modals.START)
def start(request: Request, coach: Coach) -> Reply:
    """Start what the form describes."""
    view = opened(request)
    named = _named(view)
    choices = Choices.chosen(view.text("kind"), view.text("labelled"), view.text("scope"), view.meta["purpose"])
    return _start(coach, request, view.meta["checklist"], named, choices, view.meta["channel"])


def _named(view: View) -> Named:
    name, version = line(view.text("system")), line(view.text("version"))
    if not name:
        raise FieldErrors({"system": "Name the system, for example: Fraud model."})
    return Named(name, version) if version else parse(name) or Named(name)


_IN_CHANNEL = "The card is in the channel, where everyone can tick it."


def _start(coach: Coach, request: Request, name: str, named: Named, choices: Choices, channel: str) -> Reply:
    started = coach.checklists.start(name, named, choices, by=request.by, channel=channel)
    if started.new:
        card = (key(request.workspace, started.run_id),)
        said = Message(_IN_CHANNEL, [section(_IN_CHANNEL)]) if request.thread_ts else None
        like = Like(card[0], channel, _words_of(coach.checklists.checklist(name), named), named)
        reply = Reply(say=said, draw=card, channel=channel, look_at=frozenset({channel}), like=like)
        return replace(reply, say_later=lambda: retro_actions.left_open(coach, named, request, channel))
    found = coach.checklists.brief(request.workspace, started.run_id)
    return Reply(say=views.already_open(found), channel=channel)


def _words_of(checklist: Checklist, named: Named) -> str:
    """Give the words by which past retros are like a run."""
    items = [item for phase in checklist.phases for item in phase.items]
    topics = [topic for item in items for topic in item.topics]
    return " ".join([str(named), checklist.title, *topics, *(item.title for item in items)])


@routes.action(views.TICK)
def tick(request: Request, coach: Coach) -> Reply:
    """Set an item as the click says."""
    place, _, _ = request.action.block_id.partition("~")
    digits, _, item = place.partition(":")
    run_id = number(digits)
    ticked, at = request.action.ticked, request.action.at
    card = (key(request.workspace, run_id),)
    coach.checklists.tick(run_id, item, ticked=ticked, clicked=at, seen_at=request.message_ts, by=request.by)
    return Reply(draw=card)


@routes.action(views.DETAILS)
def details(request: Request, coach: Coach) -> Reply:
    """Open the first item that is still open."""
    run = coach.checklists.get(request.workspace, request.number)
    items = list(run.items.values())
    item = next((one for one in items if not run.answer(one.id).met), items[0])
    return Reply(modal=modals.details(run, item, _sources(coach, item)), draw=_clicked(request))


def _clicked(request: Request) -> tuple[Key, ...]:
    """Name the clicked card: a click brings the response_url by which a card can be redrawn later."""
    return (key(request.workspace, request.number),)


@routes.action(modals.PICK)
def pick(request: Request, coach: Coach) -> Reply:
    """Show another item, after saving what was typed for this one."""
    view = opened(request)
    run = coach.checklists.get(request.workspace, number(view.meta["run"]))
    here = view.meta["item"]
    given = _given(view, here) if run.state == "open" and f"state~{here}" in view.values else None
    if given and mistakes(given):
        said = f"⚠️ Not saved yet. {' '.join(mistakes(given).values())}"
        return _details(run, here, coach, said, view)
    saved = coach.checklists.answer(run.id, given, clicked=request.at, by=request.by) if given else "unchanged"
    fresh = coach.checklists.get(request.workspace, run.id)
    if saved == "overtaken" and given:
        return _details(_with(fresh, given), here, coach, _OVERTAKEN, view)
    said = f"✓ Saved _{esc(run.items[here].title)}_." if saved == "saved" else ""
    reply = _details(fresh, request.action.value, coach, said, view)
    return replace(reply, draw=(key(request.workspace, run.id),) if saved == "saved" else ())


_OVERTAKEN = (
    "⚠️ Somebody changed this item while you had it open. What you typed stands below; *Save* applies it, "
    "*Cancel* keeps theirs."
)


@routes.submission(modals.DETAIL)
def save(request: Request, coach: Coach) -> Reply:
    """Save an item."""
    view = opened(request)
    run_id = number(view.meta["run"])
    given = _given(view, view.meta["item"])
    saved = coach.checklists.answer(run_id, given, clicked=request.at, by=request.by)
    if saved == "overtaken":
        fresh = coach.checklists.get(request.workspace, run_id)
        return _details(_with(fresh, given), given.item_id, coach, _OVERTAKEN, view)
    return Reply(draw=(key(request.workspace, run_id),))


def _details(run: Run, item_id: str, coach: Coach, said: str, view: View) -> Reply:
    item = run.items.get(item_id) or next(iter(run.items.values()))
    modal = modals.details(run, item, _sources(coach, item), said=said, turn=view.hash)
    return Reply(modal=modal, how="update")


def _with(run: Run, typed: Answer) -> Run:
    """Show what the person typed, over the version that stands now."""
    kept = replace(typed, version=run.answer(typed.item_id).version)
    return replace(run, answers={**run.answers, typed.item_id: kept})


def _given(view: View, item: str) -> Answer:
    return Answer(
        item_id=item,
        state=_state(view.text(f"state~{item}")),
        note=view.text(f"note~{item}"),
        evidence=view.text(f"evidence~{item}"),
        owner=view.text(f"owner~{item}") or None,
        version=int(view.meta.get("version", 0)),
    )


def _state(text: str) -> State:
    states: dict[str, State] = {"done": "done", "na": "na", "risk": "risk"}
    return states.get(text, "open")


def _sources(coach: Coach, item: Item) -> Sequence[Cited]:
    named = [
        *item.sources,
        *([item.case.source] if item.case else []),
        *([item.fact.source] if item.fact else []),
    ]
    found = (coach.library.cite(reference) for reference in dict.fromkeys(named))
    return [one for one in found if one]


@routes.action(views.SIGN)
def ask_signature(request: Request, coach: Coach) -> Reply:
    """Open the form for a signature."""
    run = coach.checklists.get(request.workspace, request.number)
    coach.checklists.require_signable(run)
    return Reply(modal=modals.sign(run, request.user), draw=_clicked(request))


@routes.submission(modals.SIGNING)
def sign(request: Request, coach: Coach) -> Reply:
    """Sign; must-haves that were unticked meanwhile are asked for in the same form."""
    view = opened(request)
    run_id = number(view.meta["run"])
    reasons = {block.partition("~")[2]: view.text(block) for block in view.inputs if block.startswith("reason~")}
    stop = view.text("decision") == "stop"
    try:
        coach.checklists.sign(run_id, reasons, comment=view.text("comment"), stop=stop, by=request.by)
    except Unmet as error:
        return _ask_again(request, coach, error.items, reasons)
    run = coach.checklists.get(request.workspace, run_id)
    return Reply(draw=(key(request.workspace, run_id),), say=retro_starts.offer(run), channel=run.channel)


def _ask_again(request: Request, coach: Coach, items: list[str], reasons: dict[str, str]) -> Reply:
    if set(items) <= set(reasons):
        text = "Say why this risk is acceptable, in a sentence."
        raise FieldErrors({f"reason~{item}": text for item in items})
    view = opened(request)
    run = coach.checklists.get(request.workspace, number(view.meta["run"]))
    said = "Somebody changed the checklist meanwhile. Please give the reasons that are missing now."
    kept = reasons | {"": view.text("comment")}
    return Reply(modal=modals.sign(run, request.user, kept=kept, said=said), how="update")


@routes.action(views.REOPEN)
def reopen(request: Request, coach: Coach) -> Reply:
    """Open a signed run again."""
    coach.checklists.reopen(request.number, by=request.by)
    return Reply(draw=_clicked(request))


@routes.action(views.MORE)
def more(request: Request, coach: Coach) -> Reply:
    """Do what the three dots offer."""
    run = coach.checklists.get(request.workspace, request.number)
    chosen = request.action.value.partition(":")[0]
    if chosen == views.HISTORY:
        past = coach.checklists.record(request.workspace, run.id).history
        return Reply(modal=modals.history(run, past), draw=_clicked(request))
    if chosen == views.AGAIN:
        return post_again(request, coach)
    coach.checklists.discard(run.id, by=request.by)
    return Reply(draw=_clicked(request))


@routes.action(POST_AGAIN)
def post_again(request: Request, coach: Coach) -> Reply:
    """Post the card anew, at the end of its channel."""
    if request.action.value.startswith(retro_cards.OF_RETRO):
        return retro_cards.post_again(request, coach)
    if request.action.value.startswith(retro_rounds.OF_ROUND):
        return retro_rounds.post_again(request, coach)
    channel, old = coach.checklists.post_again(request.number, by=request.by)
    return Reply(draw=_clicked(request), channel=channel, retired=old)


@routes.action(views.EXPORT)
def ask_export(request: Request, coach: Coach) -> Reply:
    """Ask for the format."""
    run = coach.checklists.get(request.workspace, request.number)
    return Reply(modal=modals.export(run), draw=_clicked(request))


@routes.submission(modals.EXPORTING)
def give_export(request: Request, coach: Coach) -> Reply:
    """Make the files."""
    view = opened(request)
    formats = view.values.get("formats") or []
    if not formats:
        raise FieldErrors({"formats": "Choose at least one format."})
    record = coach.checklists.record(request.workspace, number(view.meta["run"]))
    files = {export.name(record, form): export.write(record, form) for form in formats}
    comment = f"{esc(record.run.title)} for {esc(str(record.run.system.named))}, exported by <@{request.user}>"
    direct = view.text("place") == "direct"
    return Reply(files=files, comment=comment, channel=record.run.channel, direct=direct)


@routes.command("checklists", "checklists", "Open runs of this channel, and your items everywhere", helping.RECORD)
def overview(request: Request, coach: Coach) -> Reply:
    """List the open runs of this channel and the asker's items."""
    here = coach.checklists.open_in(request.workspace, request.channel)
    return Reply(say=views.overview(here, coach.checklists.owned_by(request.workspace, request.user)))


@routes.command("system", "system SYSTEM [version]", "Where every checklist of a system stands", helping.RECORD)
def system(request: Request, coach: Coach) -> Reply:
    """Show the last state of every checklist of a system."""
    named = parse(request.rest().text)
    if named is None:
        text = "Which system? For example: `/aipm system Fraud model v3`"
        return Reply(say=Message(text, [section(text)]))
    unsure = coach.checklists.unsure_channels(named, request.workspace) - {request.channel}
    try:
        found = coach.checklists.of_system(named, workspace=request.workspace, channel=request.channel)
    except UnknownSystem as error:
        text = f"{error.text} I am checking which channels are public: ask again in a moment." if unsure else error.text
        return Reply(say=Message(text, [section(text)]), look_at=frozenset(unsure))
    return Reply(say=views.system(found), look_at=frozenset(unsure))
