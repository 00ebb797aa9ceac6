from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key
from rights_requests.enums import ClaimStatus, LinkPurpose, MandateKind


class Link(models.Model):
    """A mailed link: random, hashed at rest (SHA-256), single use, bound to its request, 24 hours. A code that goes by post is one
    too, without an address, for longer, and for so many tries: eight signs are guessed sooner than a link.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    request = models.ForeignKey("rights_requests.RightsRequest", on_delete=models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=8, choices=LinkPurpose.choices)
    email = models.EmailField(blank=True)
    digest = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.purpose} link {self.id}"


class AccessCode(models.Model):
    """Six digits by mail that open a case for a while. The web writes the row for any reference, known or not;

    the worker alone looks the case up, makes the code and mails it. Ten minutes, five tries.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    reference = models.CharField(max_length=12, db_index=True)
    request = models.ForeignKey("rights_requests.RightsRequest", on_delete=models.CASCADE, null=True, blank=True, related_name="codes")
    digest = models.BinaryField(max_length=32, default=bytes)
    asked_at = models.DateTimeField()
    is_answered = models.BooleanField(default=False)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"code {self.id}"


class IdentityClaim(models.Model):
    """Another address or fact the person says is theirs: proved only through a channel already on file."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    request = models.ForeignKey("rights_requests.RightsRequest", on_delete=models.CASCADE, related_name="claims")
    value = models.CharField(_("other address, telephone or customer number"), max_length=254)
    status = models.CharField(max_length=10, choices=ClaimStatus.choices, default=ClaimStatus.OPEN)
    made_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"claim {self.id}"


class Mandate(models.Model):
    """Who asks for the person, and whether they may receive the answer. Without that, it goes to the person alone."""

    request = models.OneToOneField("rights_requests.RightsRequest", on_delete=models.CASCADE, primary_key=True, related_name="mandate")
    kind = models.CharField(max_length=14, choices=MandateKind.choices)
    name = models.CharField(_("name of who asks for the person"), max_length=120)
    email = models.EmailField(_("e-mail address of who asks for the person"))
    may_receive = models.BooleanField(_("may receive the answer"), default=False)
    ends_on = models.DateField(_("mandate ends on"), null=True, blank=True)
    note = models.TextField(_("what was shown"), blank=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"mandate for {self.request_id}"
