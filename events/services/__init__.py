"""What happens in this room: people register and say that they are interested, and what they allowed is passed on."""

from events.services.asking import LinkNotValid, confirm_interest, confirm_registration, express_interest, register
from events.services.ending import cancel, withdraw
from events.services.passing import HandedOver, NotOfThisEvent, hand_over, introduce
from events.services.planning import reschedule

__all__ = [
    "HandedOver",
    "LinkNotValid",
    "NotOfThisEvent",
    "cancel",
    "confirm_interest",
    "confirm_registration",
    "express_interest",
    "hand_over",
    "introduce",
    "register",
    "reschedule",
    "withdraw",
]
