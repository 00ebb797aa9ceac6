"""What can be done with a rights request: one public function per action, each in one transaction.

Every function locks the case, decides by ``workflow``, changes, records an audit event and rings the bell on commit, in
this order. What is not possible now is a ``workflow.CannotNow``: its ``str`` is a sentence for the page.
"""

from rights_requests.services.attaching import NoEvidenceAsked, TooManyFiles, asks_identity
from rights_requests.services.by_post import CodeNotRight, NotOnFile, NotShown, show_identity
from rights_requests.services.categories import (
    AllKept,
    ExceptionIncomplete,
    Keeping,
    NoExceptionToErasure,
    SourceUnknown,
    decide_categories,
)
from rights_requests.services.claims import ClaimNeedsProof, ClaimNotAnAddress, ClaimNotAPhone, is_address, settle_claim
from rights_requests.services.clock import TooLateToExtend, ask_for_more, end_pause, extend
from rights_requests.services.codes import CodeNotValid, ask_code, redeem_code
from rights_requests.services.collecting import TaskNotManual, assign, collect_again, is_by_hand, is_late, settle_manual_task
from rights_requests.services.correcting import (
    AskedAlready,
    DecidedAlready,
    NothingSaid,
    NothingToCorrect,
    SameValue,
    ValueNotTaken,
    add_correction,
    add_statement,
    contest,
    read_value,
    remove_correction,
    standing_value,
)
from rights_requests.services.correction_deciding import NotCorrectable, NotStopped, decide_correction, is_stopped, settle_stopped, why_not
from rights_requests.services.deciding import (
    DutyOver,
    GroundNotForThisRight,
    GroundRequired,
    NothingToWithhold,
    PreviewChanged,
    ProofRequired,
    SamePerson,
    answer,
    approve_erasure,
    propose_erasure,
    refuse,
    send_back,
    unwithhold,
    withhold,
)
from rights_requests.services.downloads import NoDownloadsLeft, NotByPost, PackageGone, redeem_download
from rights_requests.services.filing import file_message, file_request
from rights_requests.services.forwarding import CustomerUnknown, forward
from rights_requests.services.identity import (
    EnoughForToday,
    LinkNotValid,
    cancel_by_link,
    confirm,
    confirm_all,
    confirm_here,
    send_link_again,
)
from rights_requests.services.knowing import ShownTooLittle
from rights_requests.services.mail_in import note as note_message
from rights_requests.services.mail_sorting import NoSuchCase, SortedAlready, dismiss_mail, file_mail, put_with_case
from rights_requests.services.mandates import MandateDraft, MandateEnded, NoMandate, NothingShown, check_mandate
from rights_requests.services.messages import EmptyMessage, write_message
from rights_requests.services.notifying import EvidenceRequired, NoticeSettled, open_notices, settle_notice
from rights_requests.services.objecting import NothingUpheld, PurposeNotObjectable, WhyItGoesOn, objectable_purposes, uphold
from rights_requests.services.rectifying import NothingOnTheList, Undecided
from rights_requests.services.rehearsing import letters_of
from rights_requests.services.repeating import MOST_TOGETHER, OneOfThem, others, together
from rights_requests.services.restricting import (
    NobodyToTell,
    NothingRestricted,
    ReasonRequired,
    announce_end,
    announce_lifting,
    restrict,
    restrict_for_case,
)
from rights_requests.services.telling import ToldAlready, WhyUntold, settle_telling
from rights_requests.services.withdrawing import withdraw

__all__ = [
    "MOST_TOGETHER",
    "AllKept",
    "AskedAlready",
    "ClaimNeedsProof",
    "ClaimNotAPhone",
    "ClaimNotAnAddress",
    "CodeNotRight",
    "CodeNotValid",
    "CustomerUnknown",
    "DecidedAlready",
    "DutyOver",
    "EmptyMessage",
    "EnoughForToday",
    "EvidenceRequired",
    "ExceptionIncomplete",
    "GroundNotForThisRight",
    "GroundRequired",
    "Keeping",
    "LinkNotValid",
    "MandateDraft",
    "MandateEnded",
    "NoDownloadsLeft",
    "NoEvidenceAsked",
    "NoExceptionToErasure",
    "NoMandate",
    "NoSuchCase",
    "NobodyToTell",
    "NotByPost",
    "NotCorrectable",
    "NotOnFile",
    "NotShown",
    "NotStopped",
    "NothingOnTheList",
    "NothingRestricted",
    "NothingSaid",
    "NothingShown",
    "NothingToCorrect",
    "NothingToWithhold",
    "NothingUpheld",
    "NoticeSettled",
    "OneOfThem",
    "PackageGone",
    "PreviewChanged",
    "ProofRequired",
    "PurposeNotObjectable",
    "ReasonRequired",
    "SamePerson",
    "SameValue",
    "ShownTooLittle",
    "SortedAlready",
    "SourceUnknown",
    "TaskNotManual",
    "ToldAlready",
    "TooLateToExtend",
    "TooManyFiles",
    "Undecided",
    "ValueNotTaken",
    "WhyItGoesOn",
    "WhyUntold",
    "add_correction",
    "add_statement",
    "announce_end",
    "announce_lifting",
    "answer",
    "approve_erasure",
    "ask_code",
    "ask_for_more",
    "asks_identity",
    "assign",
    "cancel_by_link",
    "check_mandate",
    "collect_again",
    "confirm",
    "confirm_all",
    "confirm_here",
    "contest",
    "decide_categories",
    "decide_correction",
    "dismiss_mail",
    "end_pause",
    "extend",
    "file_mail",
    "file_message",
    "file_request",
    "forward",
    "is_address",
    "is_by_hand",
    "is_late",
    "is_stopped",
    "letters_of",
    "note_message",
    "objectable_purposes",
    "open_notices",
    "others",
    "propose_erasure",
    "put_with_case",
    "read_value",
    "redeem_code",
    "redeem_download",
    "refuse",
    "remove_correction",
    "restrict",
    "restrict_for_case",
    "send_back",
    "send_link_again",
    "settle_claim",
    "settle_manual_task",
    "settle_notice",
    "settle_stopped",
    "settle_telling",
    "show_identity",
    "standing_value",
    "together",
    "unwithhold",
    "uphold",
    "why_not",
    "withdraw",
    "withhold",
    "write_message",
]
