"""Break a promise in the demo's database, or mend it, and look: run as ``python -m tests.browser.breaking [mend]``."""

from __future__ import annotations

import sys
from datetime import timedelta

import django

DIGEST = "b" * 64


def main() -> None:
    """Broken is what two looks find, so there are two."""
    from django.conf import settings
    from django.utils import timezone

    from policy.promises import alarming, looking
    from rights_requests.models import IncomingMail

    now = timezone.now()
    if "mend" in sys.argv:
        IncomingMail.objects.filter(digest=DIGEST).delete()
    else:
        # A request for a right may stand in it, and its month is over.
        IncomingMail.objects.create(digest=DIGEST, language="en", received_at=now - timedelta(days=40))
        looking.look(at=now - settings.PROMISES["confirm_after"])
    looking.look(at=now)
    alarming.alarm(at=now)


if __name__ == "__main__":
    django.setup()
    main()
