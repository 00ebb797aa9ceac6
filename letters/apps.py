from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LettersConfig(AppConfig):
    name = "letters"
    verbose_name = _("Letters")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the seals of the audit trail mailed."""
        from audit import heads  # noqa: PLC0415
        from letters.heads import mail_head  # noqa: PLC0415

        if mail_head not in heads.on_head:
            heads.on_head.append(mail_head)
