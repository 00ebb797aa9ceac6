"""Customer databases: order, close, bring back, copy, destroy; who of us may look; where they stand."""

from hosting.services.cancelling import cancel, reactivate
from hosting.services.ordering import LabelTaken, NoRoom, new_password, order

__all__ = ["LabelTaken", "NoRoom", "cancel", "new_password", "order", "reactivate"]
