"""Tables whose rows are in no backup: what ends by itself, and what opens something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps

if TYPE_CHECKING:
    from collections.abc import Mapping

LEFT_OUT: Mapping[str, str] = {
    "accounts.Session": "Whoever signed out since would be signed in again.",
    "hosting.Export": "Keys of copies for customers, which have an end.",
    "rights_requests.AccessCode": "Ten minutes and five tries.",
    "rights_requests.Link": "Used once, within a day.",
    "rights_requests.Package": "Keys of packages, which are destroyed with them.",
}

#: Columns that hold something sealed, and stay: the key that opens it, SECRET_KEY, is in no backup.
SEALED: Mapping[str, str] = {
    "connectors.PullTask.sealed_key": "Opens a file that is in no backup, and is gone when that is.",
    "hosting.Step.sealed": "A password until the server knows it; dropped by the replay.",
    "letters.Letter.sealed": "Links and codes of letters on their way; emptied by the replay.",
    "recruitment.Document.sealed_key": "Opens a file that is in no backup, and is gone when that is.",
    "recruitment.PersonnelDocument.sealed_key": "Opens a file that is in no backup, and is gone when that is.",
    "rights_requests.Attachment.sealed_key": "Opens a file that is in no backup, and is gone when that is.",
}


def tables() -> list[str]:
    return sorted(apps.get_model(label)._meta.db_table for label in LEFT_OUT)
