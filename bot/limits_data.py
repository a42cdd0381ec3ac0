"""What Slack refuses in its newer blocks: tables, charts, cards, plans (Block Kit reference, 2026)."""

from collections.abc import Iterator
from typing import Any

from bot.limits_checks import (
    Check,
    Rule,
    Scan,
    anything,
    at_least_one,
    flag,
    free_object,
    many,
    number,
    one_of,
    shape,
    string,
    typed,
    whole,
)
from bot.limits_elements import button, image
from bot.limits_text import LONGEST, identifier, link, plain, rich_text, rich_text_fields, text

_cell = typed(
    {
        "raw_text": shape("text", type=anything, text=string(LONGEST)),
        "raw_number": shape("value", type=anything, value=number, text=string(LONGEST)),
        "rich_text": shape("elements", **rich_text_fields),
    }
)


def _texts(value: object) -> Iterator[str]:
    """Give all texts inside something that was found sound, and so is not deep."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        yield from (value[key] for key in ("text",) if isinstance(value.get(key), str))
        yield from _texts(value.get("elements"))


def _characters(what: str, most: int) -> Rule:
    def rule(scan: Scan, at: str, block: dict[str, Any]) -> None:
        scan.spend(f"{at}/rows", f"characters in {what}", sum(map(len, _texts(block["rows"]))), most)

    return rule


def _even_rows(scan: Scan, at: str, block: dict[str, Any]) -> None:
    width = len(block["rows"][0])
    for index, row in enumerate(block["rows"]):
        if len(row) != width:
            scan.refuse(f"{at}/rows/{index}", f"must have {width} cells, like the first row")
    for index, cell in enumerate(block["rows"][0]):
        if cell["type"] == "rich_text":
            scan.refuse(f"{at}/rows/0/{index}/type", "rich_text cannot be used in the first row")


def _plotted(scan: Scan, at: str, chart: dict[str, Any]) -> None:
    """Slack wants one point for each category, in every series."""
    categories = chart["axis_config"]["categories"]
    names = [series["name"] for series in chart["series"]]
    for index, series in enumerate(chart["series"]):
        if [point["label"] for point in series["data"]] != list(categories):
            scan.refuse(f"{at}/series/{index}/data", "labels must match the categories")
        if series["name"] in names[:index]:
            scan.refuse(f"{at}/series/{index}/name", "series name must be unique")


def _slices(scan: Scan, at: str, chart: dict[str, Any]) -> None:
    for index, segment in enumerate(chart["segments"]):
        if not segment["value"] > 0:
            scan.refuse(f"{at}/segments/{index}/value", "must be more than 0")


def _two_charts(scan: Scan, at: str, _block: dict[str, Any]) -> None:
    scan.spend(at, "data_visualization blocks", 1, 2)


def _collapsing(scan: Scan, at: str, block: dict[str, Any]) -> None:
    if block.get("is_collapsible") and block.get("has_header_divider"):
        scan.refuse(f"{at}/has_header_divider", "has_header_divider cannot go with is_collapsible")
    if block.get("default_collapsed") and not block.get("is_collapsible"):
        scan.refuse(f"{at}/default_collapsed", "default_collapsed needs is_collapsible")


def _one_icon(scan: Scan, at: str, block: dict[str, Any]) -> None:
    if "icon" in block and "slack_icon" in block:
        scan.refuse(f"{at}/slack_icon", "must provide icon or slack_icon, not both")


_point = shape("label value", label=string(20), value=number)
_axes = shape("categories", categories=many(string(20), 1, 20), x_label=string(50), y_label=string(50))
_series = shape("name data", name=string(20), data=many(_point, 1, 20))
_plot = shape("series axis_config", _plotted, type=anything, series=many(_series, 1, 12), axis_config=_axes)
_pie = shape("segments", _slices, type=anything, segments=many(_point, 1, 12))
_image = typed({"image": image})
_source = typed({"url": shape("url text", type=anything, url=link, text=string(LONGEST))})
_column = shape("", align=one_of("left", "center", "right"), is_wrapped=flag)


def _columns(scan: Scan, at: str, value: object) -> None:
    if value is not None:  # null keeps a column as it is
        _column(scan, at, value)


_task: dict[str, Check] = {
    "task_id": identifier,
    "title": string(LONGEST),
    "status": one_of("pending", "in_progress", "complete", "error"),
    "details": rich_text,
    "output": rich_text,
    "sources": many(_source, 0, 100),
}
_task_card = typed({"task_card": shape("task_id title", type=anything, block_id=identifier, **_task)})


def data_blocks(frame: dict[str, Check]) -> dict[str, Check]:
    """Give the newer blocks that hold no other block; `frame` is what every block may have."""
    return {
        "task_card": shape("task_id title", **frame, **_task),
        "plan": shape("title", **frame, title=string(LONGEST), tasks=many(_task_card, 0, 100)),
        "table": shape(
            "rows",
            _characters("table blocks", 10_000),
            **frame,
            rows=many(many(_cell, 1, 20), 1, 100),
            column_settings=many(_columns, 0, 20),
        ),
        "data_table": shape(
            "caption rows",
            _even_rows,
            _characters("data_table blocks", 20_000),
            **frame,
            caption=string(LONGEST),
            rows=many(many(_cell, 1, 20), 2, 201),
            page_size=whole(1, 100),
            row_header_column_index=whole(0, 19),
        ),
        "data_visualization": shape(
            "title chart",
            _two_charts,
            **frame,
            title=string(50),
            chart=typed({"pie": _pie, "bar": _plot, "area": _plot, "line": _plot}),
        ),
        "card": shape(
            "",
            at_least_one("hero_image", "title", "actions", "body"),
            _one_icon,
            **frame,
            hero_image=_image,
            icon=_image,
            slack_icon=free_object,
            title=text(150),
            subtitle=text(150),
            body=text(200),
            subtext=text(200),
            actions=many(typed({"button": button}), 1, 3),
        ),
    }


def container(frame: dict[str, Check], child: Check) -> Check:
    """Give the block that groups others."""
    return shape(
        "child_blocks",
        at_least_one("title", "rich_text_title"),
        _collapsing,
        **frame,
        title=plain(150),
        rich_text_title=rich_text,
        subtitle=text(150),
        icon=_image,
        child_blocks=many(child, 1, 10),
        width=one_of("narrow", "standard", "wide", "full"),
        is_collapsible=flag,
        default_collapsed=flag,
        has_header_divider=flag,
    )
