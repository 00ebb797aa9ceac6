from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Method(TextChoices):
    """By which act somebody chose."""

    ACCEPT_ALL = "accept_all", _("Accept all")
    REFUSE_ALL = "refuse_all", _("Refuse all")
    CHOICE = "choice", _("Chosen one by one")
    FORM = "form", _("Form without a script")
    WITHDRAWAL = "withdrawal", _("Withdrawn")


class Signal(TextChoices):
    """What the browser said by itself. Of Do Not Track nothing is kept (P116)."""

    GPC = "gpc", _("Global Privacy Control")


class Match(TextChoices):
    EXACT = "exact", _("this name")
    PREFIX = "prefix", _("names that begin so")


class Store(TextChoices):
    COOKIE = "cookie", _("cookie")
    LOCAL = "local", _("local storage")
    SESSION = "session", _("session storage")


class Ending(TextChoices):
    """How a subscription ended."""

    ONE_CLICK = "ONE_CLICK", _("Button of the mail program")
    LINK = "LINK", _("Link in a mail")
    ERASED = "ERASED", _("Request for erasure")
    OBJECTED = "OBJECTED", _("Objection")
    RENEWED = "RENEWED", _("Confirmed anew")
