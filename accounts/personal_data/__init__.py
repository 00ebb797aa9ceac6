"""What this room holds of people: their profile and sessions, customer contacts and prospects, contact messages, invoices."""

from accounts.personal_data import flows
from accounts.personal_data.contacts import Contacts
from accounts.personal_data.invoices import Invoices
from accounts.personal_data.messages import Messages
from accounts.personal_data.profile import Profile
from accounts.personal_data.sessions import Sessions

__all__ = ["Contacts", "Invoices", "Messages", "Profile", "Sessions", "flows"]
