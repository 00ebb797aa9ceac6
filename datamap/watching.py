"""Live checks of what lies beneath the categories: the declaration, the evidence and the marks of what was erased."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.utils.translation import gettext_noop

from audit.models import Seal
from audit.sealing import unsealed
from audit.verification import SEALED_WITHIN
from datamap import checks, promises, registry
from datamap.models import StatutoryPeriod
from datamap.promises import Fact, Verdict, judged
from subjects.models import Tombstone

if TYPE_CHECKING:
    from datetime import datetime

#: Copied outside within a minute; while the outside is full or away nobody's erasure counts as done.
COPIED_WITHIN = timedelta(hours=1)


@promises.check("P002", "P004")
def declared(at: datetime) -> Verdict:
    """Everything that is stored of a person is declared, or the check names how much is not."""
    sources = registry.all_sources()
    wrong = checks.check_declaration()
    fact = Fact(
        gettext_noop("Declared: %(fields)s fields in %(sources)s places; stored and not declared, or badly: %(wrong)s."),
        {"fields": sum(len(source.fields) for source in sources), "sources": len(sources), "wrong": len(wrong)},
    )
    return judged(fact, broken=bool(wrong))


@promises.check("P054")
def sealed(at: datetime) -> Verdict:
    """What happened is sealed within the hour."""
    newest = Seal.objects.order_by("-number").first()
    late = unsealed().filter(at__lt=at - SEALED_WITHIN).count()
    facts = [Fact(gettext_noop("Records that should be sealed and are not: %(late)s."), {"late": late})]
    if newest is not None:
        facts.append(Fact(gettext_noop("The last seal is of %(when)s."), {"when": newest.sealed_at}))
    return judged(*facts, broken=bool(late))


@promises.check("P084", "P085")
def marked(at: datetime) -> Verdict:
    """The marks of what was erased lie outside the database, where no restore reaches them."""
    found = Tombstone.objects.aggregate(number=Count("pk"), late=Count("pk", filter=Q(escrowed_at=None, erased_at__lte=at - COPIED_WITHIN)))
    fact = Fact(
        gettext_noop("Marks of what was erased: %(count)s; not yet outside the database: %(late)s."),
        {"count": promises.Count(found["number"]), "late": promises.Count(found["late"])},
    )
    return judged(fact, broken=bool(found["late"]))


@promises.check("P046", "P073")
def confirmed(at: datetime) -> Verdict:
    """How many terms of law no source has confirmed."""
    found = StatutoryPeriod.objects.aggregate(number=Count("pk"), open=Count("pk", filter=Q(is_confirmed=False)))
    fact = Fact(
        gettext_noop("Terms of law in the register: %(number)s; not confirmed yet: %(open)s."),
        {"number": found["number"], "open": found["open"]},
    )
    return judged(fact)
