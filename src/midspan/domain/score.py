"""The score: what an evaluator or a person says of one span.

A `Score` is the row: its fields are the columns of the table `scores` (store/schema), by name and in order, and a test
holds the two against each other. The same id sent again changes the score.
"""

from decimal import Decimal

import msgspec

SCORE_TYPES = ("numerical", "boolean", "categorical", "text", "json")


class Score(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One score. Times are microseconds since 1970 in UTC; `cost` is USD, what it cost to make the score."""

    organization_id: str
    environment: str
    log_id: str
    """The span's id."""
    id: str
    evaluator_id: str = ""
    evaluator_slug: str = ""
    type: str = ""
    """One of `SCORE_TYPES`: which of the values below it has."""
    numerical_value: float | None = None
    boolean_value: bool | None = None
    string_value: str = ""
    categorical_value: str = ""
    """JSON: a list of texts."""
    json_value: str = ""
    """JSON."""
    is_passed: bool | None = None
    cost: Decimal | None = None
    dataset_id: str = ""
    created_at: int = 0
    key_time: int = 0
    """The span's."""
    is_deleted: int = 0
