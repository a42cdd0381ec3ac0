"""The three steps of an upload, and reading a file back."""

from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sandbox.chat import app_message, checked_blocks, postable
from sandbox.state import Channel, Json, Message, StoredFile, Workspace
from sandbox.webapi import Call, SlackError, invalid, method
from sandbox.wire import Outcome, carry_out

MOST_ALT_TEXT = 1000
MOST_CHANNELS = 100
_PNG = b"\x89PNG\r\n\x1a\n"


@method("files.getUploadURLExternal", scope="files:write", tier=4)
def upload_url(call: Call) -> Json:
    """Step one: say what will come, get the address to send it to."""
    length = int(call.number("length", 0))
    if length <= 0:
        raise invalid("length must be greater than 0")
    if len(call.text("alt_txt")) > MOST_ALT_TEXT:
        raise SlackError("alt_txt_too_large")
    stored = StoredFile(call.ws.new_id("F"), call.need("filename"), length, call.text("alt_txt"))
    call.ws.files[stored.id] = stored
    return {"upload_url": f"{call.ws.base_url}/upload/v1/{stored.id}", "file_id": stored.id}


async def upload(request: Request) -> Response:
    """Step two: take the bytes, raw or as a form; no token, and the answer is not JSON."""
    ws: Workspace = request.app.state.workspace
    stored = ws.files.get(request.path_params["file_id"])
    content = await _content(request)

    def keep() -> Outcome:
        if stored is None or stored.complete or len(content) != stored.length:
            return Outcome("FAILED", 400)
        stored.content = content
        return Outcome(f"OK - {len(content)}")

    return await carry_out(request, "upload", {"bytes": len(content)}, keep)


@method("files.completeUploadExternal", scope="files:write", tier=4)
def complete(call: Call) -> Json:
    """Step three: finish the files and share them; the answer has no message ts."""
    named = call.parsed("files")
    if not isinstance(named, list) or not named:
        raise invalid("missing required field: files")
    stored = [_finished(call, one) for one in named]
    channels = _channels(call)
    blocks = checked_blocks(call)
    thread = call.text("thread_ts")
    for one, given in zip(stored, named, strict=True):
        one.complete, one.title = True, str(given.get("title") or one.name)
    for channel in channels:
        _share(call, channel, stored, blocks, thread)
    return {"files": [file_json(call.ws, one) for one in stored]}


@method("files.info", scope="files:read", tier=4)
def info(call: Call) -> Json:
    """Describe a file and where it was shared."""
    stored = call.ws.files.get(call.need("file"))
    if stored is None or not stored.complete:
        raise SlackError("file_not_found")
    return {"file": file_json(call.ws, stored)}


async def download(request: Request) -> Response:
    """Give a file's bytes to the page."""
    ws: Workspace = request.app.state.workspace
    stored = ws.files.get(request.path_params["file_id"])
    if stored is None or stored.content is None:
        return PlainTextResponse("No such file.", 404)
    safe = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    # Only what begins like a PNG is shown in the page: nothing that a browser would run.
    shown = "shown" in request.query_params and stored.content.startswith(_PNG)
    kind = "image/png" if shown else "application/octet-stream"
    return Response(stored.content, media_type=kind, headers=safe)


def file_json(ws: Workspace, stored: StoredFile) -> Json:
    """Describe a file in the API's shape."""
    shares = {channel: [{"ts": ts} for ts in found] for channel, found in stored.shares.items()}
    return {
        "id": stored.id,
        "name": stored.name,
        "title": stored.title,
        "filetype": stored.name.rpartition(".")[2],
        "size": stored.length,
        "user": ws.bot.id,
        "alt_txt": stored.alt_text,
        "url_private": f"{ws.base_url}/files/{stored.id}",
        "shares": {"public": shares},
    }


async def _content(request: Request) -> bytes:
    if not request.headers.get("content-type", "").startswith("multipart/"):
        return await request.body()
    for value in (await request.form()).values():
        if isinstance(value, UploadFile):
            return await value.read()
    return b""


def _finished(call: Call, given: Any) -> StoredFile:  # noqa: ANN401 - whatever the bot sent
    stored = call.ws.files.get(given.get("id", "")) if isinstance(given, dict) else None
    if stored is None or stored.content is None or stored.complete:
        raise SlackError("file_not_found")
    return stored


def _channels(call: Call) -> list[Channel]:
    named = call.text("channel_id") or call.text("channels")
    refs = [ref for ref in named.split(",") if ref]
    if len(refs) > MOST_CHANNELS:
        raise SlackError("channels_limit_exceeded")
    return [postable(call, ref) for ref in refs]


def _share(call: Call, channel: Channel, stored: list[StoredFile], blocks: list[Json] | None, thread: str) -> None:
    ws = call.ws
    data = app_message(ws, call.text("initial_comment"), blocks, thread_ts=thread)
    for one in stored:
        one.shares.setdefault(channel.id, []).append(data["ts"])
    data["files"] = [file_json(ws, one) for one in stored]
    ws.put(Message(data, channel.id))
