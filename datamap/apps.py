from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DatamapConfig(AppConfig):
    name = "datamap"
    default_auto_field = "django.db.models.BigAutoField"
