"""The bodies of many spans, as the API describes them. Rows are decoded one by one elsewhere (`ingest.intake`)."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType


class LogRow(msgspec.Struct):
    """One span among many. Its fields are those of `LogBody`; `http.kinds` writes its schema."""


class BulkBody(msgspec.Struct, kw_only=True):
    """At most 500 spans."""

    logs: Annotated[list[LogRow], Meta(min_length=1, max_length=500)]


class BatchBody(msgspec.Struct, kw_only=True):
    """At most 5,000 spans."""

    logs: Annotated[list[LogRow], Meta(min_length=1, max_length=5000)]


class TraceBody(msgspec.Struct, kw_only=True):
    """The spans of one or more traces, under either name."""

    data: list[LogRow] | UnsetType = UNSET
    logs: list[LogRow] | UnsetType = UNSET
