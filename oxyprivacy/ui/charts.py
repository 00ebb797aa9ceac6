"""Charts as numbers: where each dot, bar, line and word of a drawing stands. The templates only print them.

A chart is laid out once per width it is shown at, so that its words keep their 12 px.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

DOT_STEP = 8
DOT_WIDTH = 7
NARROW = 288
MOST_DOTS = 40
LABEL_GAP = 8
WORD_PIXELS = 6.4  # of one letter at 12 px and weight 640, on the safe side


@dataclass(frozen=True, slots=True)
class Word:
    x: float
    y: float
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class DotChart:
    name: str  # "wide" or "narrow", the class that shows it
    width: int
    height: int
    base: int
    dots: str  # one path of zero-length strokes with round ends
    dot_width: float
    limit_x: float | None
    limit_top: int
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    label: str
    value: float
    is_past: bool
    middle: float


@dataclass(frozen=True, slots=True)
class Gridline:
    y: float
    value: float


@dataclass(frozen=True, slots=True)
class BarChart:
    name: str
    width: int
    height: int
    base: int
    left: int
    bars: tuple[Bar, ...]
    grid: tuple[Gridline, ...]
    limit_x: float | None
    words: tuple[Word, ...]


def dot_charts(
    *,
    counts: Sequence[tuple[int, int]],
    limit: int | None,
    limit_label: str,
    ticks: Sequence[tuple[int, str]],
    width: int,
) -> tuple[DotChart, ...]:
    """The same dots at `width` and on a phone. A dot is one thing until a column would exceed 40 dots."""
    return tuple(
        _dot_chart(name=name, counts=counts, limit=limit, limit_label=limit_label, ticks=ticks, width=size)
        for name, size in (("wide", width), ("narrow", NARROW))
    )


def dot_worth(counts: Sequence[tuple[int, int]]) -> int:
    """How many things one dot stands for."""
    return max(1, math.ceil(max((count for _, count in counts), default=0) / MOST_DOTS))


def _dot_chart(
    *,
    name: str,
    counts: Sequence[tuple[int, int]],
    limit: int | None,
    limit_label: str,
    ticks: Sequence[tuple[int, str]],
    width: int,
) -> DotChart:
    worth = dot_worth(counts)
    heights = [(position, math.ceil(count / worth)) for position, count in counts]
    last = max([limit or 0, *(position for position, _ in heights)], default=0)
    step = (width - 16) / max(last + 1, 1)
    scale = min(1.0, step / (DOT_WIDTH + 1))
    rise = DOT_STEP * scale
    top = 28
    base = top + math.ceil(rise * max((height for _, height in heights), default=1)) + 4

    def place(position: int) -> float:
        return round(step * (position + 0.5), 1)

    dots = "".join(
        f"M{place(position)} {round(base - 6 * scale - rise * row, 1)}h0" for position, height in heights for row in range(height)
    )
    words = [
        Word(x=0 if position == 0 else place(position), y=base + 20, text=text, anchor="start" if position == 0 else "middle")
        for position, text in ticks
    ]
    limit_x = None if limit is None else place(limit)
    if limit_x is not None:
        words.append(_limit_word(x=limit_x, y=14, text=limit_label, width=width))
    return DotChart(
        name=name,
        width=width,
        height=base + 26,
        base=base,
        dots=dots,
        dot_width=round(DOT_WIDTH * scale, 1),
        limit_x=limit_x,
        limit_top=4,
        words=tuple(words),
    )


def bar_charts(*, values: Sequence[tuple[str, float]], limit: int | None, limit_label: str, width: int) -> tuple[BarChart, ...]:
    return tuple(
        _bar_chart(name=name, values=values, limit=limit, limit_label=limit_label, width=size)
        for name, size in (("wide", width), ("narrow", NARROW))
    )


def _bar_chart(*, name: str, values: Sequence[tuple[str, float]], limit: int | None, limit_label: str, width: int) -> BarChart:
    top, base = 44, 184
    grid_step = nice_step(max((value for _, value in values), default=0))
    lines = max(1, math.ceil(max((value for _, value in values), default=0) / grid_step))
    left = round(len(f"{lines * grid_step:,.0f}") * 7 + 8)
    step = (width - left) / max(len(values), 1)

    def height_of(value: float) -> float:
        return round((base - top) * value / (lines * grid_step), 1)

    bars = tuple(
        Bar(
            x=round(left + step * index + step * 0.07, 1),
            y=round(base - height_of(value), 1),
            width=round(step * 0.86, 1),
            height=height_of(value),
            label=label,
            value=value,
            is_past=limit is not None and index >= limit,
            middle=round(left + step * (index + 0.5), 1),
        )
        for index, (label, value) in enumerate(values)
    )
    limit_x = None if limit is None else round(left + step * limit, 1)
    words = _bar_words(bars, y=base + 18)
    if limit_x is not None:
        words.append(_limit_word(x=limit_x, y=12, text=limit_label, width=width))
    return BarChart(
        name=name,
        width=width,
        height=base + 26,
        base=base,
        left=left,
        bars=bars,
        grid=tuple(Gridline(y=round(base - (base - top) * line / lines, 1), value=grid_step * line) for line in range(lines + 1)),
        limit_x=limit_x,
        words=tuple(words),
    )


def nice_step(highest: float) -> float:
    """A round distance (1, 2 or 5 times a power of ten) that needs at most five lines."""
    if highest <= 0:
        return 1
    power = 10 ** math.floor(math.log10(highest / 4))
    step: float = next(factor * power for factor in (1, 2, 5, 10) if factor * power * 5 >= highest)
    return max(step, 1)


def _bar_words(bars: Sequence[Bar], *, y: float) -> list[Word]:
    """The labels that have room, from the left."""
    words: list[Word] = []
    free_from = 0.0
    for bar in bars:
        half = len(bar.label) * WORD_PIXELS / 2
        if bar.label and bar.middle - half >= free_from:
            words.append(Word(x=bar.middle, y=y, text=bar.label, anchor="middle"))
            free_from = bar.middle + half + LABEL_GAP
    return words


def _limit_word(*, x: float, y: int, text: str, width: int) -> Word:
    """Before the line where there is room, else after it."""
    if len(text) * WORD_PIXELS < x - LABEL_GAP or x > width / 2:
        return Word(x=round(x - LABEL_GAP, 1), y=y, text=text, anchor="end")
    return Word(x=round(x + LABEL_GAP, 1), y=y, text=text, anchor="start")
