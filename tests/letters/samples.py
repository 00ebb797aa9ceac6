"""What each letter is told in the tests: plausible values of the shapes that its writers use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from letters.values import Items, Rows, Value

NOON = datetime(2026, 7, 13, 14, 30, tzinfo=ZoneInfo("Europe/Brussels"))
REFERENCE = "R-7KQ4-M2"
PARAGRAPH = "We are glad to explain any of this by telephone."
STATUS_URL = f"{settings.PUBLIC_URL}/cases/{REFERENCE}/"
DATABASE_URL = f"{settings.PUBLIC_URL}/databases/019d2f40-7a60-7000-8000-000000000001/"

BREACH: Mapping[str, Value] = {
    "reference": "B-7KQ4-M2",
    "known_at": NOON,
    "facts": "A letter with your invoices went to another customer.",
    "consequences": "That customer may know what you bought.",
    "measures": "We asked for the letter back, and it was destroyed unread.",
    "advice": "Be wary of calls about these invoices.",
}

VALUES: Mapping[str, Mapping[str, Value]] = {
    "confirm_request": {"reference": REFERENCE, "right": "ACCESS"},
    "identity_by_post": {"reference": REFERENCE, "right": "ACCESS", "until": date(2026, 8, 12)},
    "copy_by_post": {
        "reference": REFERENCE,
        "paragraph": PARAGRAPH,
        "right": "PORTABILITY",
        "received_on": date(2026, 6, 1),
        "rows": 48,
        "sources": Items(["Your account", "Messages"]),
        "left_out": Rows(rows=[("Invoices", "everything", "Neither consent nor contract (Art. 20(1)(a))")]),
        "withheld": Items(["Messages, Message: Rights of others (Art. 20(4))"]),
    },
    "copy_by_post_proxy": {
        "reference": REFERENCE,
        "paragraph": PARAGRAPH,
        "right": "ACCESS",
        "received_on": date(2026, 6, 1),
        "rows": 48,
        "until": NOON,
        "sources": Items(["Your account", "Messages"]),
        "left_out": Rows(rows=[("Invoices", "everything", "Neither consent nor contract (Art. 20(1)(a))")]),
        "withheld": Items(["Messages, Message: Rights of others (Art. 20(4))"]),
    },
    "erasure_notice_by_post": {"reference": REFERENCE, "carry_out_at": NOON},
    "message_by_post": {"reference": REFERENCE, "text": "Which of the two addresses is yours?\nPlease call us."},
    "remind_unconfirmed": {"reference": REFERENCE},
    "request_lapsed": {"reference": REFERENCE, "received_on": date(2026, 6, 1)},
    "request_received": {
        "reference": REFERENCE,
        "right": "ERASURE",
        "due_on": date(2026, 7, 13),
        "working": Rows(
            rows=[
                ("Received", date(2026, 6, 11)),
                ("One month later", date(2026, 7, 11)),
                ("A Saturday, so it moves on", date(2026, 7, 13)),
            ],
            total=("Our answer, at the latest", date(2026, 7, 13)),
        ),
        "status_url": STATUS_URL,
    },
    "request_refused": {
        "reference": REFERENCE,
        "right": "ERASURE",
        "received_on": date(2026, 6, 1),
        "ground": "Legal claims (Art. 17(3)(e))",
        "reason": "A claim about ticket 88213 is open.\nWe need your messages until it is settled.",
        "article": "Art. 17(3)(e) GDPR",
        "paragraph": "Call us if you would like to talk about it.",
    },
    "policy_changed": {"effective_on": date(2026, 9, 1), "changes_url": f"{settings.PUBLIC_URL}/policy/2026-09-01/changes/"},
    "promise_alarm": {
        "number": 1,
        "promises": Rows(
            rows=[
                (
                    "P074: Records of visits stay for twelve months at most.",
                    "Not kept, 12 July 2026",
                    "Past their limit and not deleted yet: 14.",
                ),
            ],
        ),
        "desk_url": f"{settings.PUBLIC_URL}/desk/promises/",
    },
    "retention_alarm": {
        "number": 2,
        "alarms": Rows(
            rows=[
                ("recruitment.applications.fr", "A plan waits for two people", date(2026, 7, 12)),
                ("–", "Fewer than two people can release a stopped plan", "–"),
            ],
        ),
        "desk_url": f"{settings.PUBLIC_URL}/desk/retention/",
    },
    "breach_alarm": {
        "reference": "B-7KQ4-M2",
        "left": "12 hours left",
        "working": Rows(
            rows=[("Became known", NOON), ("That hour is not counted: counted from", NOON), ("Hours, weekends and holidays included", 72)],
            total=("To the authority by", NOON),
        ),
        "desk_url": f"{settings.PUBLIC_URL}/desk/breaches/B-7KQ4-M2/",
    },
    "breach_customer": BREACH,
    "breach_person": BREACH,
    "evidence_alarm": {
        "number": 2,
        "measures": Rows(rows=[("Restoring is rehearsed", "IT", date(2026, 6, 30)), ("Encrypted copies", "IT", "never seen")]),
        "desk_url": f"{settings.PUBLIC_URL}/desk/measures/",
    },
    "system_late": {
        "system": "Tickets of the old helpdesk",
        "number": 2,
        "since": date(2026, 3, 2),
        "desk_url": f"{settings.PUBLIC_URL}/desk/systems/",
    },
    "security_policy": {"asked_at": NOON, "until": NOON},
    "request_withdrawn": {"reference": REFERENCE},
    "newsletter_confirm": {"asked_at": NOON},
    "event_confirm": {"event": "Maps on Monday", "asked_at": NOON},
    "event_registered": {"event": "Maps on Monday", "place": "Brussels", "starts_on": date(2026, 6, 1)},
    "interest_confirm": {"asked_at": NOON},
    "partner_told": {"partner": "Kaartwerk", "at": NOON, "fields": Items(["Name", "E-mail address"])},
    "newsletter": {"subject": "What is new at Oxygis", "lines": ["Maps of the land register load twice as fast.", "See you soon."]},
    "access_ready": {
        "reference": REFERENCE,
        "paragraph": PARAGRAPH,
        "received_on": date(2026, 6, 1),
        "rows": 1932,
        "sources": Items(["Your account", "Invoices"]),
        "until": NOON,
        "downloads": 3,
        "withheld": Items(["Messages: the name of another customer (Art. 15(4))"]),
        "status_url": STATUS_URL,
    },
    "access_nothing": {
        "reference": REFERENCE,
        "paragraph": PARAGRAPH,
        "received_on": date(2026, 6, 1),
        "sources": Items(["Accounts", "Invoices"]),
        "not_identifiable": Items(["Our servers record each visit, and these records name nobody (Art. 11 GDPR)."]),
    },
    "portable_ready": {
        "reference": REFERENCE,
        "paragraph": PARAGRAPH,
        "received_on": date(2026, 6, 1),
        "rows": 48,
        "sources": Items(["Your account", "Messages"]),
        "until": NOON,
        "downloads": 3,
        "left_out": Rows(rows=[("Invoices", "everything", "Neither consent nor contract (Art. 20(1)(a))")]),
        "withheld": Items(["Messages, Message: Rights of others (Art. 20(4))"]),
        "status_url": STATUS_URL,
    },
    "portable_nothing": {
        "reference": REFERENCE,
        "paragraph": PARAGRAPH,
        "received_on": date(2026, 6, 1),
        "left_out": Rows(rows=[("Invoices", "everything", "Neither consent nor contract (Art. 20(1)(a))")]),
        "sources": Items(["Accounts", "Invoices"]),
    },
    "erasure_notice": {"reference": REFERENCE, "carry_out_at": NOON},
    "erasure_done": {
        "reference": REFERENCE,
        "paragraph": PARAGRAPH,
        "received_on": date(2026, 6, 1),
        "ground": "No longer necessary (Art. 17(1)(a))",
        "erased": Rows(rows=[("Your account", 1), ("Messages", 46)], total=("Rows erased", 47)),
        "kept": Rows(rows=[("Invoices", 22, "Duty of law, VAT Code, Article 60", date(2036, 12, 31))]),
        "recipients": Items(["Calendly"]),
        "backups_until": date(2027, 7, 13),
        "minimised_on": date(2026, 8, 12),
    },
    "rectified": {
        "reference": REFERENCE,
        "paragraph": PARAGRAPH,
        "received_on": date(2026, 6, 1),
        "corrected": Rows(rows=[("Customer contacts, Name", "Lucas Delcourt", "Lucas Delcour")]),
        "statements": Items(["I left that company in 2024."]),
        "gone": Items(["Messages, Telephone number"]),
        "refused": Rows(rows=[("Invoices, Billing name: L. Delcour", "Duty of law", "A credit note corrects it.")]),
        "recipients": Items(["Mailchimp (Intuit)"]),
    },
    "rectification_refused": {
        "reference": REFERENCE,
        "paragraph": PARAGRAPH,
        "received_on": date(2026, 6, 1),
        "refused": Rows(rows=[("Customer contacts, Town: Gent", "Accurate as it is (Art. 16)", "Your letter says Lille.")]),
    },
    "nothing_to_correct": {
        "reference": REFERENCE,
        "paragraph": PARAGRAPH,
        "received_on": date(2026, 6, 1),
        "sources": Items(["Accounts", "Invoices"]),
    },
    "access_code": {"reference": REFERENCE},
    "package_downloaded": {"reference": REFERENCE, "at": NOON, "left": 2},
    "objection_done": {
        "reference": REFERENCE,
        "received_on": date(2026, 6, 1),
        "purposes": Items(["Telling you about our products", "Newsletters"]),
        "status_url": STATUS_URL,
    },
    "objection_upheld": {
        "reference": REFERENCE,
        "paragraph": PARAGRAPH,
        "received_on": date(2026, 6, 1),
        "purposes": Items(["Improving the service"]),
        "going_on": Rows(rows=[("Keeping our services secure", "Compelling legitimate grounds (Art. 21(1))")]),
        "reason": "Sign-ins are watched against abuse.\nWithout that nobody's account is safe.",
    },
    "forwarded": {
        "reference": REFERENCE,
        "received_on": date(2026, 6, 1),
        "right": "ACCESS",
        "customer": "Drukkerij Vos",
        "customer_email": "privacy@vos.example",
        "note": "They keep your orders in our software.",
    },
    "forwarded_customer": {
        "reference": REFERENCE,
        "received_on": date(2026, 6, 1),
        "right": "ACCESS",
        "person": "Noor Vermeulen",
        "person_email": "noor@home.example",
        "checked": "Confirmed by our link to the address",
        "asked": "What do you keep of my orders?",
        "note": "The orders of May are meant.",
    },
    "restricted": {
        "reference": REFERENCE,
        "paragraph": PARAGRAPH,
        "received_on": date(2026, 6, 1),
        "ground": "Accuracy contested (Art. 18(1)(a))",
        "sources": Items(["Your account", "Invoices"]),
        "status_url": STATUS_URL,
    },
    "restriction_lifting": {
        "reference": REFERENCE,
        "since": date(2026, 6, 4),
        "ground": "Accuracy contested (Art. 18(1)(a))",
        "reason": "We have corrected your telephone number.",
    },
    "new_message": {"reference": REFERENCE, "status_url": STATUS_URL},
    "application_received": {"reference": "J-7KQ4-M2", "position": "Surveyor", "received_on": date(2026, 6, 1)},
    "application_entered": {
        "reference": "J-7KQ4-M2",
        "position": "Surveyor",
        "received_on": date(2026, 6, 1),
        "agency": "Werkpunt Interim",
    },
    "application_message": {"reference": "J-7KQ4-M2", "position": "Surveyor", "text": "Can you come on Tuesday?\nAt ten."},
    "application_rejected": {"reference": "J-7KQ4-M2", "position": "Surveyor", "text": "It was close."},
    "job_offer": {"reference": "J-7KQ4-M2", "position": "Surveyor", "text": "You would begin in September."},
    "pool_left": {"reference": "J-7KQ4-M2", "position": "Surveyor"},
    "pool_left_later": {"reference": "J-7KQ4-M2", "position": "Surveyor"},
    "claim_address": {"reference": REFERENCE},
    "claim_rejected": {"reference": REFERENCE},
    "more_asked": {
        "reference": REFERENCE,
        "right": "ACCESS",
        "received_on": date(2026, 6, 1),
        "why": "Doubt about identity (Art. 12(6))",
        "asked": "The number of any invoice of this year.",
        "because": ["The address is not one that we have on file.", "The number is the least that shows it."],
        "asked_on": date(2026, 6, 4),
        "not_before": date(2026, 7, 1),
        "status_url": STATUS_URL,
    },
    "more_missing": {
        "reference": REFERENCE,
        "arrived_on": date(2026, 6, 8),
        "missing": "The number belongs to another company.",
        "asked_on": date(2026, 6, 4),
        "not_before": date(2026, 7, 6),
        "status_url": STATUS_URL,
    },
    "more_received": {
        "reference": REFERENCE,
        "right": "ACCESS",
        "arrived_on": date(2026, 6, 14),
        "due_on": date(2026, 7, 13),
        "working": Rows(
            rows=[("Received", date(2026, 6, 1)), ("With the days on which we waited for you", date(2026, 7, 11))],
            total=("Our answer, at the latest", date(2026, 7, 13)),
        ),
        "status_url": STATUS_URL,
    },
    "extended": {
        "reference": REFERENCE,
        "right": "ERASURE",
        "received_on": date(2026, 6, 1),
        "why": "Complexity of the request",
        "explanation": "Your messages are spread over eleven mailboxes.\nEach of them is read by a person.",
        "due_on": date(2026, 9, 1),
        "working": Rows(
            rows=[("Received", date(2026, 6, 1)), ("Three months later, as extended", date(2026, 9, 1))],
            total=("Our answer, at the latest", date(2026, 9, 1)),
        ),
        "status_url": STATUS_URL,
        "paragraph": "Call us if you would like to talk about it.",
    },
    "confirm_mandate": {
        "reference": REFERENCE,
        "right": "Access",
        "kind": "A lawyer",
        "proxy_email": "lawyer@chambers.example",
    },
    "mandate_accepted": {
        "reference": REFERENCE,
        "right": "Access",
        "received_on": date(2026, 6, 11),
        "kind": "A lawyer",
        "proxy_email": "lawyer@chambers.example",
        "answer": "To you alone",
        "ends_on": date(2026, 12, 31),
        "status_url": f"{settings.PUBLIC_URL}/cases/{REFERENCE}/",
    },
    "mails_waiting": {"number": 3, "oldest_on": date(2026, 3, 2), "desk_url": f"{settings.PUBLIC_URL}/desk/mails/"},
    "staff_reminder": {
        "number": 2,
        "requests": Rows(rows=[(REFERENCE, "The answer is due", date(2026, 7, 13)), ("R-8PPA-1C", "Late", date(2026, 7, 1))]),
        "desk_url": f"{settings.PUBLIC_URL}/desk/",
    },
    "officer_alarm": {
        "number": 2,
        "requests": Rows(rows=[(REFERENCE, "Late", date(2026, 7, 1)), ("R-8PPA-1C", "Invoices do not answer", date(2026, 7, 2))]),
        "desk_url": f"{settings.PUBLIC_URL}/desk/",
    },
    "audit_head": {"number": "12", "root": "ab" * 32, "sealed_at": NOON},
    "database_cancelled": {
        "database": "Production",
        "region": "Belgium",
        "working": Rows(
            rows=[("Cancelled", NOON), ("Days to change your mind", 21)],
            total=("Destroyed from", NOON),
        ),
        "ends_at": NOON,
        "database_url": DATABASE_URL,
    },
    "database_deletion_asked": {"database": "Production", "asked_at": NOON, "database_url": DATABASE_URL},
    "database_deletion_confirmed": {"database": "Production", "carry_out_at": NOON, "database_url": DATABASE_URL},
    "database_deletion_called_off": {"database": "Production", "called_off_at": NOON, "database_url": DATABASE_URL},
    "database_destroyed": {
        "database": "Production",
        "destroyed_at": NOON,
        "certificate": "hosting.database:019d2f40-7a60-7000-8000-000000000001",
        "backups_until": date(2027, 3, 2),
        "database_url": DATABASE_URL,
    },
    "registers_alarm": {
        "number": 2,
        "alarms": Rows(
            rows=[
                ("Cloudflare", "has a paper that ends soon, and none that takes its place: Certificate ISO 27001", date(2026, 3, 20)),
                ("Calendly", "works for us without a live contract", "–"),
            ]
        ),
        "desk_url": f"{settings.PUBLIC_URL}/desk/registers/",
    },
    "processor_notice": {
        "processor": "Hetzner",
        "change": "A processor in the place of another",
        "replaces": "Amazon Web Services",
        "objective": "Hosting of Oxygis Infocenter (land register and shape files)",
        "shared_data": "Production data of Infocenter",
        "region": "European Union",
        "safeguard": "–",
        "objects_until": date(2026, 4, 1),
        "effective_on": date(2026, 4, 2),
        "changes_url": f"{settings.PUBLIC_URL}/account/changes/019d2f40-7a60-7000-8000-000000000001/",
    },
    "processor_notice_withdrawn": {"processor": "Hetzner"},
    "backups_alarm": {
        "troubles": Rows(rows=[("Databases without a recent backup", 1), ("Copies that are over and would not go", 2)]),
        "desk_url": f"{settings.PUBLIC_URL}/desk/backups/",
    },
    "region_answered": {
        "database": "Production",
        "region": "Ireland",
        "answer": "Refused",
        "reasons": "Our servers there are full until October.\nAsk again then, or choose the Netherlands.",
        "database_url": DATABASE_URL,
    },
    "account_mail": {"subject": "Your password was changed", "lines": ["It was changed just now.", "If it was not you, call us."]},
}

SECRETS: Mapping[str, Mapping[str, str]] = {
    "confirm_request": {"link": f"{settings.PUBLIC_URL}/confirm/s3cr3t-token/"},
    "remind_unconfirmed": {"link": f"{settings.PUBLIC_URL}/confirm/s3cr3t-token/"},
    "erasure_notice": {"cancel_link": f"{settings.PUBLIC_URL}/cancel/s3cr3t-token/"},
    "access_code": {"code": "481 516"},
    "identity_by_post": {"code": "7KQ4-M2XW"},
    "security_policy": {"link": f"{settings.PUBLIC_URL}/security/policy/s3cr3t-token/"},
    "newsletter_confirm": {"link": f"{settings.PUBLIC_URL}/newsletter/confirm/s3cr3t-token/"},
    "event_confirm": {"link": f"{settings.PUBLIC_URL}/events/confirm/s3cr3t-token/"},
    "event_registered": {"link": f"{settings.PUBLIC_URL}/events/own/s3cr3t-token/"},
    "interest_confirm": {"link": f"{settings.PUBLIC_URL}/partners/confirm/s3cr3t-token/"},
    "partner_told": {"link": f"{settings.PUBLIC_URL}/partners/own/s3cr3t-token/"},
    "newsletter": {"unsubscribe_link": f"{settings.PUBLIC_URL}/newsletter/unsubscribe/s3cr3t-token/"},
    "claim_address": {"link": f"{settings.PUBLIC_URL}/confirm/s3cr3t-token/"},
    "confirm_mandate": {"link": f"{settings.PUBLIC_URL}/confirm/s3cr3t-token/"},
    **{
        event: {"pool_link": f"{settings.PUBLIC_URL}/jobs/keep/s3cr3t-token/"}
        for event in ("application_received", "application_entered", "application_message", "application_rejected")
    },
    "job_offer": {
        "pool_link": f"{settings.PUBLIC_URL}/jobs/keep/s3cr3t-token/",
        "offer_link": f"{settings.PUBLIC_URL}/jobs/offer/s3cr3t-token/",
    },
}

STANDING = {
    "greeting": "Hello,",
    "organisation": "Oxygis Partners",
    "contact": "Anaïs Lambert in our privacy team",
    "officer": "Hélène Marchal",
    "privacy_email": "privacy@oxygis.example",
    "phone": "+32 2 555 01 40",
}
