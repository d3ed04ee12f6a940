"""JSON that is odd, broken or none at all, on the writing routes; times of every kind; texts that break software."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.hostile.corpus import INVALID, KEYS, NAUGHTY, NOT_UTF8, SURROGATES, TIMES, VALID
from tests.server import Server
from tests.speaking import CREATE, LIST, create, held, refused, retrieve, tenant

BULK, BATCH, INGEST = "/api/request-logs/bulk/", "/api/request-logs/batch/create/", "/api/v1/traces/ingest"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
IDS = ("trace_unique_id", "span_unique_id", "span_parent_id")
TEXTS = """
model span_name span_workflow_name span_path trace_name provider_id
error_message error_code warnings input output finish_reason customer_name customer_email thread_identifier
session_identifier trace_group_identifier group_identifier custom_identifier evaluation_identifier prompt_id
prompt_name note
""".split()  # noqa: SIM905 - it reads better than a list


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    return tenant(server)


def send(client: httpx.Client, content: bytes, path: str = CREATE) -> httpx.Response:
    answer = client.post(path, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code < 500, answer.text
    return answer


def stored(client: httpx.Client, ids: list[str], include: str = "input,output") -> list[dict[str, Any]]:
    """The spans of these ids, the newest there are, by one list: a test of many values reads once."""
    wanted = set(ids)
    newest: dict[str, Any] = {"page_size": 1000, "include_fields": include, "sort_by": "-id"}
    rows = client.get(LIST, params=newest).json()["results"]
    found = {row["id"]: row for row in rows if row["id"] in wanted}
    assert set(found) == wanted
    return [found[id_] for id_ in ids]


def bulk(client: httpx.Client, rows: list[bytes]) -> list[str]:
    """The ids of rows that are all stored."""
    body = send(client, b'{"logs":[' + b",".join(rows) + b"]}", BULK).json()
    assert body["success_count"] == len(rows), body["errors"]
    ids: list[str] = body["ids"]
    return ids


def stored_text(value: bytes) -> str:
    """How a value reads back: a text as itself, anything else as the JSON text that came."""
    return str(json.loads(value)) if value.startswith(b'"') else value.decode()


def test_valid_json_comes_back_as_it_was(client: httpx.Client) -> None:
    """Every valid value is taken by create and by bulk, and reads back byte for byte."""
    rows = [b'{"model":"m","log_type":"tool","input":%s}' % value for value in VALID]
    created = [send(client, row) for row in rows]
    for answer in created:
        assert answer.status_code == 201, answer.text
    many = stored(client, bulk(client, rows))
    alone = stored(client, [answer.json()["id"] for answer in created])
    for value, answer, *spans in zip(VALID, created, many, alone, strict=True):
        for span in (answer.json(), *spans):
            assert span["input"] == (stored_text(value) or None), value[:50]
            assert span["warnings"] is None


@pytest.mark.parametrize("value", INVALID, ids=range(len(INVALID)))
def test_invalid_json_is_refused(client: httpx.Client, value: bytes) -> None:
    """No broken value is taken by create, neither as the body nor as a member; and nothing else breaks."""
    refused(send(client, b'{"model":"m","input":' + value + b"}"), 400)
    if value not in (b"", b" "):
        refused(send(client, value), 400)
    if not value.strip(b' \x0c\x0b\xa0"1\n').startswith(b"{"):
        for path in (BULK, BATCH, INGEST):
            assert send(client, value, path).status_code == 400


def test_a_broken_row_costs_no_other(client: httpx.Client) -> None:
    """A good row before one that is broken is stored whole, whatever the broken one is."""
    firsts = []
    for value in INVALID:
        good, bad = b'{"log_type":"tool","input":"good"}', b'{"log_type":"tool","input":' + value + b"}"
        answer = send(client, b'{"logs":[' + b",".join((good, bad, good)) + b"]}", BULK)
        assert answer.status_code == 201, (value, answer.text)
        body = answer.json()
        assert body["success_count"] == len(body["ids"])
        firsts.append(body["ids"][0])
    assert {span["input"] for span in stored(client, firsts)} == {"good"}


@pytest.mark.parametrize("fault", NOT_UTF8)
def test_what_is_not_utf8(client: httpx.Client, fault: bytes) -> None:
    """Create refuses it; elsewhere it becomes U+FFFD with a warning, and the rest of the text stays."""
    row = b'{"model":"m","log_type":"tool","input":"<' + fault + b'>"}'
    refused(send(client, row), 400)
    refused(send(client, b'{"model":"m","' + fault + b'":1}'), 400)
    (id_,) = send(client, b'{"logs":[' + row + b"]}", BULK).json()["ids"]
    span = retrieve(client, id_)
    assert span["input"].startswith("<")
    assert span["input"].endswith(">")
    assert "\ufffd" in span["input"]
    assert span["warnings"]


@pytest.mark.parametrize("fault", SURROGATES)
def test_halves_of_surrogate_pairs(client: httpx.Client, fault: bytes) -> None:
    """Create refuses them; elsewhere they become U+FFFD with a warning."""
    row = b'{"model":"m","log_type":"tool","input":"<' + fault + b'>"}'
    refused(send(client, row), 400)
    (id_,) = send(client, b"[" + row + b"]", INGEST).json()["trace_ids"]
    span = retrieve(client, id_)
    assert "\ufffd" in span["input"]
    assert span["warnings"]


def test_other_unicode_encodings_are_refused(client: httpx.Client) -> None:
    """UTF-16, UTF-32 and a byte order mark are no UTF-8 JSON."""
    body = '{"model":"m","input":"é"}'
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "latin-1", "utf-7"):
        if encoding != "utf-7":
            refused(send(client, body.encode(encoding)), 400)
        for path in (BULK, INGEST):
            assert send(client, f'{{"logs":[{body}]}}'.encode(encoding), path).status_code in (200, 201, 400)


@pytest.mark.parametrize("whole", [True, False], ids=["closed", "open"])
@pytest.mark.parametrize(("opened", "closed"), [(b"[", b"]"), (b'{"a":', b"}")], ids=["lists", "objects"])
@pytest.mark.parametrize("depth", [500, 1500, 100_000])
def test_nesting(client: httpx.Client, depth: int, opened: bytes, closed: bytes, whole: bool) -> None:
    """Too deep is refused with a sentence, or stored as it came; the server stands, whatever the field."""
    deep = opened * depth + b"1" + (closed * depth if whole else b"")
    assert send(client, deep).status_code in (400, 422)
    ids = []
    for field in (b"input", b"metadata", b"full_request", b"respan_params", b"unknown", b"log_type"):
        row = b'{"model":"m","log_type":"tool",' + (b'"%s":%s}' % (field, deep))
        answer = send(client, row)
        assert answer.status_code in ((201, 400, 422) if whole else (400,)), answer.text
        if answer.status_code == 201:
            ids.append(answer.json()["id"])
        assert send(client, b'{"logs":[' + row + b"]}", BULK).status_code in (201, 400)
    stored(client, ids)
    send(client, b'{"filters":' + deep + b"}", LIST)


def test_a_number_that_nothing_holds_spoils_no_answer(client: httpx.Client) -> None:
    """Beside what is read for an answer: it is read all the same, by every route that reads the span."""
    number = b"1e400"
    customer = uuid.uuid4().hex
    said = b'[{"type":"message","content":[{"text":"Hello","at":%s},%s]},%s]' % (number, number, number)
    whose = b'{"name":"Ada","total_budget":%s}' % number
    sent = b'{"model":"m","customer_identifier":"%s","customer_params":%s,"output":%s,"properties":{"a":%s},"odd":%s}'
    answer = send(client, sent % (customer.encode(), whose, said, number, number))
    assert answer.status_code == 201, answer.text
    span = retrieve(client, answer.json()["id"])
    (row,) = stored(client, [span["id"]], "completion_message")
    for read in (answer.json(), span, row):
        assert read["completion_message"] == {"role": "assistant", "content": "Hello"}
    assert client.get(f"/api/users/{customer}/").json()["name"] == "Ada"
    for path in ("/api/users/list/", "/api/request-logs/groups/?group_by=properties.a", "/api/request-logs/export/"):
        assert client.get(path).status_code == 200, path
    assert client.get(f"/api/traces/{span['trace_unique_id']}/").status_code == 200


def test_nesting_that_is_stored_reads_back(server: Server) -> None:
    """At every depth around the deepest that is taken: refused, or stored and readable."""
    client = tenant(server)
    rows = [b'{"model":"m","prompt":%s}' % (b"[" * depth + b"]" * depth) for depth in range(900, 1000)]
    answer = send(client, b'{"logs":[' + b",".join(rows) + b"]}", BULK).json()
    ids: list[str] = answer["ids"]
    assert 0 < len(ids) < len(rows)
    assert {error["error"] for error in answer["errors"]} == {"The row is nested too deeply."}
    # The test's own parser does not read what is nested so deeply.
    assert client.get(LIST, params={"page_size": 100}).content.startswith(b'{"count":%d,' % len(ids))
    assert {client.get(f"{CREATE}{id_}/").status_code for id_ in ids[-12:]} == {200}
    taken = [send(client, row).status_code for row in rows[len(ids) - 24 : len(ids) + 12]]
    assert set(taken) == {201, 400}


def test_the_last_of_equal_keys_wins(client: httpx.Client) -> None:
    """A name that comes twice counts as it came last, in every place."""
    span = send(client, b'{"model":"a","model":"m","log_type":"tool","input":1,"metadata":{"k":"1","k":"2"},"input":2}')
    assert (span.json()["model"], span.json()["input"], span.json()["metadata"]) == ("m", "2", {"k": "2"})


@pytest.mark.parametrize("field", ["prompt_tokens", "max_tokens", "latency", "cost", "status_code", "temperature"])
def test_numbers_beyond_every_column(client: httpx.Client, field: str) -> None:
    """A number that no column holds is refused by create and kept in metadata elsewhere; none wraps or rounds away."""
    values = (
        "9" * 30, "1" + "0" * 4999, "-" + "9" * 30, "1e400", "1e-400", "-1e400", "0." + "3" * 4000,
        "9223372036854775808", "1e99999",
    )  # fmt: skip
    rows = [f'{{"model":"m","{field}":{value}}}'.encode() for value in values]
    answers = [send(client, row) for row in rows]
    for value, answer, span in zip(values, answers, stored(client, bulk(client, rows)), strict=True):
        if answer.status_code == 201:
            assert answer.json()[field] == span[field]
            assert abs(float(span[field]) - float(value)) <= max(1e-12, abs(float(value)) * 1e-9)
        else:
            assert set(refused(answer, 422)["errors"]) == {field}
            assert span["metadata"][field] == value
            assert span["warnings"]


def test_times_that_are_stored(client: httpx.Client) -> None:
    """Each form of time is stored to the microsecond, by create and by bulk."""
    good = [(text, expected) for text, expected in TIMES if expected is not None]
    for field in ("timestamp", "start_time"):
        rows = [f'{{"model":"m","{field}":{text}}}'.encode() for text, _ in good]
        ids = bulk(client, rows)
        for (text, expected), row in zip(good, rows, strict=True):
            answer = send(client, row)
            assert answer.status_code == 201, (text, answer.text)
            moment = (EPOCH + timedelta(microseconds=expected)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            assert answer.json()[field] == moment, text
        if field == "start_time":
            read = [span["start_time"] for span in stored(client, ids)]
        else:
            read = [retrieve(client, id_)["timestamp"] for id_ in ids]
        assert read == [
            (EPOCH + timedelta(microseconds=expected)).strftime("%Y-%m-%dT%H:%M:%S.%fZ") for _, expected in good
        ]


def test_times_that_are_refused(client: httpx.Client) -> None:
    """What is no time, or beyond every column, is 422 on create; elsewhere server time, the original in metadata."""
    bad = [text for text, expected in TIMES if expected is None]
    rows = [f'{{"model":"m","timestamp":{text}}}'.encode() for text in bad]
    for row in rows:
        assert set(refused(send(client, row), 422, "invalid")["errors"]) == {"timestamp"}
        assert "start_time" in refused(send(client, row.replace(b"timestamp", b"start_time")), 422)["errors"]
    for text, span in zip(bad, stored(client, bulk(client, rows)), strict=True):
        assert span["timestamp"] == span["received_at"]
        assert span["metadata"]["timestamp"] == (json.loads(text) if text.startswith('"') else text)
        assert span["latency"] is None
        assert span["warnings"]


def test_a_start_after_the_end(client: httpx.Client) -> None:
    """Both times are kept, latency is null, and a warning says why."""
    span = create(client, start_time="2026-01-31T12:00:01Z", timestamp="2026-01-31T12:00:00Z")
    assert (span["latency"], bool(span["warnings"])) == (None, True)
    assert (span["start_time"], span["timestamp"]) == ("2026-01-31T12:00:01.000000Z", "2026-01-31T12:00:00.000000Z")


@pytest.mark.parametrize("fields", [TEXTS, *([name] for name in IDS)], ids=["texts", *IDS])
def test_naughty_texts_in_every_field(client: httpx.Client, fields: list[str]) -> None:
    """Every text in every field comes back from bulk, from create and from a read exactly as it went in."""
    # Each row has another text in each of its fields, and each text is in each field of some row.
    given = [
        {field: NAUGHTY[(number + place) % len(NAUGHTY)] for place, field in enumerate(fields)}
        for number in range(len(NAUGHTY))
    ]
    rows = [json.dumps({"model": "m", "log_type": "tool", **texts}).encode() for texts in given]
    for texts, row in zip(given, stored(client, bulk(client, rows)), strict=True):
        # Such ids count as not sent.
        held(row, {name: text for name, text in texts.items() if name not in IDS or text.strip().strip("0-")})
    for field in fields:
        span = create(client, **{"log_type": "tool", field: NAUGHTY[7]})
        assert span[field] == NAUGHTY[7]


def test_naughty_texts_as_messages_and_metadata(client: httpx.Client) -> None:
    """Texts inside messages, metadata, properties, variables and unknown fields come back exactly."""
    sent: list[dict[str, Any]] = [
        {
            "prompt_messages": [{"role": "user", "content": text}],
            "completion_message": {"role": "assistant", "content": text},
            "metadata": {"k": text},
            "properties": {"k": [text]},
            "variables": {"k": text},
            "full_request": {"k": text},
            "ideal_output": text,
        }
        for text in NAUGHTY
    ]
    ids = bulk(client, [json.dumps(row).encode() for row in sent])
    include = "prompt_messages,completion_message,variables,full_request"
    for row, read in zip(sent, stored(client, ids, include), strict=True):
        assert read["extra"] == {"ideal_output": row.pop("ideal_output")}
        assert {name: read[name] for name in row} == row


def test_naughty_keys(client: httpx.Client) -> None:
    """Keys of metadata, properties and variables are kept as they are, whatever they are called."""
    rows = [{"metadata": {key: "v"}, "properties": {key: 1}, "variables": {key: {key: [key]}}} for key in KEYS]
    ids = bulk(client, [json.dumps(row).encode() for row in rows])
    for key, row, read in zip(KEYS, rows, stored(client, ids, "variables"), strict=True):
        assert read["metadata"] == ({} if key.startswith("_") else {key: "v"}), key
        assert (read["properties"], read["variables"]) == (row["properties"], row["variables"]), key
    together = create(client, metadata=dict.fromkeys(KEYS, "v"), properties=dict.fromkeys(KEYS, 1))
    assert retrieve(client, together["id"])["properties"] == dict.fromkeys(KEYS, 1)


def test_a_body_with_very_many_keys(client: httpx.Client) -> None:
    """100,000 keys of metadata, of properties or of nothing known are stored or refused, soon and whole."""
    many = {f"key {number}": number for number in range(100_000)}
    for field in ("metadata", "properties", "unknown"):
        span = create(client, **{field: many})
        read = retrieve(client, span["id"])
        kept = read["extra"]["unknown"] if field == "unknown" else read[field]
        assert len(kept) == len(many)
