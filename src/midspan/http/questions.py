"""What the reading routes share: which environment, which window, which page, and JSON bodies."""

import time
from collections.abc import Container, Mapping
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

import msgspec
from starlette.datastructures import URL
from starlette.requests import Request

from midspan.domain.principal import ENVIRONMENTS, Principal
from midspan.domain.timestamps import read_timestamp
from midspan.errors import BadRequest, Forbidden
from midspan.http.bodies import Bodies
from midspan.search.quantities import read_relative

T = TypeVar("T", dict[str, Any], dict[str, msgspec.Raw])

PAGE_SIZE = 50
PAGE_SIZE_MAX = 1000
BODY_BYTES_MAX = 1 << 20
HOUR = 3600 * 1_000_000


class Window(NamedTuple):
    """Times from `start` to `end`, both inclusive, in microseconds since 1970; `end` None means no upper bound."""

    start: int
    end: int | None


class Part(NamedTuple):
    """Which part of a list is asked for: page `number`, from 1, of `size` rows."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size


async def read_object(bodies: Bodies, request: Request) -> dict[str, Any]:
    """The JSON object in the body of a question; an empty one for no body. Raises `BadRequest`."""
    return await _read(bodies, request, dict[str, Any], BODY_BYTES_MAX)


async def read_members(bodies: Bodies, request: Request, bytes_max: int = BODY_BYTES_MAX) -> dict[str, msgspec.Raw]:
    """The same, each member as its JSON text."""
    return await _read(bodies, request, dict[str, msgspec.Raw], bytes_max)


async def _read(bodies: Bodies, request: Request, kind: type[T], bytes_max: int) -> T:
    if request.method not in ("POST", "PATCH", "PUT"):
        return kind()
    async with bodies.read(request, bytes_max) as body:
        if not body.strip():
            return kind()
        try:
            given: T = msgspec.json.decode(body, type=kind)
        except msgspec.ValidationError:
            raise BadRequest("The body is not a JSON object.") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise BadRequest("The body is not JSON.") from None
    return given


def read_parameters(request: Request, body: Mapping[str, Any], names: Container[str]) -> dict[str, str]:
    """The parameters in the address, and beside them those of these names that a body holds. Raises `BadRequest`."""
    given = {}
    for name, value in body.items():
        if name not in names or value is None:
            continue
        if isinstance(value, bool):
            given[name] = "true" if value else "false"
        elif isinstance(value, str | int):
            given[name] = str(value)
        elif isinstance(value, list) and all(isinstance(each, str) for each in value):
            given[name] = ",".join(value)
        else:
            raise BadRequest(f"{name} in the body is a text or a whole number, as it would stand in the address.")
    return {**given, **request.query_params}


async def read_asked(
    bodies: Bodies, request: Request, principal: Principal, names: Container[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The body of a question and its parameters, of an environment that the key reads. As the parts of it raise."""
    body = await read_object(bodies, request)
    given = read_parameters(request, body, names)
    check_environment(given, principal)
    return body, given


def check_environment(parameters: Mapping[str, str], principal: Principal) -> None:
    """One environment is read, the key's or the one that a member chose; asking for another is refused, never ignored.
    `is_test` beats `all_envs`.
    """
    asked = {parameters.get("environment") or principal.environment}
    if (is_test := parameters.get("is_test", "").lower()) in ("true", "1"):
        asked.add("test")
    elif is_test:
        asked.add("prod")
    elif parameters.get("all_envs", "").lower() in ("true", "1"):
        asked |= set(ENVIRONMENTS)
    if asked != {principal.environment}:
        fix = (
            "This API key reads the environment {} only; what another one holds, a key of that one reads."
            if principal.key_id
            else "This request reads the environment {}; choose one with the header Midspan-Environment."
        )
        raise Forbidden(fix.format(repr(principal.environment)), code="environment_not_allowed")


def read_window(parameters: Mapping[str, str], now: int, default: int = HOUR) -> Window:
    """The window that `start_time` and `end_time` give; it begins `default` µs before its end, or before now."""
    start, end = read_bounds(parameters)
    return Window((now if end is None else end) - default if start is None else start, end)


def read_bounds(parameters: Mapping[str, str]) -> tuple[int | None, int | None]:
    """The times that `start_time` and `end_time` give, each None where it is not given: no bound."""
    start, end = read_time(parameters, "start_time"), read_time(parameters, "end_time")
    if start is not None and end is not None and end < start:
        raise BadRequest("end_time lies before start_time; swap them.")
    return start, end


def read_part(parameters: Mapping[str, str], size: int = PAGE_SIZE) -> Part:
    """The page that `page` and `page_size` ask for."""
    return Part(read_whole(parameters, "page", 1, 1 << 31), read_whole(parameters, "page_size", size, PAGE_SIZE_MAX))


def read_sort(parameters: Mapping[str, str], default: str, names: Any) -> str:
    """The name in `sort_by`, `-` before it for descending, checked against `names`."""
    sort = parameters.get("sort_by") or default
    if sort.removeprefix("-") not in names:
        raise BadRequest(f"sort_by is one of {', '.join(names)}, with - before it for descending; not {sort[:60]!r}.")
    return sort


def read_names(parameters: Mapping[str, str], name: str, known: frozenset[str], of: str = "") -> frozenset[str]:
    """The comma-separated names in a parameter. Raises `BadRequest` for one that is not `known`: these are the fields
    `of` something, or, where that is not said, few enough to be listed.
    """
    names = frozenset(each.strip() for each in parameters.get(name, "").split(",")) - {""}
    if unknown := names - known:
        wrong = repr(min(unknown)[:60])
        if of:
            raise BadRequest(f"{name} names {wrong}, which is no field of {of}.")
        raise BadRequest(f"{name} takes {', '.join(sorted(known))}; not {wrong}.")
    return names


def is_counted(parameters: Mapping[str, str]) -> bool:
    """Whether a list says how many rows match, as it does unless `count` is `false`. Raises `BadRequest`."""
    text = parameters.get("count", "").lower()
    if text not in ("", "true", "1", "false", "0"):
        raise BadRequest(f"count is true or false; not {text[:60]!r}.")
    return text not in ("false", "0")


def read_whole(parameters: Mapping[str, str], name: str, default: int, maximum: int) -> int:
    """A whole number from 1 to `maximum`."""
    text = parameters.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= maximum):
        raise BadRequest(f"{name} is a whole number from 1 to {maximum}, not {text[:60]!r}.")
    return int(text)


def read_time(parameters: Mapping[str, str], name: str) -> int | None:
    """A time in microseconds since 1970, in any form that writing takes, or relative to now: `-7d`."""
    text = parameters.get(name, "")
    if not text:
        return None
    if (when := read_relative(text, time.time_ns() // 1000)) is not None:
        return when
    try:
        # A plus sign that was not escaped arrives as a space.
        return read_timestamp(text.replace(" ", "+") if text[-6:-5] == " " and text[-3:-2] == ":" else text)
    except ValueError as error:
        raise BadRequest(f"{name} {error}, or a time before now such as -7d; not {text[:60]!r}.") from None


def path_id(request: Request, name: str = "id") -> str:
    """The id in the path; `_` takes it from the query string, for ids that hold a slash or are a reserved word."""
    given: str = request.path_params[name]
    return request.query_params.get(name, "") if given == "_" else given


def check_part(part: Part, count: int) -> None:
    """Refuse a page far beyond the end. The one right after the last is empty but no fault: clients that page on
    without looking at `next` stop there.
    """
    last = max(1, -(-count // part.size))
    if part.number > last + 1:
        raise BadRequest(f"page {part.number} is beyond the end; the last one is {last}.", code="page_beyond_end")


class Links(NamedTuple):
    """Absolute addresses of the pages beside this one."""

    next: str | None
    previous: str | None


def links(request: Request, part: Part, count: int) -> Links:
    """Where the pages before and after this one are."""
    last = max(1, -(-count // part.size))
    return Links(
        page_url(request, page=part.number + 1) if part.number < last else None,
        page_url(request, page=min(part.number - 1, last)) if part.number > 1 else None,
    )


def page_url(request: Request, **changed: object) -> str:
    """This request's absolute address with other parameters; below a proxy's path where it came by `public_url`."""
    parameters = {**request.query_params, **changed}
    base = request.scope.get("public_url")
    url = URL(f"{base}{request.url.path}") if base else request.url
    return str(url.replace(query=urlencode(parameters)))
