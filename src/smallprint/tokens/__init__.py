"""Text and page sizes become tokens, dollars and a decision; knows no pixels and calls no model.

families     the table of model families  vision     the one interpreter of its rules
text         text-token counts            pieces     where a text may be cut
vocab        the carried vocabulary       local      tokenizers on this disk
table        the table of tokenizers      estimator  counts without a vocabulary
prices       dollars                      limits     pages into images of one request
gate         text or pages                plan       a document as parts
encoded      bytes of pages' PNG files, from a sample
estimate     every family at once
"""

from smallprint.tokens.estimate import Estimate, FamilyEstimate, estimate
from smallprint.tokens.families import Family, families, family, family_of
from smallprint.tokens.limits import Group, Grouping, fit_images
from smallprint.tokens.plan import Part, Plan, Saving, make_plan
from smallprint.tokens.prices import Price, cost, price
from smallprint.tokens.text import TextTokens, count
from smallprint.tokens.vision import resized, shrink, vision_tokens

__all__ = [
    "Estimate",
    "Family",
    "FamilyEstimate",
    "Group",
    "Grouping",
    "Part",
    "Plan",
    "Price",
    "Saving",
    "TextTokens",
    "cost",
    "count",
    "estimate",
    "families",
    "family",
    "family_of",
    "fit_images",
    "make_plan",
    "price",
    "resized",
    "shrink",
    "vision_tokens",
]
