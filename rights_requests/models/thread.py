from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key


class Message(models.Model):
    """A message between the person and the helpdesk about a case. ``author`` empty: the person wrote it."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    request = models.ForeignKey("rights_requests.RightsRequest", on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    is_from_person = models.BooleanField()
    text = models.TextField(_("message"))
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at"]

    def __str__(self) -> str:
        return f"message {self.id}"
