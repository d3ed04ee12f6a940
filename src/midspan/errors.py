"""Every fault that Midspan reports, and the one shape in which a client sees it.

Fault                     anything that has an answer: status, code, sentence
├── BadRequest            400  the request cannot be read
│   └── BadFilter         400  a filter cannot be read; says where
├── Unauthorized          401  no key, or none that opens anything
├── Forbidden             403  a good key without that right
├── NotFound              404  not there, or somebody else's: never told apart
├── MethodNotAllowed      405  the route answers other methods
├── InFlight              409  the same Idempotency-Key is being answered
├── Conflict              409  there is one already
├── TooLarge              413  over a size limit
├── UnsupportedMedia      415  content type or encoding not known
├── UnmetExpectation      417  `Expect` asks for what is not done here
├── Invalid               422  fields that break the schema, all named at once
├── TooMany               429  over this key's rate
├── HeadTooLarge          431  the head of the request is over its limits
└── Unavailable           503  cannot store or cannot read now; try again
Misconfigured             not an answer: the command ends with code 2 and this sentence
"""

from collections.abc import Mapping, Sequence

import msgspec


class Fault(Exception):
    """A fault with its HTTP answer.

    `detail` is one sentence that names the fault and the fix. `retry_after` is in whole seconds.
    """

    status = 500
    code = "internal_error"
    error: str | None = None
    """What older clients know the fault by, where that is not `detail` itself."""

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        errors: Mapping[str, Sequence[str]] | None = None,
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.errors = errors
        self.retry_after = retry_after
        self.headers = dict(headers or {})
        self.more: dict[str, object] = {}
        """Further keys of the body, for programs; the sentence says it all too."""
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)

    def body(self) -> bytes:
        """The one JSON body of every refusal (the contract's section on errors)."""
        body: dict[str, object] = {"detail": self.detail, "error": self.error or self.detail, "code": self.code}
        if self.errors is not None:
            body["errors"] = self.errors
        if self.retry_after is not None:
            body["retry_after"] = self.retry_after
        body |= self.more
        return msgspec.json.encode(body)


class BadRequest(Fault):
    status = 400
    code = "bad_request"


class BadFilter(BadRequest):
    """A filter that cannot be read.

    `position` is the character of a text, from 1; `path` leads to the place in JSON, as `filters.cost.operator`.
    `expected` says what could stand there, `suggestion` is what was probably meant.
    """

    code = "bad_filter"

    def __init__(
        self,
        detail: str,
        *,
        position: int | None = None,
        path: str | None = None,
        expected: str | None = None,
        suggestion: object = None,
    ) -> None:
        given = {"position": position, "path": path, "expected": expected, "suggestion": suggestion}
        super().__init__(detail)
        self.more |= {name: value for name, value in given.items() if value is not None}


class Immutable(BadRequest):
    """A field that nobody may change; in the very words of the contract's section on PATCH."""

    code = "immutable_field"
    error = "Cannot update immutable field"

    def __init__(self, field: str) -> None:
        super().__init__(f"The field '{field}' cannot be modified")


class Unauthorized(Fault):
    status = 401
    code = "unauthorized"

    def __init__(self, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail, code=code, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Fault):
    status = 403
    code = "forbidden"


class NotFound(Fault):
    status = 404
    code = "not_found"


class MethodNotAllowed(Fault):
    status = 405
    code = "method_not_allowed"


class InFlight(Fault):
    status = 409
    code = "idempotency_key_in_flight"


class Conflict(Fault):
    status = 409
    code = "conflict"


class TooLarge(Fault):
    status = 413
    code = "too_large"


class UnsupportedMedia(Fault):
    status = 415
    code = "unsupported_media_type"


class UnmetExpectation(Fault):
    status = 417
    code = "unmet_expectation"


class Invalid(Fault):
    """Fields that break the schema. `errors` maps a field's name to its sentences."""

    status = 422
    code = "invalid"


class TooMany(Fault):
    status = 429
    code = "rate_limited"


class HeadTooLarge(Fault):
    status = 431
    code = "head_too_large"


class Unavailable(Fault):
    status = 503
    code = "unavailable"


class Misconfigured(Exception):
    """A setting, a directory or a port that the administrator has to mend. Printed alone; exit code 2."""
