"""The incident side of a drift-response: severity and roles, the clock, the timeline."""

from datetime import UTC, datetime

from bot.app import Coach
from bot.checklists import TO_TIMELINE, modals, views
from bot.checklists.model import SEVERITIES
from bot.checklists.service import key
from bot.errors import NothingOpen
from handlers.requests import Reply, Request, number, opened
from handlers.routes import routes


@routes.action(views.ROLES)
def ask_roles(request: Request, coach: Coach) -> Reply:
    """Open the form for severity and roles."""
    run = coach.checklists.get(request.workspace, request.number)
    return Reply(modal=modals.roles(run), draw=(key(request.workspace, run.id),))


@routes.submission(modals.LEADING)
def set_roles(request: Request, coach: Coach) -> Reply:
    """Set what this person changed of severity and roles; what others set meanwhile stays."""
    view = opened(request)
    chosen = {name: view.text(name) or None for name in modals.ROLES}
    chosen["severity"] = next((one for one in SEVERITIES if one == chosen["severity"]), None)
    shown = view.meta["shown"]
    changed = {name: value for name, value in chosen.items() if value != shown[name]}
    run_id = number(view.meta["run"])
    coach.checklists.lead(run_id, changed, by=request.by)
    return Reply(draw=(key(request.workspace, run_id),))


@routes.action(views.CONTAIN)
def contain(request: Request, coach: Coach) -> Reply:
    """Stop the clock."""
    coach.checklists.contain(request.number, by=request.by)
    return Reply(draw=(key(request.workspace, request.number),))


@routes.action(views.ENTRY)
def ask_entry(request: Request, coach: Coach) -> Reply:
    """Open the form for an entry of the timeline."""
    run = coach.checklists.get(request.workspace, request.number)
    return Reply(modal=modals.note([run]), draw=(key(request.workspace, run.id),))


@routes.shortcut(TO_TIMELINE)
def ask_message(request: Request, coach: Coach) -> Reply:
    """Open the form with a message filled in."""
    runs = coach.checklists.open_responses(request.workspace, request.channel)
    if not runs or request.shot is None:
        raise NothingOpen
    shot = request.shot
    link = coach.installs.message_link(request.workspace, request.channel, shot.ts)
    said_at = datetime.fromtimestamp(float(shot.ts), UTC).isoformat() if shot.ts else ""
    source = {"link": link, "author": shot.author, "said_at": said_at}
    return Reply(modal=modals.note(runs, text=shot.text, source=source))


@routes.submission(modals.NOTING)
def add_entry(request: Request, coach: Coach) -> Reply:
    """Add an entry to the timeline."""
    view = opened(request)
    run_id = number(view.text("run") or view.meta["run"])
    coach.checklists.note(run_id, view.text("text"), source=view.meta["source"], by=request.by)
    return Reply(draw=(key(request.workspace, run_id),))
