from django.apps import AppConfig


class OxyPrivacyConfig(AppConfig):
    name = "oxyprivacy"

    def ready(self) -> None:
        from oxyprivacy import celery  # noqa: F401, PLC0415 - tasks bind to the app of this process
