"""Reading what takes large tables in a process of its own, which ends: web and worker stay small.

    python -m browsing.apart agents|countries

reads a JSON list of texts from its input, and writes a list of answers.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120
REMEMBERED = 5000

_agents: OrderedDict[str, tuple[str, str]] = OrderedDict()
_countries: OrderedDict[str, str] = OrderedDict()
Answer = TypeVar("Answer")


def agents(texts: Collection[str]) -> Mapping[str, tuple[str, str]]:
    """Browser and platform of each (see ``agents.read``). Browsers come back: the last ones are remembered."""
    return _known(_agents, "agents", texts, lambda answer: (answer[0], answer[1]))


def countries(networks: Collection[str]) -> Mapping[str, str]:
    """The country of each network (see ``countries.country_of``). They come back day after day: the last ones are remembered."""
    return _known(_countries, "countries", networks, str)


def _known(remembered: OrderedDict[str, Answer], what: str, texts: Collection[str], read: Callable[[Any], Answer]) -> Mapping[str, Answer]:
    """What is remembered of them, and the answers to all others by one process."""
    wanted = set(texts)
    unknown = sorted(wanted - remembered.keys())
    if unknown:
        remembered.update(zip(unknown, map(read, _ask(what, unknown)), strict=True))
    found = {text: remembered[text] for text in wanted}
    while len(remembered) > REMEMBERED:
        remembered.popitem(last=False)
    return found


def _ask(what: str, texts: list[str]) -> list[Any]:
    command = [sys.executable, "-m", "browsing.apart", what]
    ran = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True, timeout=PATIENCE, cwd=ROOT)
    answers: list[Any] = json.loads(ran.stdout)
    return answers


def main(what: str) -> None:
    texts: list[str] = json.load(sys.stdin)
    if what == "agents":
        from browsing.agents import read  # noqa: PLC0415 - one table or the other

        json.dump([read(text) for text in texts], sys.stdout)
    else:
        from browsing.countries import country_of  # noqa: PLC0415 - as above

        json.dump([country_of(text) for text in texts], sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
