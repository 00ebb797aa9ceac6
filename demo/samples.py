"""Invented content for the pages that show the design system. English only: these pages are for builders."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django import forms

from oxyprivacy.ui.figures import masked, masked_email

TODAY = date(2026, 6, 24)

SUM_ROWS = [
    ("Received", date(2026, 6, 11)),
    ("plus one month", date(2026, 7, 11)),
    ("a Saturday, so the next working day", date(2026, 7, 13)),
]
SUM_TOTAL = ("We answer by", date(2026, 7, 13))
LATE_ROWS = [
    ("Received", date(2026, 5, 20)),
    ("plus one month", date(2026, 6, 20)),
    ("a Saturday, next working day", date(2026, 6, 22)),
]
LATE_TOTAL = ("Was due", date(2026, 6, 22))

TASKS = [
    {"title": "Send me a copy of my data", "url": "#copy", "text": "Everything we hold about you, in files you can read and reuse."},
    {"title": "Delete my data", "url": "#delete", "text": "We show you first what we can delete and what the law makes us keep."},
]
ANSWERS: list[dict[str, str]] = [
    {"label": "Your request", "value": "Delete my data", "url": "#right"},
    {"label": "Which data", "value": "My account and my support messages.", "note": "Not my job application of 2024.", "url": "#what"},
    {"label": "Your e-mail address", "value": "nathalie.vermeulen@example.be", "state": "Confirmed", "url": "#email"},
    {"label": "Your phone", "value": "+32 2 555", "error": "The number is not complete. It ends after 555.", "url": "#phone"},
]
STEPS: list[dict[str, str]] = [
    {"title": "You sent your request", "when": "Thu 11 June, 16:42", "phase": "done"},
    {
        "title": "We confirmed it is you",
        "when": "Fri 12 June, 09:15",
        "text": "By the code sent to your email. No document needed.",
        "phase": "done",
    },
    {
        "title": "We are collecting your data",
        "when": "Since Fri 12 June",
        "text": "5 of 7 systems have answered. The other two answer by Friday.",
        "phase": "current",
    },
    {"title": "A second person checks the files", "when": "Expected around 30 June", "phase": "todo"},
    {"title": "You get our answer", "when": "By Mon 13 July at the latest", "phase": "todo"},
]
HISTORY: list[dict[str, str]] = [
    {"title": "Preview made", "when": "Today, 10:02, by OxyPrivacy", "text": "2,318 rows in 6 sources", "state": "collecting"},
    {"title": "HubSpot answered", "when": "Today, 09:58, after a second try"},
    {"title": "Name shown", "when": "Yesterday, 16:20, by Jonas Peeters", "text": "Reason given: “call back”", "state": "watched"},
    {"title": "Letter sent: we confirmed your identity", "when": "22 May, 11:05, by Jonas Peeters", "state": "event"},
    {"title": "Identity confirmed", "when": "22 May, 11:04, by code to the known e-mail address"},
    {"title": "Request received", "when": "20 May, 21:37, by the portal, in English", "state": "new"},
]
LETTERS = [
    {"title": "We received your request", "url": "#letter-1", "detail": "PDF, 1 page, 62 KB", "on": date(2026, 6, 11)},
    {"title": "We confirmed your identity", "url": "#letter-2", "detail": "PDF, 1 page, 58 KB", "on": date(2026, 6, 12)},
]
THREAD = [
    {"own": True, "at": datetime(2026, 6, 15, 18, 10, tzinfo=UTC), "text": "Does this include the calls I made to support in 2024?"},
    {
        "own": False,
        "author": "Anaïs Lambert, Oxygis",
        "at": datetime(2026, 6, 16, 7, 32, tzinfo=UTC),
        "text": "Yes. We keep call recordings for six months, so the 2024 recordings are gone, but the notes written during those calls are included.",
    },
]
TABS = [
    {"label": "All open", "url": "#all", "count": 31, "current": True},
    {"label": "Mine", "url": "#mine", "count": 8},
    {"label": "Overdue or due within 7 days", "url": "#week", "count": 8},
    {"label": "Nobody yet", "url": "#nobody", "count": 3},
    {"label": "Waiting for person", "url": "#waiting", "count": 5},
]
PARTS: list[dict[str, Any]] = [
    {"label": "Profile and sign-in", "source": "Account database", "erase": 1204, "keep": 0},
    {
        "label": "Support messages",
        "source": "Zendesk",
        "erase": 46,
        "keep": 2,
        "ground": "A claim is open: Article 17(3)(e)",
        "until": "Ticket 88213, until the claim ends. Looked at again on 1 Sept 2026",
    },
    {
        "label": "Invoices",
        "source": "Billing",
        "erase": 0,
        "keep": 22,
        "ground": "Accounting law: policy, section VII",
        "until": "Ten years, until 31 Dec 2036",
    },
    {
        "label": "Marketing contact",
        "source": "HubSpot",
        "erase": 2,
        "keep": 1,
        "ground": "So that we do not write again",
        "until": "E-mail address only, hashed",
    },
    {"label": "Web server logs", "source": "Logs", "erase": 1041, "keep": 0},
]
PARTS_TOTAL = {"erase": 2293, "keep": 25, "ground": "3 grounds, all named in the letter"}
SOURCES: list[tuple[str, str, int | None, str, str, str]] = [
    ("Account database", "Oxygis app, Frankfurt", 1204, "done", "Answered", "Today, 10:02"),
    ("Billing", "Invoices and payments", 22, "done", "Answered", "Today, 10:02"),
    ("Zendesk", "Support messages", 48, "done", "Answered", "Today, 10:01"),
    ("HubSpot", "Marketing contacts", 3, "done", "Answered", "Today, 09:58"),
    ("Web server logs", "Last 13 months", 1041, "done", "Answered", "Today, 10:02"),
    ("Recruitment", "Job applications", 0, "done", "Nothing found", "Today, 10:02"),
    ("Backups", "Off-site, 35 days", None, "waiting", "Waiting for hosting", "Asked 22 Jun"),
]
STATES = [
    ("new", "New"),
    ("identity", "Identity"),
    ("collecting", "Collecting"),
    ("approval", "Approval"),
    ("waiting", "Waiting for person"),
    ("done", "Answered"),
    ("refused", "Refused"),
    ("late", "2 days overdue"),
    ("watched", "Watched"),
    ("decide", "To decide"),
]
ICONS = [
    "queue",
    "person",
    "people",
    "mail",
    "letter",
    "promise",
    "retention",
    "exchange",
    "cookie",
    "document",
    "figures",
    "clock",
    "search",
    "download",
    "lock",
    "plus",
    "check",
    "arrow",
    "back",
    "info",
    "warning",
    "eye",
    "menu",
    "key",
    "leave",
    "home",
    "edit",
    "external",
    "phone",
]
COLOURS = [
    "canvas",
    "surface",
    "band",
    "ink",
    "ink-2",
    "ink-3",
    "accent",
    "accent-soft",
    "edge",
    "mark",
    "ok",
    "ok-soft",
    "warn",
    "warn-soft",
    "stop",
    "stop-soft",
    "decide",
    "decide-soft",
]
DAYS_TO_ANSWER = list(enumerate([0, 2, 3, 5, 8, 12, 15, 17, 19, 17, 16, 14, 13, 11, 10, 9, 8, 7, 6, 5, 4, 3, 3, 2, 2, 1, 1, 1]))
DAY_TICKS = [(0, "same day"), (10, "10 days"), (20, "20 days")]
APPLICATIONS = [
    ("new", 410),
    ("", 385),
    ("", 440),
    ("", 365),
    ("1 year", 395),
    ("", 400),
    ("", 358),
    ("", 370),
    ("2 years", 644),
    ("", 588),
    ("", 700),
]
BREAKER_ROWS = [("Usual, most in one night", 11), ("Breaker stops above", 50), ("Planned last night", 1932)]
BREAKER_TOTAL = ("Deleted", 0)

RIGHTS = [
    ("ACCESS", "Send me a copy of my data"),
    ("ERASURE", "Delete my data"),
    ("RECTIFICATION", "Correct something"),
    ("OTHER", "Something else, or I am not sure"),
]
RIGHT_DETAILS = {
    "ACCESS": {"law": "access, Article 15", "hint": "You get the files and a letter saying why we hold each part."},
    "ERASURE": {"law": "erasure, Article 17", "hint": "We tell you before anything is deleted. Invoices must be kept by law."},
    "RECTIFICATION": {"law": "rectification, Article 16"},
    "OTHER": {"hint": "You can describe it on the next page."},
}

_QUEUE = [
    (
        "Overdue, 2",
        [
            (
                "R-3HT9-C4",
                "Erasure",
                "Nathalie Vermeulen",
                "nathalie@gmail.com",
                (5, 20),
                (6, 22),
                "collecting",
                "Collecting",
                "Jonas Peeters",
            ),
            ("R-8WD2-L7", "Access", "Tom de Wit", "tom@proximus.be", (5, 23), (6, 23), "approval", "Approval", "Sofie Claes"),
        ],
    ),
    (
        "Next 7 days, 4",
        [
            ("R-5PN6-X3", "Access", "Marie Leroy", "marie@orange.fr", (5, 24), (6, 24), "done", "Ready to send", "Anaïs Lambert"),
            ("R-9CB4-T6", "Erasure", "Éric Renard", "eric@free.fr", (5, 25), (6, 25), "collecting", "Collecting", "Anaïs Lambert"),
            ("R-2KV7-Q8", "Access", "Jan Jacobs", "jan@telenet.be", (5, 26), (6, 26), "waiting", "Waiting for person", "Anaïs Lambert"),
            ("R-4TF8-W5", "Erasure", "Bart Maes", "bart@skynet.be", (5, 26), (6, 26), "collecting", "Collecting", ""),
        ],
    ),
    (
        "Later, 4",
        [
            (
                "R-3QW5-K7",
                "Access",
                "Petra Van den Berg",
                "petra@hotmail.be",
                (5, 29),
                (6, 29),
                "collecting",
                "Collecting",
                "Jonas Peeters",
            ),
            ("R-8HN4-P6", "Erasure", "Ines Klein", "ines@gmail.com", (6, 5), (7, 6), "waiting", "Waiting for person", "Karim Benali"),
            ("R-2XC9-V3", "Access", "Arthur Hermans", "arthur@voo.be", (6, 8), (7, 8), "identity", "Identity", "Sofie Claes"),
            ("R-6WP3-D8", "Access", "Yasmina El Amrani", "yasmina@gmail.com", (6, 18), (7, 20), "new", "New", ""),
        ],
    ),
]


def queue_groups() -> list[dict[str, Any]]:
    return [{"label": label, "rows": [_queue_row(row) for row in rows]} for label, rows in _QUEUE]


def _queue_row(row: tuple[Any, ...]) -> dict[str, Any]:
    reference, right, person, email, received, due, state, label, assignee = row
    return {
        "id": reference,
        "reference": reference,
        "url": f"#{reference}",
        "right": right,
        "person": masked(person),
        "email": masked_email(email),
        "received_on": date(2026, *received),
        "due_on": date(2026, *due),
        "state": state,
        "state_label": label,
        "assignee": assignee,
    }


class SampleForm(forms.Form):
    email = forms.EmailField(
        label="Your e-mail address", help_text="We send a code to it", widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    postcode = forms.CharField(label="Postcode", required=False)
    country = forms.ChoiceField(label="Country", choices=[("", "Choose"), ("BE", "Belgium"), ("FR", "France")])
    text = forms.CharField(label="In your own words", widget=forms.Textarea(attrs={"rows": 4}), required=False)
    right = forms.ChoiceField(label="What would you like us to do?", choices=RIGHTS, widget=forms.RadioSelect)
    parts = forms.MultipleChoiceField(
        label="Which data?", choices=[("ACCOUNT", "My account"), ("MESSAGES", "My messages")], widget=forms.CheckboxSelectMultiple
    )
    file = forms.FileField(label="A document", required=False, help_text="PDF or picture, 5 MB at most")
    statistics = forms.ChoiceField(
        label="Counting visits", choices=[("NO", "Refuse"), ("YES", "Allow")], widget=forms.RadioSelect, initial="NO"
    )
    is_mine = forms.BooleanField(label="These data are mine, and what I wrote is right as far as I know.")


class FilterForm(forms.Form):
    q = forms.CharField(label="Search", required=False, widget=forms.TextInput(attrs={"placeholder": "Reference, or exact e-mail address"}))
    right = forms.ChoiceField(label="Right", required=False, choices=[("", "Any right"), *RIGHTS])
    state = forms.ChoiceField(label="State", required=False, choices=[("", "Any state"), ("OPEN", "open")])
    agent = forms.ChoiceField(label="Assigned to", required=False, choices=[("", "Anyone"), ("ME", "me")])


class ReferenceForm(forms.Form):
    reference = forms.CharField(label="Reference", help_text="Your reference, for example R-7KQ4-M2")


def context() -> dict[str, Any]:
    """Everything above under the names that the sample templates use."""
    wrong = SampleForm({"email": "name@example"}, prefix="wrong")
    wrong.is_valid()
    shown = {name.lower(): value for name, value in globals().items() if name.isupper() and not name.startswith("_")}
    return shown | {
        "sample": SampleForm(initial={"right": "ERASURE", "is_mine": True}, prefix="sample"),
        "wrong": wrong,
        "filters": FilterForm(data={"state": "OPEN"}),
        "follow": ReferenceForm(prefix="follow"),
        "groups": queue_groups(),
    }
