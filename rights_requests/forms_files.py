"""A box for several files. Each is looked at here, and what is not taken says why beside the box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rights_requests import attachments
from rights_requests.attachments.checking import in_megabytes
from rights_requests.attachments.kinds import ENDINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.files.uploadedfile import UploadedFile
    from django.utils.datastructures import MultiValueDict

    from rights_requests.attachments import Checked

#: The name of the box in every form that has one.
BOX = "attached"
ACCEPT = ",".join(f".{ending}" for endings in ENDINGS.values() for ending in endings)


def _limits() -> str:
    rules = settings.RIGHTS
    return _("PDF, PNG, JPEG or plain text. At most %(count)s files of %(each)s each, %(together)s together.") % {
        "count": rules["files_per_message"],
        "each": in_megabytes(rules["file_size"]),
        "together": in_megabytes(rules["files_size"]),
    }


LIMITS = lazy(_limits, str)()


class FilesInput(forms.FileInput):
    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(attrs={"accept": ACCEPT})

    def value_from_datadict(self, data: Any, files: MultiValueDict[str, UploadedFile[Any]], name: str) -> list[UploadedFile[Any]]:
        return files.getlist(name) if hasattr(files, "getlist") else []

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in files


class FilesField(forms.Field):
    """Cleaned it is a list of files that may be kept, perhaps empty. What is too many is not looked at."""

    widget = FilesInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **{"help_text": LIMITS, **kwargs})

    def clean(self, value: Sequence[UploadedFile[Any]]) -> list[Checked]:
        rules = settings.RIGHTS
        if len(value) > rules["files_per_message"]:
            raise ValidationError(_("At most %(count)s files at once."), code="count", params={"count": rules["files_per_message"]})
        if sum(file.size or 0 for file in value) > rules["files_size"]:
            most = in_megabytes(rules["files_size"])
            raise ValidationError(_("These files are larger than %(most)s together."), code="size", params={"most": most})
        return _checked(value)


def _checked(files: Sequence[UploadedFile[Any]]) -> list[Checked]:
    taken, refused = [], []
    for file in files:
        try:
            taken.append(attachments.check(file.name or "", file.read()))
        except attachments.NotTaken as error:
            refused.append(ValidationError(str(error), code="not_taken"))
    if refused:
        raise ValidationError(refused)
    return taken


class FilesForm(forms.Form):
    """A form with files. What was typed comes back with an error, what was chosen does not: no browser sends a file back."""

    def add_error(self, field: str | None, error: Any) -> None:
        """Why a file is not taken says enough; with any other error the files are to be chosen again."""
        if field == BOX:
            self.errors.pop(BOX, None)
        super().add_error(field, error)
        if BOX not in self.errors and self.files and self.files.getlist(BOX):
            super().add_error(BOX, gettext_lazy("Please choose your files again."))
