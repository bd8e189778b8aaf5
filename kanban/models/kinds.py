"""What kinds of items there are: by the work, by how they are to be treated, and by how they came to be."""

from enum import StrEnum


class ItemType(StrEnum):
    """What kind of work an item is."""

    FEATURE = "feature"
    BUG = "bug"
    CHORE = "chore"
    SPIKE = "spike"


class ClassOfService(StrEnum):
    """How an item is to be treated by those who pull."""

    STANDARD = "standard"
    EXPEDITE = "expedite"
    FIXED_DATE = "fixed_date"
    INTANGIBLE = "intangible"


class Origin(StrEnum):
    """How an item came to be."""

    PLANNED = "planned"
    SPLIT = "split"
    DISCOVERED = "discovered"
    NEW = "new"
