"""The answers that every operation shares: the refusals, all of one shape."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from midspan.http.operation import Answer, Operation

ERRORS = "With 422: field to sentences. Where many spans were refused: index and reason of each."


# `errors.Fault.body` writes it; here it is declared.
class ErrorBody(msgspec.Struct, kw_only=True):
    """The one body of every refusal."""

    detail: Annotated[str, Meta(description="One sentence that names the fault and the fix.")]
    error: Annotated[str, Meta(description="The same sentence, or the one that older clients know the fault by.")]
    code: Annotated[str, Meta(description="Stable: made for programs.")]
    errors: Annotated[dict[str, list[str]] | list[dict[str, Any]], Meta(description=ERRORS)] | UnsetType = UNSET
    retry_after: Annotated[int, Meta(ge=0, description="Seconds to wait; with 429 and 503.")] | UnsetType = UNSET


RETRY = ("Retry-After",)

REFUSALS: dict[int, Answer] = {
    400: Answer("The request cannot be read: not JSON, not an object, a bad encoding, a bad parameter.", ErrorBody),
    401: Answer(
        "No key, or none that opens anything: wrong, revoked or expired; or a session that has ended.",
        ErrorBody,
        ("WWW-Authenticate",),
    ),
    403: Answer(
        "A good key or a member without the right, or for another environment; or another site's page that writes.",
        ErrorBody,
    ),
    404: Answer("Not there, or not in one's own organization and environment: never told apart.", ErrorBody),
    409: Answer("The same `Idempotency-Key` is being answered right now.", ErrorBody, RETRY),
    413: Answer("Over a size limit, counted after decompression.", ErrorBody),
    415: Answer("The content type or the encoding is not known.", ErrorBody),
    422: Answer("Fields are invalid; every fault is named at once and nothing is stored.", ErrorBody),
    429: Answer("Over the rate of this key.", ErrorBody, RETRY),
    431: Answer("The head of the request is over 64 kB or 200 headers: send a long filter in a body.", ErrorBody),
    500: Answer("A fault of the server; the sentence holds a reference to its log.", ErrorBody),
    503: Answer("Cannot store, or cannot read the newest rows, right now. Try again.", ErrorBody, RETRY),
}

EXAMPLES: dict[int, dict[str, Any]] = {
    401: {"code": "unauthorized", "detail": "No API key. Send it as `Authorization: Bearer <key>`."},
    422: {"code": "invalid", "detail": "1 field is invalid: model.", "errors": {"model": ["This field is required."]}},
    429: {"code": "rate_limited", "detail": "Over the rate of this key.", "retry_after": 1},
}


def example(status: int) -> dict[str, Any] | None:
    """An error body as it is sent, or None where the shape says it all."""
    if (given := EXAMPLES.get(status)) is None:
        return None
    return {"detail": given["detail"], "error": given["detail"]} | given


def refusals(operation: Operation) -> dict[int, Answer]:
    """The refusals that an operation can give, from what it takes: a key, a path, a body."""
    statuses = {429, 500, 503}
    if operation.right:
        statuses |= {401, 403}
    if operation.parameters:
        statuses |= {400, 431}
    if "{" in operation.path:
        statuses |= {404}
    if operation.body is not None:
        statuses |= {400, 413, 415}
    if operation.right == "ingest":
        statuses |= {409, 422}
    return {status: REFUSALS[status] for status in sorted(statuses)}
