from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import (  # noqa: PLC0415 - the models must be loaded first
            directory,
            receivers,  # noqa: F401 - connects them
            trends,
        )
        from datamap import customers  # noqa: PLC0415
        from datamap import trends as counted  # noqa: PLC0415

        customers.register(by_number=directory.by_number, by_key=directory.by_key)
        counted.register(trends.CUSTOMERS)
