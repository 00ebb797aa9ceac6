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
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120
REMEMBERED = 5000

_agents: OrderedDict[str, tuple[str, str]] = OrderedDict()


def agents(texts: Collection[str]) -> Mapping[str, tuple[str, str]]:
    """Browser and platform of each (see ``agents.read``). Browsers come back: the last ones are remembered."""
    wanted = set(texts)
    unknown = sorted(wanted - _agents.keys())
    if unknown:
        _agents.update(zip(unknown, (tuple(answer) for answer in _ask("agents", unknown)), strict=True))
    found = {text: _agents[text] for text in wanted}
    while len(_agents) > REMEMBERED:
        _agents.popitem(last=False)
    return found


def countries(networks: Collection[str]) -> Mapping[str, str]:
    """The country of each network (see ``countries.country_of``)."""
    wanted = sorted(set(networks))
    return dict(zip(wanted, (str(answer) for answer in _ask("countries", wanted)), strict=True)) if wanted else {}


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
