"""What the rooms beneath the categories hold of people: who they are to us, what stands about them, and the evidence."""

from datamap.personal_data import erased, evidence, identities, recipients, staff, standing, suppressed

__all__ = ["erased", "evidence", "identities", "recipients", "staff", "standing", "suppressed"]
