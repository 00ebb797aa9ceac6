"""Letters of an application as HR's pages list them, by its reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from letters.rows import row_of

if TYPE_CHECKING:
    from letters.models import Letter
    from letters.rows import LetterRow
    from recruitment.models import Application


def letter_row(application: Application, letter: Letter) -> LetterRow:
    reference = application.reference
    return row_of(
        letter,
        url=f"{reverse('desk_application_open', args=[reference])}#letters",
        settle_url=reverse("desk_application_letter", args=[reference, letter.pk]),
        about=reference,
    )
