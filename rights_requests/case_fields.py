"""What the rows of a case hold of a person, field by field, and which columns are none of it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from datamap.declaration import Field
from datamap.enums import Origin
from datamap.purposes import EVIDENCE, RIGHTS

ROW_KEY = "our row key, which means nothing outside"
OF_THE_CASE = "the case that the row belongs to"
COLLEAGUE = "the colleague who acted in the course of their work"

PARTS: Mapping[str, str] = {
    "requests": "rights_requests.RightsRequest",
    "messages": "rights_requests.Message",
    "claims": "rights_requests.IdentityClaim",
    "links": "rights_requests.Link",
    "codes": "rights_requests.AccessCode",
    "packages": "rights_requests.Package",
    "tasks": "rights_requests.SourceTask",
    "previews": "rights_requests.ErasurePreview",
    "covered": "rights_requests.PreviewRows",
    "tellings": "rights_requests.Telling",
    "withholdings": "rights_requests.Withholding",
    "mandates": "rights_requests.Mandate",
    "corrections": "rights_requests.Correction",
    "notices": "rights_requests.RecipientNotice",
    "decisions": "rights_requests.CategoryDecision",
    "weighings": "rights_requests.Weighing",
    "pauses": "rights_requests.Pause",
    "reminders": "rights_requests.Reminder",
    "attachments": "rights_requests.Attachment",
    "mails": "rights_requests.IncomingMail",
}
FIELDS = (
    Field("requests.reference", _("Reference"), Origin.OBSERVED, (RIGHTS, EVIDENCE), is_portable=False, is_masked=False),
    Field("requests.right", _("Right"), Origin.PROVIDED, (RIGHTS, EVIDENCE), is_portable=False, is_masked=False),
    Field("requests.status", _("State"), Origin.OBSERVED, (RIGHTS,), is_portable=False, is_masked=False),
    Field("requests.channel", _("Channel"), Origin.OBSERVED, (RIGHTS,), is_portable=False, is_masked=False),
    Field("requests.system", _("Which system sent it to us"), Origin.OBSERVED, (RIGHTS,), is_portable=False, is_masked=False),
    Field("requests.requester", _("Who asked"), Origin.PROVIDED, (RIGHTS,), is_portable=False, is_masked=False),
    Field("requests.language", _("Language"), Origin.PROVIDED, (RIGHTS,), is_portable=False, is_masked=False),
    Field("requests.country", _("Country that answers"), Origin.PROVIDED, (RIGHTS,), is_portable=False, is_masked=False),
    Field("requests.name", _("Name"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("requests.email", _("E-mail address"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("requests.phone", _("Telephone number"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("requests.postal_address", _("Postal address"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("requests.text", _("What you asked"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("requests.paragraph", _("What we added to the answer"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field(
        "requests.refusal_evidence",
        _("What showed us that your request was unfounded or excessive"),
        Origin.OBSERVED,
        (RIGHTS,),
        is_portable=False,
    ),
    Field("requests.account_id", _("Account"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("requests.identity_method", _("How you showed who you are"), Origin.OBSERVED, (RIGHTS, EVIDENCE), is_portable=False),
    Field("requests.identity_confirmed_at", _("Identity shown"), Origin.OBSERVED, (RIGHTS, EVIDENCE), is_portable=False),
    Field("requests.received_at", _("Received"), Origin.OBSERVED, (RIGHTS, EVIDENCE), is_portable=False, is_masked=False),
    Field("requests.due_on", _("Due"), Origin.INFERRED, (RIGHTS, EVIDENCE), is_portable=False, is_masked=False),
    Field("requests.outcome", _("Outcome"), Origin.INFERRED, (RIGHTS, EVIDENCE), is_portable=False, is_masked=False),
    Field("requests.ground", _("Ground"), Origin.INFERRED, (RIGHTS, EVIDENCE), is_portable=False, is_masked=False),
    Field("requests.closed_at", _("Closed"), Origin.OBSERVED, (RIGHTS, EVIDENCE), is_portable=False, is_masked=False),
    Field("messages.is_from_person", _("Written by you"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("messages.text", _("Message"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("messages.at", _("Written"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("claims.value", _("Further address or number"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("claims.status", _("State"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("claims.made_at", _("Given"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("claims.settled_at", _("Settled"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("links.email", _("E-mail address"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("links.purpose", _("What the link is for"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("links.made_at", _("Sent"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("links.used_at", _("Used"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("requests.purposes", _("What you object to"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("requests.extended_at", _("Extended"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("requests.forwarded_to", _("Forwarded to"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("messages.channel", _("Channel"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("mandates.kind", _("Who asked for you"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("mandates.name", _("Name of who asked for you"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("mandates.email", _("E-mail address of who asked for you"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("mandates.may_receive", _("May receive the answer"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("mandates.ends_on", _("Mandate ends"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("mandates.note", _("What was shown"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("corrections.source", _("Source"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("corrections.field", _("Field"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("corrections.old", _("Value before"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("corrections.new", _("Value you gave"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("corrections.evidence", _("Evidence"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("corrections.state", _("State"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("corrections.reason", _("Reason"), Origin.INFERRED, (RIGHTS,), is_portable=False),
    Field(
        "corrections.refusal_evidence",
        _("What showed us that the change was unfounded"),
        Origin.OBSERVED,
        (RIGHTS,),
        is_portable=False,
    ),
    Field("corrections.at", _("Given"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("notices.recipient", _("Recipient"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("notices.state", _("State"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("notices.sent_at", _("Told"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("notices.settled_at", _("Settled"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("pauses.reason", _("Why the clock stood still"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("pauses.doubt", _("Our doubt"), Origin.INFERRED, (RIGHTS,), is_portable=False),
    Field("pauses.asked", _("What we asked"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("pauses.asked_on", _("Asked on"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("pauses.received_on", _("Received on"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("attachments.name", _("File"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("attachments.at", _("Received"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("mails.sender", _("Sender"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("mails.sender_name", _("Sender’s name"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("mails.subject", _("Subject"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("mails.text", _("Text"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
    Field("mails.language", _("Language"), Origin.INFERRED, (RIGHTS,), is_portable=False),
    Field("mails.received_at", _("Received"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    Field("mails.channel", _("Channel"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
)
UNLISTED: Mapping[str, str] = {
    "requests.id": ROW_KEY,
    "requests.subject": "the person whose file this is",
    "requests.policy_version": "the text of our policy in force that day",
    "requests.received_on": "the day of the instant of receipt",
    "requests.due_working": "how the due date was reckoned",
    "requests.assigned_to": COLLEAGUE,
    "requests.status_since": "follows from the log of actions",
    "requests.reminded_at": "when our reminder went out; the letter says it",
    "requests.minimised_at": "when the case was reduced to its evidence",
    "requests.first_due_on": "the end of the first month; follows from the day of receipt",
    "requests.strict_on": "our own aim; follows from the day of receipt",
    "requests.paused_on": "the first day of a pause, which is listed",
    "requests.extension_reason": "the notice of the extension says it",
    "requests.late_noted_at": "follows from the due date",
    "requests.is_absolute": "follows from what was objected to",
    "requests.erasure_ground": "the letter says it",
    "requests.restriction_ground": "the letter says it",
    "requests.overdue_rows": "how many rows only wait for the answer",
    "requests.overdue_since": "since when they do",
    "messages.is_sender_known": "whether the mail's sender is the address of the case",
    **dict.fromkeys(
        ("mandates.request", "corrections.request", "notices.request", "pauses.request", "attachments.request", "mails.request"),
        OF_THE_CASE,
    ),
    **dict.fromkeys(("corrections.id", "notices.id", "pauses.id", "attachments.id", "mails.id"), ROW_KEY),
    **dict.fromkeys(("mandates.checked_by", "corrections.by", "notices.by", "pauses.by"), COLLEAGUE),
    "mandates.checked_at": "follows from the log of actions",
    **dict.fromkeys(
        (f"corrections.{name}" for name in ("part", "row_key", "ground", "article", "until_on")),
        "which row it is, and the ground; the letter says it",
    ),
    "notices.made_at": "follows from the log of actions",
    "notices.evidence": "how the recipient answered; it may name somebody of theirs",
    "pauses.proportionate": "why the question was proportionate; our own record",
    "pauses.at": "follows from the day of asking",
    "pauses.ended_at": "follows from the day of receipt",
    **dict.fromkeys(
        (f"decisions.{name}" for name in ("id", "request", "source", "ground", "article", "until_on", "until_event", "by", "at")),
        "what an erasure leaves and why; the letter lists it",
    ),
    **dict.fromkeys(
        (f"weighings.{name}" for name in ("id", "request", "purpose", "is_upheld", "ground", "reason", "by", "at")),
        "what was decided about each use that was objected to; the letter says it",
    ),
    **dict.fromkeys((f"reminders.{name}" for name in ("id", "request", "occasion", "at")), "when we reminded ourselves"),
    **dict.fromkeys(
        (f"attachments.{name}" for name in (
            "message", "mail", "content_type", "size", "digest", "file_name", "sealed_key", "is_evidence", "destroyed_at",
        )),
        "how the file is stored; the file itself is handed over",
    ),
    **dict.fromkeys((f"mails.{name}" for name in ("digest", "state", "settled_at")), "how we sorted the mail"),
    "messages.id": ROW_KEY,
    "messages.request": OF_THE_CASE,
    "messages.author": COLLEAGUE,
    "claims.id": ROW_KEY,
    "claims.request": OF_THE_CASE,
    "links.id": ROW_KEY,
    "links.request": OF_THE_CASE,
    "links.digest": "a hash that opens nothing",
    "links.expires_at": "24 hours after it was sent",
    "links.tries": "how often a code by post was typed: a lock against guessing",
    **dict.fromkeys(
        (f"codes.{name}" for name in (
            "id", "reference", "request", "digest", "asked_at", "is_answered", "expires_at", "tries", "used_at",
        )),
        "a code that opened the page of a case for minutes, known by its hash",
    ),
    **dict.fromkeys(
        (f"packages.{name}" for name in (
            "request", "file_name", "sealed_key", "size", "digest", "rows", "made_at", "expires_at", "downloads_left",
            "destroyed_at",
        )),
        "the copy of all that is listed here, under its key",
    ),
    **dict.fromkeys(
        (f"tasks.{name}" for name in (
            "id", "request", "source", "verb", "status", "fence", "lease_until", "attempts", "next_try_at", "result",
            "error", "finished_at",
        )),
        "counts and times of the work on the case",
    ),
    **dict.fromkeys(
        (f"previews.{name}" for name in (
            "request", "parts", "digest", "recipients", "recipient_codes", "prepared_by", "prepared_at", "approved_by", "approved_at",
            "carry_out_at",
        )),
        "counts of what an erasure would do, and the colleagues who approved it",
    ),
    **dict.fromkeys(
        (f"covered.{name}" for name in ("id", "preview", "source", "part", "number", "row_keys")),
        "keys of rows that an erasure may take, until it is over",
    ),
    **dict.fromkeys(
        (f"tellings.{name}" for name in ("id", "preview", "letter", "kind", "impossible_because", "by", "settled_at")),
        "that somebody told the person of an erasure where no mail reaches them; the letter says it",
    ),
    **dict.fromkeys(
        (f"withholdings.{name}" for name in ("id", "request", "source", "part", "row_key", "column", "ground", "by", "at")),
        "which value was left out and why; the answer lists it",
    ),
}  # fmt: skip

#: Of the request itself, what goes when a case is reduced to its number, dates and outcome.
_EMPTIED = frozenset({"name", "email", "phone", "postal_address", "text", "paragraph", "refusal_evidence", "account_id"})
#: The same, with what goes whole: all but who was told (``services.minimising``).
CLEARED = frozenset(
    field.name
    for field in FIELDS
    for part, _dot, column in [field.name.partition(".")]
    if (column in _EMPTIED if part == "requests" else part != "notices")
)
