"""What can be done with applications: each act is one transaction with its event."""

from recruitment.services.applying import Erased, enter, submit
from recruitment.services.employing import NotEmployed, add_document, end_employment
from recruitment.services.mail_in import Fate, receive
from recruitment.services.moving import NotNowInPool, act
from recruitment.services.offering import NoOffer, answer
from recruitment.services.pool import LinkNotValid, WorksForUs, opt_out, stop_keeping
from recruitment.services.redacting import Changed, NothingChosen, flag, redact_document, redact_passages, unflag
from recruitment.services.writing import AlreadyFiled, file_reply, leave_unanswered, record_reply, write_message

__all__ = [
    "AlreadyFiled",
    "Changed",
    "Erased",
    "Fate",
    "LinkNotValid",
    "NoOffer",
    "NotEmployed",
    "NotNowInPool",
    "NothingChosen",
    "WorksForUs",
    "act",
    "add_document",
    "answer",
    "end_employment",
    "enter",
    "file_reply",
    "flag",
    "leave_unanswered",
    "opt_out",
    "receive",
    "record_reply",
    "redact_document",
    "redact_passages",
    "stop_keeping",
    "submit",
    "unflag",
    "write_message",
]
