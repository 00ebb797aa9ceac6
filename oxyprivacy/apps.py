from django.apps import AppConfig
from django.core.validators import EmailValidator
from django.forms import Field
from django.utils.translation import gettext_lazy as _


class OxyPrivacyConfig(AppConfig):
    name = "oxyprivacy"

    def ready(self) -> None:
        # One sentence of our kind for every form, ours and those of others.
        Field.default_error_messages["required"] = _("An answer is needed here.")
        # Django's own says "courriel" in French, where our pages say "e-mail", and shows no example.
        EmailValidator.message = _("Write the whole e-mail address, such as name@example.com.")
        from oxyprivacy import celery  # noqa: F401, PLC0415 - tasks bind to the app of this process
