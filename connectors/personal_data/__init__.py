"""What this room holds itself: tasks for systems that answer by themselves, and what the mailing service is told. Declared systems are sources of
their own (``connectors.sources``).
"""

from connectors.personal_data import mail, tasks

__all__ = ["mail", "tasks"]
