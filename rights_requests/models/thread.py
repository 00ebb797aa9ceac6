from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key
from rights_requests.enums import Channel, FileKind, MailState


class Message(models.Model):
    """A message between the person and the helpdesk about a case. ``author`` empty: the person wrote it.

    What came by mail shows no more than the address in it: ``is_sender_known`` says whether that is the case's own.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    request = models.ForeignKey("rights_requests.RightsRequest", on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    is_from_person = models.BooleanField()
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.PORTAL)
    is_sender_known = models.BooleanField(default=True)
    text = models.TextField(_("message"))
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at"]

    def __str__(self) -> str:
        return f"message {self.id}"


class Attachment(models.Model):
    """A file with a message, a recorded letter or a mail that nobody has sorted yet, age-encrypted under its own key.

    ``is_evidence``: it shows who somebody is, and is destroyed as soon as that is decided. Of a destroyed file its kind, size and
    days are left. ``digest`` (SHA-256) and ``size`` are those of what we keep, which is not always what came.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    request = models.ForeignKey(
        "rights_requests.RightsRequest", on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments")
    mail = models.ForeignKey("rights_requests.IncomingMail", on_delete=models.CASCADE, null=True, blank=True, related_name="attachments")
    name = models.CharField(max_length=120, blank=True)
    content_type = models.CharField(max_length=40, choices=FileKind.choices)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=64)
    sealed_key = models.BinaryField()
    is_evidence = models.BooleanField(default=False)
    at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="rights_requests_file_somewhere",
                condition=models.Q(request=None, message=None, mail__isnull=False) | models.Q(request__isnull=False, mail=None),
            ),
            models.CheckConstraint(
                name="rights_requests_file_gone_with_key",
                condition=(models.Q(destroyed_at=None) & ~models.Q(sealed_key=b""))
                | models.Q(destroyed_at__isnull=False, sealed_key=b"", name="", digest=""),
            ),
            models.CheckConstraint(
                name="rights_requests_evidence_of_case",
                condition=models.Q(is_evidence=False) | models.Q(request__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"attachment {self.id}"

    @property
    def kind(self) -> FileKind:
        return FileKind(self.content_type)


class IncomingMail(models.Model):
    """A mail that reached us, or a message of the contact form, that nobody has sorted yet, or what became of it. ``digest``: SHA-256
    of its Message-ID, or of the message's key.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    sender = models.EmailField(_("sender"), blank=True)
    sender_name = models.CharField(_("sender’s name"), max_length=120, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    text = models.TextField(_("text"), blank=True)
    language = models.CharField(max_length=2)
    received_at = models.DateTimeField(_("received"))
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.MAIL)
    state = models.CharField(max_length=9, choices=MailState.choices, default=MailState.UNSORTED)
    request = models.ForeignKey("rights_requests.RightsRequest", on_delete=models.SET_NULL, null=True, blank=True, related_name="mails")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["received_at", "id"]
        verbose_name = _("incoming mail")
        verbose_name_plural = _("incoming mails")
        indexes: ClassVar = [
            models.Index(fields=["received_at"], name="rights_requests_mail_to_sort", condition=models.Q(state="UNSORTED")),
            models.Index(fields=["settled_at"], name="rights_requests_mail_settled"),
            models.Index(fields=["sender"], name="rights_requests_mail_sender"),
        ]

    def __str__(self) -> str:
        return f"mail {self.id}"
