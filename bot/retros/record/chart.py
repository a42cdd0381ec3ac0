"""A channel's retros as a picture: a Vega-Lite specification, and the same in words."""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from bot.charts import Chart
from bot.retros.model import CAUSES
from bot.retros.record.model import Stats, how_long, middle

NAME = "retros.png"
_WIDE, _NARROW, _A_MONTH = 560, 280, 110
_TALL, _LOW = 180, 130
_TICKS = 6
_AXIS = {"labelAngle": 0, "title": None}
# Okabe and Ito's colours, told apart by colour-blind eyes too (jfly.uni-koeln.de/color), and two greys.
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#555555", "#AAAAAA")


def picture(stats: Stats) -> Chart:
    """Draw causes, actions and time to close, month by month."""
    return Chart(NAME, in_words(stats), _spec(stats))


def in_words(stats: Stats) -> str:
    """Say what the picture shows, for whoever does not see it; a file's alternative text holds 1,000 characters."""
    months = " to ".join(dict.fromkeys([stats.months[0].name, stats.months[-1].name]))
    causes = ", ".join(f"{CAUSES[cause].lower()} {times}" for cause, times in stats.causes) or "none named"
    took = how_long(stats.days) or "Nobody knows yet how long one takes."
    return (
        f"{'Three' if stats.days else 'Two'} charts, {months}. Causes named in retros: {causes}. "
        f"Actions: {stats.opened} opened, {len(stats.days)} done. {took}"
    )[:1000]


def _spec(stats: Stats) -> dict[str, Any]:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": "white",
        "padding": 16,
        "config": {"font": "sans-serif", "title": {"anchor": "start", "fontSize": 15}, "view": {"stroke": None}},
        "resolve": {"scale": {"color": "independent"}},
        "vconcat": [_causes(stats), _actions(stats), *([_days(stats)] if stats.days else [])],
    }


def _causes(stats: Stats) -> dict[str, Any]:
    rows = [
        {"month": month.name, "cause": label, "times": month.causes.get(cause, 0)}
        for month in stats.months
        for cause, label in CAUSES.items()
    ]
    named = [CAUSES[cause] for cause, _ in stats.causes]
    colour = {"field": "cause", "title": None, "scale": {"domain": named, "range": list(_COLOURS[: len(named)])}}
    shown = [row for row in rows if row["cause"] in named] or rows
    return _chart("Causes named in retros", shown, "bar", "times", color=colour if named else {"value": "white"})


def _actions(stats: Stats) -> dict[str, Any]:
    rows = [
        {"month": month.name, "what": what, "times": times}
        for month in stats.months
        for what, times in (("opened", month.opened), ("done", month.closed))
    ]
    colour = {"field": "what", "title": None, "scale": {"domain": ["opened", "done"], "range": ["#E69F00", "#009E73"]}}
    return _chart("Actions", rows, "bar", "times", color=colour, xOffset={"field": "what", "sort": ["opened", "done"]})


def _days(stats: Stats) -> dict[str, Any]:
    rows = [{"month": month.name, "days": float(middle(month.days))} for month in stats.months if month.days]
    every = [month.name for month in stats.months]
    mark = {"type": "line", "point": {"size": 60}, "color": "#0072B2"}
    return _chart("Days from agreed to done (median)", rows, mark, "days", x={"scale": {"domain": every}})


def _whole(rows: list[dict[str, Any]], value: str, *, stacked: bool) -> dict[str, Any]:
    """Scale an axis so that it shows whole numbers only: there is no half retro."""
    heights: Counter[str] = Counter()
    for row in rows:
        height = row[value]
        heights[row["month"]] = heights[row["month"]] + height if stacked else max(heights[row["month"]], height)
    step = max(1, math.ceil(max(heights.values(), default=1) / _TICKS))
    top = step * max(1, math.ceil(max(heights.values(), default=1) / step))
    return {
        "axis": {"values": list(range(0, top + 1, step)), "title": None, "format": "d"},
        "scale": {"domain": [0, top]},
    }


def _chart(
    title: str, rows: list[dict[str, Any]], mark: object, value: str, **more: Mapping[str, Any]
) -> dict[str, Any]:
    x = {"field": "month", "type": "ordinal", "axis": _AXIS, **more.pop("x", {})}
    y = {"field": value, "type": "quantitative", "title": None, **_whole(rows, value, stacked="xOffset" not in more)}
    encoding = {"x": x, "y": y, **more}
    months = len({row["month"] for row in rows} | set(x.get("scale", {}).get("domain", ())))
    width = max(_NARROW, min(_WIDE, _A_MONTH * months))  # two months across the whole of it would be two walls
    size = {"width": width, "height": _LOW if value == "days" else _TALL}
    return {"title": title, **size, "data": {"values": rows}, "mark": mark, "encoding": encoding}
