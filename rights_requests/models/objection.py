from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from audit.keys import new_key
from datamap.enums import Ground
from datamap.purposes import PURPOSES

#: What ends with the objection itself: nobody weighs it (Art. 7(3), 21(3)).
AT_ONCE = tuple(sorted(code for code, purpose in PURPOSES.items() if purpose.stops_at_once))


def names_one_at_once() -> Q:
    """Cases whose purposes hold one that ends at once."""
    found = Q()
    for code in AT_ONCE:
        found |= Q(purposes__contains=code)
    return found


class Weighing(models.Model):
    """What was decided about one purpose of an objection (Art. 21(1)): it ends, or goes on for a ground and its reasons.

    Direct marketing and what rests on consent are never weighed against the person; the database refuses such a row.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    request = models.ForeignKey("rights_requests.RightsRequest", on_delete=models.CASCADE, related_name="weighings")
    purpose = models.CharField(max_length=40)
    is_upheld = models.BooleanField()
    ground = models.CharField(max_length=28, choices=Ground.choices, blank=True)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["purpose"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "purpose"], name="rights_requests_weighed_once"),
            models.CheckConstraint(
                name="rights_requests_goes_on_why",
                condition=Q(is_upheld=True) | (Q(ground__in=["COMPELLING_GROUNDS", "LEGAL_CLAIMS"]) & ~Q(reason="")),
            ),
            models.CheckConstraint(
                name="rights_requests_never_weighed",
                condition=Q(is_upheld=True) | ~Q(purpose__in=AT_ONCE),
            ),
        ]

    def __str__(self) -> str:
        return f"weighing {self.id}"
