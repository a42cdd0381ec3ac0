"""Export: three forms, to the channel, or to one person where the coach may not post; and from a shell."""

import csv
import io
import json
import subprocess
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from bot import library
from sandbox.client import Json, PersonClient
from tests.e2e.stage import aipm
from tests.e2e.team import Team, at_once, boxes, run_of

LLM = library.load().checklists["llm-check"]
EXPORT = "checklist.export"
FORMS = ["md", "csv", "json"]
NOTE = '=HYPERLINK("https://evil.example")'


def read(message: Json) -> dict[str, str]:
    """Download the files of a message, by the ending of their names."""
    found = {}
    for one in message["data"]["files"]:
        parts = urlsplit(one["url_private"])
        connection = HTTPConnection(parts.netloc, timeout=10)
        connection.request("GET", parts.path)
        found[one["name"].rpartition(".")[2]] = connection.getresponse().read().decode()
        connection.close()
    return found


def worked_on(team: Team, channel: str = "") -> Json:
    """Start a run, say something of two of its items, and sign it."""
    card = team.start("llm-check", channel=channel)
    first, second, *_ = boxes(card)
    given = {"state": "na", "note": NOTE, "evidence": "https://example.org/proof"}
    team.answer(team.ben, card, first, **given, owner="U0CHIKAITO")
    team.tick(team.anna, team.card("not applicable", channel=channel), second)
    return team.card("2 of 9 done", channel=channel)


def exported(who: PersonClient, card: Json, *formats: str, place: str = "channel") -> None:
    """Ask for an export."""
    who.click(card, EXPORT)
    who.opened("Every answer, note, link, person and time")
    who.submit({"formats": list(formats), "place": place})


def shared(team: Team, who: PersonClient, channel: str = "") -> Json:
    """Wait for the message with the files."""

    def look() -> Json | None:
        return next((one for one in team.seen(who, channel) if one["data"].get("files")), None)

    return team.until(look)


def check(files: dict[str, str], team: Team) -> None:
    """Look for every answer, note, link, person and time, the template's version and the history in each form."""
    data = json.loads(files["json"])
    first, second, *_ = [item for phase in data["phases"] for item in phase["items"]]
    assert data["checklist"]["template_version"] == LLM.version
    assert f"{data['system']['name']} {data['system']['version']}" == team.system
    assert (first["state"], first["note"], first["owner"]) == ("na", NOTE, "U0CHIKAITO")
    assert (second["state"], second["by"], second["at"][-1]) == ("done", "U0ANNABERG", "Z")
    assert [one["what"] for one in data["history"]] == ["started", "item", "item"]
    assert sum(len(phase["items"]) for phase in data["phases"]) == 9
    rows = list(csv.DictReader(io.StringIO(files["csv"])))
    assert [row["part"] for row in rows] == ["item"] * 9 + ["history"] * 3
    assert (rows[0]["note"], rows[0]["evidence"]) == (f"'{NOTE}", "https://example.org/proof")
    for text in (first["evidence"], "U0ANNABERG", "U0BENORTIZ", "U0CHIKAITO", first["at"], f"version {LLM.version}"):
        assert text in files["md"]
    assert "## History" in files["md"]


def test_three_forms_are_shared_in_the_channel(team: Team) -> None:
    exported(team.chika, worked_on(team), *FORMS)
    message = shared(team, team.ben)
    assert f"{LLM.title} for {team.system}, exported by <@U0CHIKAITO>" in message["data"]["text"]
    check(read(message), team)


def test_an_export_can_go_to_the_asker_alone(team: Team) -> None:
    exported(team.chika, worked_on(team), "csv", place="direct")
    message = shared(team, team.chika, "dm")
    assert "I may not post" not in message["data"]["text"]
    assert list(read(message)) == ["csv"]
    assert not any(one["data"].get("files") for one in team.seen(team.anna))


def test_an_export_needs_a_form(team: Team) -> None:
    team.anna.click(team.start("llm-check"), EXPORT)
    team.anna.opened()
    assert list(team.anna.submit({"formats": []})["errors"]) == ["formats"]


def test_where_the_coach_may_not_post_the_files_come_by_direct_message_and_say_so(team: Team) -> None:
    exported(team.ben, worked_on(team, "#no-bot"), *FORMS)
    message = shared(team, team.ben, "dm")
    assert message["data"]["text"].startswith("I may not post in <#C0NOBOT>, so here it is. ")
    check(read(message), team)


def test_runs_are_exported_from_a_shell_while_the_coach_runs(team: Team, folder: Path) -> None:
    card = worked_on(team)
    database = f"sqlite:///{team.stage.folder / 'aipm.db'}"

    def export(form: str, run: str) -> "subprocess.CompletedProcess[str]":
        asked = ("export", "--format", form, "--run", run, "--to", "out")
        return aipm(*asked, folder=folder, DATABASE_URL=database)

    *done, nothing = at_once(*(partial(export, form, run_of(card)) for form in FORMS), partial(export, "md", "999999"))
    for one in done:
        assert (one.returncode, one.stdout) == (0, "1 runs written to out\n"), one.stderr
    assert (nothing.returncode, nothing.stdout) == (1, "0 runs written to out\n")
    written = sorted((folder / "out").iterdir(), key=lambda path: path.suffix)
    slug = team.system.lower().replace(" ", "-")
    assert {one.stem for one in written} == {f"llm-check-{slug}-run-{run_of(card)}"}
    check({one.suffix[1:]: one.read_text("utf-8") for one in written}, team)
