"""Many rows are counted, handed over and let go in the memory of a few.

Twenty thousand show it in a second or two; ``OXYPRIVACY_MANY_ROWS=100000`` asks for more, and CI on the other servers for half:
what Python holds is the same there.
"""

from __future__ import annotations

import os
import tracemalloc
from typing import TYPE_CHECKING

import psutil
import pytest

from datamap import registry
from datamap.rows import RowSource
from tests.conformance import tables
from tests.conformance.instants import ORDINARY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.casting import Cast, Person
    from tests.conformance.conftest import Stage

pytestmark = pytest.mark.django_db

SOME, MANY = 5_000, int(os.environ.get("OXYPRIVACY_MANY_ROWS", "20000"))
MEGABYTE = 1 << 20
#: What a process may grow by, the database's driver included, which Python does not count.
PROCESS = 64 * MEGABYTE


def peak(deed: Callable[[], object]) -> int:
    """How much Python held at once, in bytes."""
    process = psutil.Process()
    before = process.memory_info().rss
    tracemalloc.start()
    try:
        deed()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        assert process.memory_info().rss - before < PROCESS


def test_many_rows_are_handed_over_in_the_memory_of_some(stage: Stage) -> None:
    def read() -> None:
        assert {part.name: sum(1 for _row in part.rows) for part in stage.source.export(stage.subject)} == expected

    peaks = []
    for rows in (SOME, MANY - SOME):
        for part in stage.cast.many:
            multiply(stage, part, rows)
        added = SOME if not peaks else MANY
        expected = {part: held + (added if part in stage.cast.many else 0) for part, held in stage.cast.holds.items()}
        assert stage.source.count(stage.subject) == expected
        peaks.append(peak(read))

    assert peaks[1] < 1.5 * peaks[0] + MEGABYTE, f"{peaks} bytes for {SOME} and {MANY} rows"


def multiply(stage: Stage, part: str, rows: int) -> None:
    keys = [row[0] for found in stage.source.export(stage.subject) for row in found.rows if found.name == part]
    model = registry.model_of(stage.cast.key, part)
    tables.multiply(model._default_manager.get(pk=str(keys[0])), rows, varying=stage.cast.varying)


def test_many_rows_go_batch_by_batch(cast: Cast, person: Person) -> None:
    rule = next(rule for rule in cast.source.retention if rule.code.endswith(cast.many_ending))
    tables.multiply(cast.ending(rule, person, since=ORDINARY), MANY, varying=cast.varying)
    end = cast.ends_at(rule, since=ORDINARY)

    def purge() -> None:
        plan = cast.source.due(rule, at=end, limit=1000)
        assert len(set(plan.keys)) == 1000
        if not (isinstance(cast.source, RowSource) and cast.source.guarded):
            assert cast.source.destroy(plan, at=end) == 1000

    assert peak(purge) < 16 * MEGABYTE
