"""Claims of the documents: the comparison that decides each, and what our seeds say of it."""

from mnistreport.claims.judge import Finding, JudgedClaim, Part, Reach, judge_claims
from mnistreport.claims.loader import claims_path, load_claims
from mnistreport.claims.records import Claim, Gradients
from mnistreport.claims.wording import demand, effect, in_short

__all__ = [
    "Claim",
    "Finding",
    "Gradients",
    "JudgedClaim",
    "Part",
    "Reach",
    "claims_path",
    "demand",
    "effect",
    "in_short",
    "judge_claims",
    "load_claims",
]
