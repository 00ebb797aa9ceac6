"""The ways out: which fields of a source may go to others, and what for. Who gets them is said in the register (``FlowRecipient``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datamap.declaration import Purpose, Text


@dataclass(frozen=True, slots=True)
class Flow:
    """``fields`` are fields of ``source``, without their part: no recipient is ever declared for another one. ``is_local``: each
    recipient is declared for countries, and gets nobody of another one.
    """

    code: str
    label: Text
    source: str
    purpose: Purpose
    fields: tuple[str, ...]
    is_local: bool = False


class FlowDeclaredTwice(Exception):
    """Two ways out share a code."""


_flows: dict[str, Flow] = {}


def declare(flow: Flow) -> Flow:
    if _flows.get(flow.code, flow) != flow:
        raise FlowDeclaredTwice(flow.code)
    _flows[flow.code] = flow
    return flow


def all_flows() -> list[Flow]:
    return [_flows[code] for code in sorted(_flows)]


def find(code: str) -> Flow | None:
    return _flows.get(code)
