"""A span as OpenTelemetry exports it → the fields of a body, by the table of `ingest/otel/conventions/`.

Nothing is lost. What the table has no field for, what did not fit its field and what lost against another attribute is
kept in `properties` under its own name, with its type, so that `properties.http.route` filters on it; so are the words
for a span's kind and the names of tools and agents. What is no attribute stands beside it: `otel.resource.*`,
`otel.scope.*`, `otel.events`, `otel.links`, `otel.kind`, `otel.name` (where `span_name` is another), `otel.status`,
`otel.status_message`, `otel.trace_state`, `otel.flags`, `otel.dropped`.

Pure, and linear in what was sent.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any, Final

from midspan.domain.timestamps import read_timestamp
from midspan.ingest.body import FIELDS
from midspan.ingest.otel.attributes import PARAMETERS
from midspan.ingest.otel.conventions import DETAIL_EVENTS, FIRST_TOKEN_EVENTS, IDENTIFIERS, SEVERITY
from midspan.ingest.otel.exported import Event, Exported, Link
from midspan.ingest.otel.found import Found
from midspan.ingest.otel.payload import EVENTS_RANK, has_messages, take_payload
from midspan.ingest.otel.readers import count, name
from midspan.ingest.otel.tallies import take_tallies

Values = dict[str, Any]

_KINDS: Final = ("", "internal", "server", "client", "producer", "consumer")
_STATUSES: Final = ("", "ok", "error")
_OK: Final = 1
_ERROR: Final = 2
_WARNING_FROM: Final = 13
_ERROR_FROM: Final = 17
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FURTHER: Final = ("response_model", "log_method", "session")
"""Fields that a body has no member for."""
_IDENTIFYING: Final = {key: (place, field) for field, keys in IDENTIFIERS.items() for place, key in enumerate(keys)}
_LOOKED_INTO: Final = frozenset((float, list, dict))
DEPTH_MAX: Final = 32
"""Deeper values are kept as they are, unlooked at."""
_ANSWERING: Final = ("llm.model_name", "embedding.model_name")
_NAMING: Final = ("ai.telemetry.functionId", "gen_ai.workflow.name")
"""What names a workflow is the name of its own span, too."""
_HANDOFF: Final = ("gen_ai.handoff.to_agent", "gen_ai.handoff.from_agent")


def members(exported: Exported) -> Values:
    """The fields that a span means, as Python values. `log_method` and `response_model` are among them where sent."""
    try:
        return _members(exported)
    except RecursionError:
        # Values nested beyond what can be compared: nothing is read of the attributes, and all are kept.
        found = Found({})
        found.rest.update(exported.attributes)
        return _members(exported, found)


def _members(exported: Exported, found: Found | None = None) -> Values:
    found = found or Found(exported.attributes)
    events = _take_details(found, exported.events) if exported.events else exported.events
    values: Values = {}
    log_type = _log_type(found, events)
    values["log_type"] = log_type
    _set_ids_and_times(values, exported, found, events)
    _set_names(values, exported, found, log_type)
    _set_status(values, exported, found)
    take_tallies(found, exported, log_type, values)
    events = take_payload(found, events, log_type, values)
    _set_parameters(values, found)
    metadata = _set_fields(values, found)
    _set_identifiers(values, metadata)
    if metadata:
        values["metadata"] = metadata
    if "model" not in values and "response_model" in values:
        values["model"] = values["response_model"]
    values["properties"] = _properties(exported, found, events, values)
    return values


def _take_details(found: Found, events: list[Event]) -> list[Event]:
    """Attributes of such events are read like the span's own, below them. The event stays, without them."""
    kept = []
    for event in events:
        if event.name in DETAIL_EVENTS:
            found.take(event.attributes, EVENTS_RANK)
            event = Event(event.name, event.time)  # noqa: PLW2901
        kept.append(event)
    return kept


def _log_type(found: Found, events: list[Event]) -> str:
    """What the sender said it is; else what it carries."""
    held = found.held
    kind, said = held.get("kind"), found.pop("log_type")
    found.give_back("kind")  # a log type says less: a retriever is a task, and stays a retriever
    if said is not None or kind is not None:
        return str(said or (kind and kind.value))
    is_call = "model" in held or "response_model" in held or "usage:prompt" in held or has_messages(found, events)
    signs = (
        ("tool", "name:tool" in held),
        ("handoff", any(sign in found.rest for sign in _HANDOFF)),
        ("embedding", "embedding" in held or any(slot == "embedding" for _, slot in found.parts)),
        ("agent", "name:agent" in held and "model" not in held),
        ("chat", is_call),
    )
    return next((kind for kind, is_so in signs if is_so), "span")


def _set_ids_and_times(values: Values, exported: Exported, found: Found, events: list[Event]) -> None:
    """Ids and times. A span without an end is still open; 0 is a time that was not sent."""
    values["trace_unique_id"] = exported.trace_id
    values["span_unique_id"] = exported.span_id
    if exported.parent_span_id:
        values["span_parent_id"] = exported.parent_span_id
    if exported.start:
        values["start_time"] = _moment(exported.start)
    if exported.end:
        values["timestamp"] = _moment(exported.end)
    _set_first_token(values, exported.start, found, events)


def _moment(nanoseconds: int) -> datetime | str:
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return str(nanoseconds)


def _set_first_token(values: Values, start: int, found: Found, events: list[Event]) -> None:
    """Seconds until the first token: as sent, from the moment that was sent, or from the first event that is one."""
    if "time_to_first_token" in found.held:
        found.give_back("ttft:moment")
        return
    if (sent := found.held.get("ttft:moment")) is not None:
        try:
            seconds = (read_timestamp(sent.value) - start // 1000) / 1_000_000
        except ValueError:
            seconds = -1.0
        if start and seconds >= 0:
            found.pop("ttft:moment")
            values["time_to_first_token"] = seconds
        else:
            found.give_back("ttft:moment")
    elif start and events:
        times = [event.time for event in events if event.name in FIRST_TOKEN_EVENTS and event.time >= start]
        if times:
            values["time_to_first_token"] = (min(times) - start) / 1e9


def _set_names(values: Values, exported: Exported, found: Found, log_type: str) -> None:
    """The name that the user gave, the tool's or agent's, or the span's. Names of tools and agents are kept, too."""
    name = found.pop("name:user")
    for kind in ("tool", "agent"):
        if (held := found.held.pop(f"name:{kind}", None)) is not None:
            found.rest[held.name] = held.sent
            if name is None and log_type == kind:
                name = held.value
    workflow = found.held.get("span_workflow_name")
    if name is None and log_type == "workflow" and workflow is not None and workflow.name in _NAMING:
        name = workflow.value
    if name or exported.name:
        values["span_name"] = name or exported.name


def _set_status(values: Values, exported: Exported, found: Found) -> None:
    """How it ended, and what went wrong where it failed."""
    held = found.held
    level = held.get("status:level")
    severity = count(found.rest.get(SEVERITY[0])) or 0
    is_error = (level is not None and level.value == "error") or severity >= _ERROR_FROM
    raised = [event for event in exported.events if event.name == "exception"]
    failed = exported.status == _ERROR or is_error
    if not failed and exported.status != _OK:
        escaped = any(event.attributes.get("exception.escaped") in (True, "true", "True") for event in raised)
        failed = escaped or "error_code" in held or "error_message" in held
    if failed:
        values["status"] = "failed"
        exception = raised[-1].attributes if raised else {}
        for source, field in (("error:message", "error_message"), ("error_message", "error_message")):
            if source in held and field not in values:
                values[field] = found.pop(source)
        _set_text(values, "error_message", exception.get("exception.message"), exported.status_message,
                  exception.get("exception.type"), found.rest.get(SEVERITY[1]))  # fmt: skip
        _set_text(values, "error_code", found.pop("error_code"), exception.get("exception.type"))
        if "status_code" not in held:
            values["status_code"] = 500
    elif not exported.end:
        values["status"] = "running"
    elif (level is not None and level.value == "warning") or severity >= _WARNING_FROM:
        values["status"] = "warning"
    for slot in ("error:message", "error_message", "error_code"):
        found.give_back(slot)
    if is_error or values.get("status") == "warning":
        found.pop("status:level")
    else:
        found.give_back("status:level")


def _set_text(values: Values, field: str, *candidates: Any) -> None:
    """The first of the candidates that says anything, where the field is not set."""
    for text in candidates:
        if field not in values and isinstance(text, str) and text:
            values[field] = text


def _set_parameters(values: Values, found: Found) -> None:
    """Parameters that came as one object. It is kept whole where one of them has no field, or another value there."""
    if (held := found.held.pop("parameters:all", None)) is None:
        return
    is_told = True
    _set_model_asked(values, found, held.value)
    for parameter, value in held.value.items():
        field, fit = PARAMETERS.get(parameter, ("", None))
        read = fit(value) if fit else None
        if read is None:
            is_told = False
        elif field in found.held:
            is_told = is_told and found.held[field].value == read
        elif values.setdefault(field, read) != read:
            is_told = False
    if not is_told:
        found.rest[held.name] = held.sent


def _set_model_asked(values: Values, found: Found, parameters: Values) -> None:
    """OpenInference names the model that answered, once it is known; the one asked for is among the parameters."""
    _, fit = PARAMETERS["model"]
    model, asked = found.held.get("model"), fit(parameters.get("model"))
    if model is not None and model.name in _ANSWERING and asked is not None and asked != model.value:
        found.pop("model")
        values["model"] = asked
        if "response_model" not in found.held:
            values["response_model"] = model.value


def _set_fields(values: Values, found: Found) -> Values:
    """Every other field that an attribute holds. Answers the metadata."""
    metadata: Values = {}
    bags = []
    for slot, held in found.held.items():
        if slot in FIELDS or slot in _FURTHER:
            if values.setdefault(slot, held.value) != held.value or (slot == "provider_id" and held.value != held.sent):
                found.rest[held.name] = held.sent
        elif ":all " in slot:
            bags.append(held)
        else:
            family, _, key = slot.partition(".")
            (metadata if family == "metadata" else values.setdefault(family, {}))[key] = held.value
    for held in sorted(bags, key=lambda held: held.rank):
        # A member that stands lower than another value under its key goes by the attribute's name and its own.
        home = values.setdefault("properties", {}) if held.name.endswith("properties") else metadata
        for key, value in held.value.items():
            if home.setdefault(key, value) != value:
                found.rest[f"{held.name}.{key}"] = value
    return metadata


def _set_identifiers(values: Values, metadata: Values) -> None:
    """Customer, thread and the like, by keys of the metadata where no attribute says them."""
    named: dict[str, tuple[int, str]] = {}
    for key in _IDENTIFYING.keys() & metadata.keys():
        place, field = _IDENTIFYING[key]
        said = name(metadata[key])
        if said is not None and (field not in named or place < named[field][0]):
            named[field] = (place, said)
    for field, (_, said) in named.items():
        values.setdefault(field, said)
    session = values.pop("session", None) or values.get("session_identifier")
    if session is not None:
        values.setdefault("session_identifier", session)
        values.setdefault("thread_identifier", session)


def _properties(exported: Exported, found: Found, events: list[Event], values: Values) -> Values:
    """What no field is for, the user's own properties first."""
    kept: Values = values.pop("properties", {})
    for key, value in found.rest.items():
        if type(value) in _LOOKED_INTO or key in kept:
            _keep(kept, key, value)
        else:
            kept[key] = value
    for key, value in exported.resource.items():
        _keep(kept, f"otel.resource.{key}", value)
    for key, value in exported.scope.items():
        _keep(kept, f"otel.scope.{key}", value)
    for key, field, write in _ASIDE:
        if value := getattr(exported, field):
            _keep(kept, key, write(value) if write else value)
    if exported.name and exported.name != values["span_name"]:
        _keep(kept, "otel.name", exported.name)
    if exported.status_message and exported.status_message != values.get("error_message"):
        _keep(kept, "otel.status_message", exported.status_message)
    if events:
        _keep(kept, "otel.events", [_event(event) for event in events])
    return kept


def _keep(kept: Values, name_: str, value: Any) -> None:
    """Under its name, or where that is taken under the name with a stroke behind it."""
    if type(value) in _LOOKED_INTO:
        value = finite(value)
    while name_ in kept:
        if kept[name_] == value:
            return
        name_ += "_"
    kept[name_] = value


def finite(value: Any, depth: int = DEPTH_MAX) -> Any:
    """The value, with texts for the numbers that JSON has no form for."""
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if depth and isinstance(value, list):
        return [finite(one, depth - 1) for one in value] if _has_parts(value) else value
    if depth and isinstance(value, dict):
        return {key: finite(one, depth - 1) for key, one in value.items()}
    return value


def _has_parts(values: list[Any]) -> bool:
    return any(isinstance(one, float | list | dict) for one in values)


def _word(words: tuple[str, ...], number: int) -> str | int:
    """The word of an enumeration; the number itself where it has none."""
    return words[number] if 0 <= number < len(words) else number


def _event(event: Event) -> Values:
    kept: Values = {"name": event.name, "time": _written(event.time)}
    if event.attributes:
        kept["attributes"] = finite(event.attributes)
    return kept


def _link(link: Link) -> Values:
    kept: Values = {"trace_id": link.trace_id, "span_id": link.span_id}
    if link.trace_state:
        kept["trace_state"] = link.trace_state
    if link.attributes:
        kept["attributes"] = finite(link.attributes)
    return kept


def _written(nanoseconds: int) -> str:
    """A moment with all its digits."""
    moment = _moment(nanoseconds // 1_000_000_000 * 1_000_000_000)
    if isinstance(moment, str):
        return str(nanoseconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanoseconds % 1_000_000_000:09d}Z"


_ASIDE: Final[tuple[tuple[str, str, Callable[[Any], Any] | None], ...]] = (
    ("otel.scope.name", "scope_name", None),
    ("otel.scope.version", "scope_version", None),
    ("otel.kind", "kind", lambda number: _word(_KINDS, number)),
    ("otel.status", "status", lambda number: _word(_STATUSES, number)),
    ("otel.trace_state", "trace_state", None),
    ("otel.flags", "flags", None),
    ("otel.dropped", "dropped", None),
    ("otel.links", "links", lambda links: [_link(link) for link in links]),
)
"""(property, what of the span it is, how it is written)."""
