"""Help, the answer to unknown words, and the Home tab; all generated from what is registered."""

from difflib import get_close_matches

from bot.app import Coach
from bot.blocks import Home, Message, context, divider, esc, header, paragraphs, section
from bot.checklists import views
from bot.retros.actions import views as action_views
from handlers.requests import Reply, Request
from handlers.routes import Routes, routes

CHECKLISTS = "Checklists"
RECORD = "The record"
LEARNING = "Weekly prompts"
RETROS = "Retrospectives"
OTHER = "Help"


def commands(coach: Coach, registered: Routes = routes) -> dict[str, list[tuple[str, str]]]:
    """Give usage and summary of every sub-command by group, checklists first."""
    listed: dict[str, list[tuple[str, str]]] = {CHECKLISTS: [], LEARNING: [], RETROS: [], RECORD: [], OTHER: []}
    for checklist in coach.library.checklists.values():
        listed[CHECKLISTS].append((f"/aipm {checklist.id} [system version]", checklist.summary))
        if any(phase.prepare for phase in checklist.phases):
            listed[CHECKLISTS].append((f"/aipm {checklist.id} prepare SYSTEM", "Get ready before anything happens"))
    for command in registered.commands.values():
        listed.setdefault(command.group, []).append((f"/aipm {command.usage}", command.summary))
    for word in registered.words.values():
        listed.setdefault(word.group, []).append((f"/aipm {word.usage}", word.summary))
    return listed


@routes.command("help", "help", "This list", OTHER)
def show(request: Request, coach: Coach) -> Reply:
    """List the commands."""
    blocks = [section("*Checklists that your team works through together, and one thing a week worth ten minutes.*")]
    for group, lines in commands(coach).items():
        rows = [f"`{esc(usage)}`  {esc(summary)}" for usage, summary in lines]
        blocks += paragraphs([f"*{group}*", *rows])
    note = "In a thread, mention me: `@aipm help`. In a direct message, just write `help`."
    named = ", ".join(usage for lines in commands(coach).values() for usage, _ in lines)
    return Reply(
        say=Message(f"What you can type: {esc(named)}", [*blocks, context(note)]), meet=frozenset({request.user})
    )


def unknown(request: Request, coach: Coach) -> Reply:
    """Suggest what may have been meant."""
    word = request.text.partition(" ")[0]
    known = [*coach.library.checklists, *routes.commands]
    close = get_close_matches(word.casefold(), known, n=1, cutoff=0.5)
    guess = f" Did you mean `/aipm {close[0]}`?" if close else ""
    text = f"I do not know `{esc(word.replace('`', ''), 60)}`.{guess} `/aipm help` lists all commands."
    return Reply(say=Message(text, [section(text)]))


def home(request: Request, coach: Coach) -> Reply:
    """Show a person's open items and the commands."""
    mine = coach.checklists.owned_by(request.workspace, request.user)
    agreed = coach.actions.mine(request.workspace, request.user)
    blocks = [
        header("Your AI-PM coach"),
        *views.duties(mine),
        *action_views.owed(agreed.mine, agreed.today),
        divider(),
        section("*What you can type in a channel*"),
    ]
    for lines in commands(coach).values():
        blocks += paragraphs(f"`{esc(usage)}`  {esc(summary)}" for usage, summary in lines)
    return Reply(home=Home(blocks), meet=frozenset({request.user}))


routes.home = home


def table(coach: Coach) -> str:
    """Give the commands as the README's table."""
    rows = [f"| `{usage}` | {summary} |" for lines in commands(coach).values() for usage, summary in lines]
    return "\n".join(["| Command | What it does |", "| --- | --- |", *rows])
