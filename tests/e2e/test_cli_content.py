"""A team's own checklists: linted, imported, and at work as commands, here over Socket Mode."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.client import words
from tests.e2e.stage import Stage, aipm, playing
from tests.e2e.team import HELPED, Team, at_once, boxes, title

OWN = """\
id: launch-check
version: 2
title: Launch & learn
summary: What we look at before a launch
intro: Take it together. It records a discussion and is no certificate.
last_reviewed: 2026-01-05
licence_note: Our own words.
phases:
  - id: before
    title: Before
    summary: Before the launch.
    items:
      - id: LC-01
        title: Tell support
        hint: A date and a name
        check: Ask the head of support.
        level: must
        sources: [OUR-WIKI page 3]
      - id: LC-02
        title: Write the release note
        hint: One page
        check: Read it aloud.
        level: rec
"""
SOURCES = """\
sources:
  - key: OUR-WIKI
    title: The release wiki
    organisation: Northwind Labs
    year: "2026"
    kind: own
"""
DEON = """\
title: Data Science Ethics Checklist
sections:
  - title: Data Collection
    section_id: A
    lines:
      - line_id: A.1
        line_summary: Informed consent
        line: If there are human subjects, have they given informed consent & do they know what they opt into?
      - line_id: A.2
        line_summary: Collection bias
        line: Have we considered sources of bias?
  - title: Deployment
    section_id: B
    lines:
      - line_id: B.1
        line_summary: Roll back
        line: Is there a way to turn off or roll back the model?
"""
BROKEN = {
    "an unknown key": ("    title: Before\n", "    title: Before\n    colour: red\n", 11, "phases.0.colour"),
    "a duplicate id": ("id: LC-02", "id: LC-01", 19, "phases.0.items.1.id: duplicate item id: LC-01"),
    "a long title": ("title: Tell support", f"title: {'Tell ' * 15}", 14, "phases.0.items.0.title"),
    "an unknown source": ("OUR-WIKI page", "NOSUCH page", 18, "phases.0.items.0.sources.0: source 'NOSUCH'"),
    "a name that is taken": ("id: launch-check", "id: checklists", 1, "'checklists' is a command of the coach"),
    "no YAML": ("version: 2", "version: [2", 3, "not YAML"),
}


def write(folder: Path, text: str = OWN, name: str = "launch-check") -> Path:
    """Put a checklist into a team's folder."""
    path = folder / "own" / "checklists" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    (folder / "own" / "sources.yaml").write_text(SOURCES, "utf-8")
    return path


def test_good_content_is_said_to_be_fine(folder: Path) -> None:
    path = write(folder, OWN.replace("        sources: [OUR-WIKI page 3]\n", ""))
    shipped, own, file, missing = at_once(
        lambda: aipm("content", "lint", folder=folder),
        lambda: aipm("content", "lint", folder=folder, AIPM_CONTENT_DIR="own"),
        lambda: aipm("content", "lint", str(path), folder=folder),
        lambda: aipm("content", "lint", "nowhere", folder=folder),
    )
    assert shipped.stdout.startswith("Fine: 4 checklists, ")
    assert own.stdout.startswith("Fine: 5 checklists, ")
    assert file.stdout == f"{path}: fine. 2 items.\n"
    assert missing.returncode == 2
    assert "there is no such folder" in missing.stderr


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_content_is_named_with_file_line_and_field(folder: Path, kind: str) -> None:
    before, after, line, field = BROKEN[kind]
    assert before in OWN
    path = write(folder, OWN.replace(before, after, 1))
    refused(aipm("content", "lint", str(folder / "own"), folder=folder), f"{path}:{line}: ", field)


def test_the_coach_does_not_start_on_broken_content(folder: Path) -> None:
    before, after, line, field = BROKEN["an unknown source"]
    path = write(folder, OWN.replace(before, after, 1))
    token = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s", "AIPM_CONTENT_DIR": str(folder / "own")}
    refused(aipm("serve", folder=folder, **token), f"{path}:{line}: ", field)


def refused(done: "subprocess.CompletedProcess[str]", place: str, said: str) -> None:
    """See that a command ended in a sentence."""
    assert done.returncode == 2
    assert done.stderr.startswith(f"aipm: {place}")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_checklist_that_is_shipped_cannot_be_replaced(folder: Path) -> None:
    write(folder, OWN.replace("id: launch-check", "id: llm-check"), "llm-check")
    linted = aipm("content", "lint", "own", folder=folder)
    refused(linted, "own/checklists/llm-check.yaml:1: ", "id: 'llm-check' is taken already")


def test_an_import_says_what_is_missing_and_never_overwrites(folder: Path) -> None:
    (folder / "deon.yml").write_text(DEON, "utf-8")
    (folder / "empty.yml").write_text("title: Nothing\n", "utf-8")
    nowhere, first, broken, missing = at_once(
        lambda: aipm("content", "import", "deon", "deon.yml", folder=folder),
        lambda: aipm("content", "import", "deon", "deon.yml", "--to", "own", folder=folder),
        lambda: aipm("content", "import", "deon", "empty.yml", "--to", "own", folder=folder),
        lambda: aipm("content", "import", "deon", "none.yml", "--to", "own", folder=folder),
    )
    refused(nowhere, "Say where with --to FOLDER", "AIPM_CONTENT_DIR")
    assert first.returncode == 0
    assert "it is the command /aipm data-science-ethics-checklist." in first.stdout
    refused(broken, "empty.yml:1: ", "sections: Field required")
    refused(missing, "none.yml: ", "No such file")
    again = aipm("content", "import", "deon", "deon.yml", "--to", "own", folder=folder)
    refused(again, "own/checklists/data-science-ethics-checklist.yaml ", "give another name with --name")


@pytest.fixture(scope="module")
def own_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A sandbox with a team's own checklists, one written and one imported, over Socket Mode."""
    folder = tmp_path_factory.mktemp("own")
    write(folder)
    (folder / "deon.yml").write_text(DEON, "utf-8")
    imported = aipm("content", "import", "deon", "deon.yml", "--name", "deon", folder=folder, AIPM_CONTENT_DIR="own")
    assert imported.returncode == 0, imported.stderr
    with playing(folder, "--socket", AIPM_CONTENT_DIR="own") as started:
        yield started


@pytest.fixture
def own_team(own_stage: Stage) -> Iterator[Team]:
    """The team that wrote them."""
    made = Team(own_stage, f"Model {next(own_stage.numbers):03d} v3")
    yield made
    made.clear()


def test_a_teams_own_checklist_is_a_command_without_code(own_team: Team) -> None:
    card = own_team.start("launch-check")
    assert title(card) == f"Launch &amp; learn · {own_team.system}"
    assert list(boxes(card)) == ["LC-01", "LC-02"]
    own_team.anna.command(own_team.channel, "/aipm help")
    helped = words(own_team.told(own_team.anna, HELPED)["data"])
    assert "`/aipm launch-check [system version]`  What we look at before a launch" in helped
    own_team.anna.command(own_team.channel, "/aipm lunch-check")
    own_team.told(own_team.anna, "Did you mean `/aipm launch-check`?")


def test_an_imported_checklist_is_a_command_with_deons_own_words(own_team: Team) -> None:
    card = own_team.start("deon")
    assert list(boxes(card)) == ["A-1", "A-2", "B-1"]
    own_team.tick(own_team.ben, card, "A-2", "B-1")
    card = own_team.card("2 of 3 done")
    assert "*Deployment* · 1 of 1" in words(card["data"])
    form = own_team.details(own_team.anna, card, "A-1")
    assert "informed consent &amp; do they know what they opt into?" in words(form["data"])
    own_team.anna.submit({"state~A-1": "na", "note~A-1": "No human subjects"})
    own_team.card("3 of 3 done")


def test_everything_else_works_over_socket_mode_too(own_team: Team) -> None:
    card = own_team.start("ethics-check", channel="#no-bot")
    own_team.tick(own_team.ben, card, next(iter(boxes(card))))
    own_team.card("1 of 30 done", channel="#no-bot")
    own_team.chika.send("dm", "checklists")
    own_team.written(own_team.chika, "Open in this channel")
    own_team.chika.open_home()
    assert "Your AI-PM coach" in words(own_team.until(own_team.chika.home)["data"])
