"""Why a file is not taken, in sentences for who sent it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

EMPTY = _("“%(name)s” is empty.")
TOO_LARGE = _("“%(name)s” is larger than %(most)s.")
TOO_MANY_POINTS = _("“%(name)s” has more than %(most)s million pixels. Please make the picture smaller.")
ARCHIVE = _("“%(name)s” is an archive. Please send the files in it one by one.")
OFFICE = _("“%(name)s” is an office document, which can carry programs. Please save it as PDF and send that.")
PROGRAM = _("“%(name)s” is a program.")
MARKUP = _("“%(name)s” is a web page or a drawing that can carry programs. Please send it as PDF or as a picture.")
LOCKED = _("“%(name)s” is locked with a password. Please save it without one.")
ACTIVE = _("“%(name)s” carries a program or other files in it. Please print it to a new PDF and send that.")
TWO_IN_ONE = _("“%(name)s” is two kinds of file in one. Please print it to a new PDF and send that.")
DAMAGED = _("“%(name)s” cannot be read: it is damaged or incomplete.")
UNKNOWN = _("“%(name)s” is none of the kinds that we take: PDF, PNG, JPEG and plain text.")
WRONG_ENDING = _("“%(name)s” is something else than its name says. Its content is “%(kind)s”; then the name ends in %(ending)s.")
TOO_MANY = _("“%(name)s” is one file too many for one message.")
NO_ROOM = _("“%(name)s” was one too many: we have no room for more.")


class NotTaken(Exception):
    """A file that we do not keep. ``str(error)`` is the sentence, in the language in force."""

    def __init__(self, why: _StrPromise, **values: object) -> None:
        super().__init__(why)
        self.why = why
        self.values = values

    def __str__(self) -> str:
        return str(self.why) % self.values

    def named(self, name: str) -> NotTaken:
        return NotTaken(self.why, **{**self.values, "name": name})
