"""The measures of the project, one JSON line each, beside the limits that they are held against in the same run.

A line names its ``measure``, whether it ``is_small``, what was found with each ``limit_...``, and whether all limits are kept (``is_kept``).
A measure that breaks, or finds that the work was not done, says so in ``error`` instead, and the next one goes on. The exit code is 1 if a
measure broke or a limit was not kept. A part of everything shows that the measures work, and nothing else: there only a break counts.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import signal
import sys
import traceback
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

from benchmarks import ground

#: Each takes its share of the full size, from 0.01 to 1.
MEASURES = {
    "access": "bench.access",
    "erasure": "bench.erasure",
    "memory": "bench.memory",
    "export": "bench.export",
    "queue": "bench.queue",
    "import": "bench_import.measure",
    "filing": "bench_filing.measure",
    "flood": "bench_flood.measure",
    "deadlines": "bench_deadlines.measure",
    "access-log": "bench_access_log.access_log",
    "middleware": "bench_access_log.middleware",
    "consent": "bench_consent.measure",
    "connector-access": "bench_connectors.access",
    "connector-erasure": "bench_connectors.erasure",
    "restore": "bench_restore.restore",
    "replay": "bench_restore.replaying",
    "hosting": "bench_hosting.hosting",
    "purge": "bench_retention.purge",
    "planning": "bench_retention.planning",
    "promises": "bench_promises.promises",
    "banner": "bench_banner.measure",
}
SMALL, LEAST = 0.1, 0.01
FORK = multiprocessing.get_context("fork")


def main(arguments: list[str]) -> int:
    asked = _asked(arguments)
    is_well = True
    with ground.prepared() as clear:
        for name in asked.names or MEASURES:
            clear()
            line = {"measure": name, "is_small": asked.scale < 1, **_apart(name, asked.scale)}
            print(json.dumps(line), flush=True)
            is_well = is_well and "error" not in line and (line["is_small"] or line["is_kept"])
    return 0 if is_well else 1


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=f"The measures: {', '.join(MEASURES)}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones; all of them where none is named")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--small", dest="scale", action="store_const", const=SMALL, help="a tenth of everything, to see that they work")
    size.add_argument("--scale", type=float, metavar="SHARE", help=f"another share of everything, from {LEAST} to 1")
    parser.set_defaults(scale=1.0)
    asked = parser.parse_intermixed_args(arguments)
    if unknown := [name for name in asked.names if name not in MEASURES]:
        parser.error(f"there is no measure {', '.join(unknown)}. There are {', '.join(MEASURES)}.")
    if not LEAST <= asked.scale <= 1:
        parser.error(f"--scale is from {LEAST} to 1.")
    return asked


def _apart(name: str, scale: float) -> dict[str, Any]:
    """Run a measure in a process of its own: no other has filled its memory, and what it leaves behind in there goes with it."""
    here, there = FORK.Pipe(duplex=False)
    process = FORK.Process(target=_tell, args=(there, name, scale))
    process.start()
    there.close()
    try:
        found: dict[str, Any] = here.recv()
    except EOFError:
        process.join()
        return {"error": f"Its process ended with {process.exitcode}.", "is_kept": False}
    except BaseException:
        process.terminate()
        raise
    finally:
        process.join()
    return found


def _tell(there: Connection, name: str, scale: float) -> None:
    module, _dot, function = MEASURES[name].partition(".")
    try:
        found = getattr(import_module(f"benchmarks.{module}"), function)(scale)
    except Exception as error:  # noqa: BLE001 - whatever it is, the measures after it are not to be lost
        traceback.print_exc()
        found = {"error": f"{type(error).__name__}: {error}", "is_kept": False}
    there.send(found)


if __name__ == "__main__":
    # Whoever ends a measure ends its processes, and leaves its database clean.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
