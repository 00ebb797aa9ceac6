"""Live check of the texts: one is in force in each language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import gettext_noop

from datamap import promises, selectors
from datamap.promises import Fact, Verdict, judged
from policy.models import PolicyDraft
from policy.services import drifted

if TYPE_CHECKING:
    from datetime import datetime


@promises.check("P001", "P117", "P118")
def in_force(at: datetime) -> Verdict:
    languages = {code for code, _name in settings.LANGUAGES}
    rows = selectors.policy_texts(on=timezone.localdate(at))
    since = dict(rows.order_by().values_list("language").annotate(Max("effective_on")))
    missing = languages - since.keys()
    if not since:
        return judged(Fact(gettext_noop("No text of the policy is in force yet.")), watched=True)
    versions = rows.aggregate(number=Count("effective_on", distinct=True))["number"]
    facts = [
        Fact(
            gettext_noop("Versions so far: %(number)s; the text in force is of %(day)s."), {"number": versions, "day": max(since.values())}
        )
    ]
    if missing:
        facts.append(Fact(gettext_noop("Languages without a text: %(number)s."), {"number": len(missing)}))
    return judged(*facts, watched=bool(missing) or len(set(since.values())) > 1)


@promises.check("P117")
def says_what_we_do(at: datetime) -> Verdict:
    """Watched where a fact in a published text has moved on: what we do is shorter or otherwise by now, and the next text must say so."""
    moved = drifted(at=at)
    owed = PolicyDraft.objects.filter(published_at__isnull=False, told_at=None).count()
    facts = [
        Fact(gettext_noop("Texts in force or to come whose facts have changed since: %(moved)s."), {"moved": len(moved)}),
        Fact(gettext_noop("Changes of the policy of which customers are still being told: %(owed)s."), {"owed": owed}),
    ]
    return judged(*facts, watched=bool(moved))
