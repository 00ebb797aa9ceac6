from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class SubjectsConfig(AppConfig):
    name = "subjects"
    verbose_name = _("People")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from subjects import checks, home  # noqa: F401, PLC0415 - the checks register themselves

        connection_created.connect(home.refuse_unopened, dispatch_uid="subjects.home")
