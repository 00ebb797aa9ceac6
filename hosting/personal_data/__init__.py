"""What this room holds: the databases of customers, who instructed and who looked, and the backups."""

from hosting.personal_data import backups, databases
from hosting.personal_data.backups import BACKUP_RECORDS, ORDERS, REPLICAS
from hosting.personal_data.databases import CANCELLED, COPIES, RECORDS, SWITCHED

__all__ = ["BACKUP_RECORDS", "CANCELLED", "COPIES", "ORDERS", "RECORDS", "REPLICAS", "SWITCHED", "backups", "databases"]
