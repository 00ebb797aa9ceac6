from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Region(TextChoices):
    """The regions of the Oxygis Cloud, and the zones that copies may be kept in (policy VIII): these five and no other."""

    NL = "NL", _("Netherlands")
    FR = "FR", _("France")
    BE = "BE", _("Belgium")
    DE = "DE", _("Germany")
    IE = "IE", _("Ireland")


class Origin(TextChoices):
    CREATED = "CREATED", _("Created in the Oxygis Cloud")
    TRIAL = "TRIAL", _("Started as a free trial")
    UPLOADED = "UPLOADED", _("Uploaded from the customer’s own servers")


class State(TextChoices):
    """What the server has done so far, never what is only asked of it."""

    ORDERED = "ORDERED", _("Being made")
    ACTIVE = "ACTIVE", _("Active")
    DEACTIVATED = "DEACTIVATED", _("Deactivated")
    DESTROYED = "DESTROYED", _("Destroyed")


class Verb(TextChoices):
    """What is to be done on a server."""

    CREATE = "CREATE", _("Make it")
    DEACTIVATE = "DEACTIVATE", _("Close it to everybody")
    REACTIVATE = "REACTIVATE", _("Open it again")
    PASSWORD = "PASSWORD", _("Set its password")
    EXPORT = "EXPORT", _("Copy it for the customer")
    OPEN_ACCESS = "OPEN_ACCESS", _("Let a colleague in")
    CLOSE_ACCESS = "CLOSE_ACCESS", _("Shut a colleague out")
    DESTROY = "DESTROY", _("Destroy it")
    BACKUP = "BACKUP", _("Back it up")
    REPLICATE = "REPLICATE", _("Put a backup into every place")
    RESTORE = "RESTORE", _("Restore a backup apart")
    CATCH_UP = "CATCH_UP", _("Erase from a restored backup what must not come back")
    OPEN_RESTORED = "OPEN_RESTORED", _("Let somebody into a restored backup")
    DROP_RESTORED = "DROP_RESTORED", _("Drop a restored backup")


class StepStatus(TextChoices):
    WAITING = "WAITING", _("Waiting")
    RUNNING = "RUNNING", _("Running")
    DONE = "DONE", _("Done")
    DROPPED = "DROPPED", _("No longer needed")


OPEN_STEPS = (StepStatus.WAITING, StepStatus.RUNNING)


class InstructionKind(TextChoices):
    """What the customer told us to do with a database, and what we did about it (Art. 28(3)(a))."""

    CREATE = "CREATE", _("Create the database")
    PASSWORD = "PASSWORD", _("Set a new password")
    EXPORT = "EXPORT", _("Export a complete copy")
    DOWNLOAD = "DOWNLOAD", _("Download the copy")
    CANCEL = "CANCEL", _("Cancel the service")
    SWITCH = "SWITCH", _("Cancel the service, to switch to another provider")
    REACTIVATE = "REACTIVATE", _("Reactivate the database")
    DELETE = "DELETE", _("Delete everything")
    DELETE_CONFIRMED = "DELETE_CONFIRMED", _("Confirm that everything is deleted")
    DELETE_CANCELLED = "DELETE_CANCELLED", _("Delete nothing after all")
    REPLICATE = "REPLICATE", _("Keep copies in another zone too")
    REGION = "REGION", _("Change the region")
    REGION_ANSWERED = "REGION_ANSWERED", _("Answer about the region")
    END_ACCESS = "END_ACCESS", _("End a colleague’s access")
    RESTORE = "RESTORE", _("Restore a backup apart")
    RESTORE_ENDED = "RESTORE_ENDED", _("End a restored backup")
    ERASED = "ERASED", _("Rows that must not come back")


class RegionAnswer(TextChoices):
    OPEN = "OPEN", _("Waiting for an answer")
    ACCEPTED = "ACCEPTED", _("Accepted")
    REFUSED = "REFUSED", _("Refused")


class RestoreGround(TextChoices):
    """Why a backup may be looked into at all (policy VII): nothing but these two."""

    CUSTOMER = "CUSTOMER", _("At the customer’s explicit request")
    LAW = "LAW", _("As required by law")


class Reason(TextChoices):
    """The four reasons for which staff may look into a customer's database (policy III)."""

    SUPPORT = "SUPPORT", _("To resolve a problem with our services")
    REQUEST = "REQUEST", _("At the customer’s explicit request, for support")
    LAW = "LAW", _("As required by law")
    MISUSE = "MISUSE", _("Security of our services, after a breach of the Acceptable Use Policy")
