"""A worker that is killed amid its second batch, after the rows were deleted and before that is counted."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from datetime import datetime

    from datamap.declaration import PurgePlan, Source

django.setup()


def main() -> None:
    from django.utils import timezone

    from retention import services

    source, rule = services.rule_of(sys.argv[1])
    destroy = type(source).destroy
    turns = iter(range(2))

    def die_in_the_second(self: Source, plan: PurgePlan, *, at: datetime) -> int:
        gone = destroy(self, plan, at=at)
        if next(turns):
            os.kill(os.getpid(), signal.SIGKILL)
        return gone

    type(source).destroy = die_in_the_second
    services.keep_rule(source=source, rule=rule, at=timezone.now())


if __name__ == "__main__":
    main()
