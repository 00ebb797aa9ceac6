"""The promises of the privacy policy, one file a section: what we promise in our own words, how it is kept, and what people must decide."""

from policy.promises import checks
from policy.promises.listed import Decision, Promise, Section, all_promises, promise_of, sections

__all__ = ["Decision", "Promise", "Section", "all_promises", "checks", "promise_of", "sections"]
