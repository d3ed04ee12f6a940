"""The formats of an export: rows in, pieces of a file out. The pieces of one writer, in order, are one whole file.

JSON Lines: one object a line. CSV: RFC 4180, nested values as JSON text. Parquet: a row group for each page, so that
memory is bounded by a page; its directory stands at the end, so a file that was cut short cannot be read.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol

import msgspec
from msgspec import Raw

from midspan.search.exported import KINDS, Choice, Row

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula."""

NULL = Raw(b"null")

_encode = msgspec.json.Encoder(decimal_format="number").encode


class Writer(Protocol):
    """One file being written."""

    media_type: str

    def begin(self) -> bytes: ...

    def page(self, rows: Sequence[Row]) -> bytes: ...

    def end(self) -> bytes: ...


class JsonLines:
    """JSON Lines: UTF-8, one row a line, each ended by a line feed."""

    media_type = "application/x-ndjson"

    def begin(self) -> bytes:
        return b""

    def page(self, rows: Sequence[Row]) -> bytes:
        return b"".join(_encode(row) + b"\n" for row in rows)

    def end(self) -> bytes:
        return b""


class Csv:
    """CSV with a line of names, where `header`. `inert`: a text that begins like a formula gets a `'` before it."""

    media_type = "text/csv; charset=utf-8"

    def __init__(self, choice: Choice, *, header: bool = True, inert: bool = False) -> None:
        self._choice = choice
        self._header = header
        self._inert = inert

    def begin(self) -> bytes:
        return _lines([self._choice.fields]) if self._header else b""

    def page(self, rows: Sequence[Row]) -> bytes:
        return _lines([[self._cell(name, value) for name, value in row.items()] for row in rows])

    def end(self) -> bytes:
        return b""

    def _cell(self, name: str, value: Any) -> str:
        text = "" if value is None else _text(value)
        if self._inert and KINDS[name] == "text" and text.startswith(FORMULA_STARTS):
            return "'" + text
        return text


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _text(value: Any) -> str:
    """A value as text: a text as itself, money in digits, anything else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    return bytes(value if isinstance(value, Raw) else _encode(value)).decode()


class _Sink:
    """A file that is only written to; what was written is taken away piece by piece."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        self._size += len(self._pieces[-1])
        return len(self._pieces[-1])

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


class Parquet:
    """Parquet, compressed with zstd. Money is decimal(38, 12), times are microseconds in UTC, JSON is text."""

    media_type = "application/vnd.apache.parquet"

    def __init__(self, choice: Choice) -> None:
        import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415 - 50 MB that only this format needs
        import pyarrow.parquet  # type: ignore[import-untyped]  # noqa: PLC0415

        self._pa = pa
        text = pa.string()
        types = {
            "text": text,
            "json": text,
            "flag": pa.bool_(),
            "integer": pa.int64(),
            "number": pa.float64(),
            "money": pa.decimal128(38, 12),
            "time": pa.timestamp("us", tz="UTC"),
            "map": pa.map_(text, text),
        }
        self._schema = pa.schema([(name, types[KINDS[name]]) for name in choice.fields])
        self._sink = _Sink()
        narrow = [name for name in choice.fields if KINDS[name] not in ("text", "json", "map")]
        self._writer = pyarrow.parquet.ParquetWriter(
            pa.PythonFile(self._sink, mode="w"), self._schema, compression="zstd", write_statistics=narrow
        )

    def begin(self) -> bytes:
        return self._sink.take()

    def page(self, rows: Sequence[Row]) -> bytes:
        columns = [self._column(field, rows) for field in self._schema]
        self._writer.write_table(self._pa.Table.from_arrays(columns, schema=self._schema))
        return self._sink.take()

    def end(self) -> bytes:
        self._writer.close()
        return self._sink.take()

    def _column(self, field: Any, rows: Sequence[Row]) -> Any:
        prepare = _PREPARED.get(KINDS[field.name])
        values = [row[field.name] for row in rows]
        if KINDS[field.name] == "time":
            return self._pa.array(values, self._pa.string()).cast(field.type)
        return self._pa.array([v if v is None or prepare is None else prepare(v) for v in values], field.type)


_PREPARED: Mapping[str, Callable[[Any], Any]] = {"json": _text, "map": lambda value: list(value.items())}


def from_lines(lines: Sequence[bytes], choice: Choice) -> list[Row]:
    """Rows from lines of JSON that hold just these fields. Raises ValueError."""
    decoder = _line_decoder(choice)
    return [
        {name: None if value == NULL else value for name, value in msgspec.structs.asdict(decoder.decode(line)).items()}
        for line in lines
    ]


@lru_cache(maxsize=8)
def _line_decoder(choice: Choice) -> msgspec.json.Decoder[Any]:
    types: dict[str, Any] = {
        "text": str | None,
        "flag": bool | None,
        "integer": int | None,
        "number": float | None,
        "money": Decimal | None,
        "time": str | None,
        "map": dict[str, str] | None,
        "json": Raw,
    }
    return msgspec.json.Decoder(msgspec.defstruct("Line", [(name, types[KINDS[name]]) for name in choice.fields]))


def from_parquet(path: str) -> Any:
    """The rows of a Parquet file that an export wrote, as lines of JSON, page by page. Raises ValueError."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet  # noqa: PLC0415

    try:
        file = pyarrow.parquet.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"cannot be read as Parquet: {error}") from None
    with file:
        for group in range(file.num_row_groups):
            yield [_line(row) for row in file.read_row_group(group).to_pylist()]


def _line(row: Mapping[str, Any]) -> bytes:
    """A row of Parquet as an export's line of JSON."""
    given = dict(row)
    for name, value in row.items():
        kind = KINDS.get(name)
        if value is not None and kind == "json":
            given[name] = Raw(value.encode())
        elif value is not None and kind == "map":
            given[name] = dict(value)
    return _encode(given)
