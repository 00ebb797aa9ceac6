"""The measures of the project, one JSON line each, beside the limits they are held against in the same run.

    python -m benchmarks [--small] [NAME ...]

A name that is none answers with those that are. ``--small`` is a tenth of everything, to see that they work. They have a database, a queue
and files of their own on the embedded servers, and leave nothing behind.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable

from benchmarks import ground


def main(arguments: list[str]) -> int:
    scale = 0.1 if "--small" in arguments else 1.0
    # Whoever ends a measure ends its processes, and leaves its database clean.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    wanted = [name for name in arguments if not name.startswith("-")]
    kept = True
    with ground.prepared() as flush:
        measures = _measures()
        if unknown := [name for name in wanted if name not in measures]:
            sys.exit(f"There is no measure {', '.join(unknown)}. There are {', '.join(measures)}.")
        for name in wanted or measures:
            found = measures[name](scale)
            print(json.dumps(found), flush=True)
            kept = kept and bool(found.get("is_kept", True))
            flush()
    return 0 if kept else 1


def _measures() -> dict[str, Callable[[float], dict[str, object]]]:
    from benchmarks import (
        bench,
        bench_access_log,
        bench_banner,
        bench_connectors,
        bench_consent,
        bench_deadlines,
        bench_filing,
        bench_flood,
        bench_hosting,
        bench_import,
        bench_promises,
        bench_restore,
        bench_retention,
    )

    return {
        **bench.MEASURES,
        "import": lambda scale: bench_import.measure(int(bench_import.CONTACTS * scale)),
        "filing": bench_filing.measure,
        "flood": bench_flood.measure,
        "deadlines": lambda scale: bench_deadlines.measure(int(bench_deadlines.CASES * scale)),
        "access-log": bench_access_log.access_log,
        "middleware": bench_access_log.middleware,
        "consent": bench_consent.measure,
        "connector-access": bench_connectors.access,
        "connector-erasure": bench_connectors.erasure,
        "restore": bench_restore.restore,
        "replay": bench_restore.replaying,
        "hosting": bench_hosting.hosting,
        "purge": bench_retention.purge,
        "planning": bench_retention.planning,
        "promises": bench_promises.promises,
        "banner": bench_banner.measure,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
