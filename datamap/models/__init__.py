from datamap.models.groups import Subsidiary
from datamap.models.ledger import Disclosure, FlowRecipient
from datamap.models.notices import Notice
from datamap.models.processors import NoProvider, Paper, Processor
from datamap.models.records import PeriodChange, PolicyPeriod, PolicyVersion, StatutoryPeriod
from datamap.models.transfers import AdequacyDecision

__all__ = [
    "AdequacyDecision",
    "Disclosure",
    "FlowRecipient",
    "NoProvider",
    "Notice",
    "Paper",
    "PeriodChange",
    "PolicyPeriod",
    "PolicyVersion",
    "Processor",
    "StatutoryPeriod",
    "Subsidiary",
]
