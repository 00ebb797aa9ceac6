"""Work on one case in a process of its own, which ends without a word at a step called by its name: ``fault_worker CASE AT [STEP]``."""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from uuid import UUID


def main(case: str, at: str, step: str = "") -> None:
    import django

    django.setup()
    from rights_requests import faults
    from rights_requests.services import running

    def reach(reached: str) -> None:
        if reached == step:
            os.write(2, f"FAULT at {reached}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    faults.reach = reach
    while running.run_due(request_id=UUID(case), at=datetime.fromisoformat(at)):
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
