"""midspan.search.word_sql: the index of words leaves nothing out that is there, and leaves out most of what is not."""

import re
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midspan.search.fields import SPANS
from midspan.search.tree import And, Filter, Not, Words
from midspan.search.where import Binder, where
from midspan.search.word_sql import RUNS, hinted
from midspan.search.words import COLUMNS, word_pattern
from midspan.store.engine import ChdbEngine
from midspan.store.migrate import migrate

PIECES = [
    "word", "Word", "foo", "bar9", "gpt4o", "u00e9", "2024", "é", "文", "字word", "ab", "\\n", "\\t", "\\f", "\\\\n",
    "\\u201c", "\\u20ac", "\\u00e9", "\\u000A", "\\ud83d\\udcaf", "\\ud83d\\ude0a", "\\u6587", "\\", '"', " ", "“", "-",
]  # fmt: skip
AROUND = st.lists(st.sampled_from(PIECES), max_size=2).map("".join)
ASKED = st.lists(st.sampled_from(["word", "foo", "bar9", "gpt4o", "u00e9", "2024", "é", "ab"]), min_size=1, max_size=3)
ROWS = 20_000
RARE = {77: "He said \\nQuixotry", 19_000: "\\u201cquixotry9\\u201d"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChdbEngine]:
    """Spans of which two hold a rare word, merged into one part of several granules."""
    engine = ChdbEngine(tmp_path_factory.mktemp("words"), memory=1 << 30, readers=1, query_seconds=60)
    migrate(engine)
    engine.command("CREATE TABLE texts (input String) ENGINE = Memory")
    cases = " ".join(f"WHEN {number} THEN {{text{number}:String}}" for number in RARE)
    letters = "translate(toString(cityHash64(number)), '0123456789', 'ghijklmnop')"
    engine.command(
        "INSERT INTO spans (organization_id, environment, key_time, id, version, input, span_name) SELECT 'o', 'prod', "
        "toDateTime64('2026-01-01', 6, 'UTC') + number, leftPad(toString(number), 32, '0'), number, "
        f"CASE number {cases} ELSE concat('a common word ', {letters}) END, 'common' FROM numbers({ROWS})",
        {f"text{number}": text for number, text in RARE.items()},
    )
    engine.command("OPTIMIZE TABLE spans FINAL")
    yield engine
    engine.close()


@settings(max_examples=40)
@given(
    places=st.lists(st.tuples(AROUND, AROUND, AROUND), min_size=30, max_size=60), asked=ASKED, is_prefix=st.booleans()
)
def test_the_index_misses_nothing(
    engine: ChdbEngine, places: list[tuple[str, str, str]], asked: list[str], is_prefix: bool
) -> None:
    """Wherever the pattern of a text is found, the index has one of the runs that it is asked for."""
    bind = Binder()
    text = " ".join(asked)
    pattern = word_pattern(text, is_prefix)
    assert pattern is not None
    texts = [before + between.join(asked) + after for before, between, after in places]
    found = f"match(input, {bind(pattern)})"
    test = hinted(found, text, bind, is_prefix=is_prefix)
    for column in COLUMNS[1:]:
        test = test.replace(f"lower({column})", "lower('')")
    engine.command("TRUNCATE TABLE texts")
    engine.command("INSERT INTO texts SELECT arrayJoin(JSONExtract({texts:String}, 'Array(String)'))", {
        "texts": msgspec.json.encode(texts).decode()
    })  # fmt: skip
    missed = engine.query(
        f"SELECT input FROM texts WHERE {found} AND NOT {test.replace('indexHint', '')}", bind.parameters
    )
    assert missed == b""


def asked_granules(engine: ChdbEngine, tree: Filter) -> tuple[list[int], int]:
    """Which spans a filter finds, and how many granules the index leaves to be read for it."""
    predicate = where(tree)
    sql = f"SELECT toUInt32(id) AS id FROM spans WHERE {predicate.sql} ORDER BY id"
    plan = engine.query(f"EXPLAIN indexes = 1 {sql}", predicate.parameters, "TSVRaw").decode()
    left = re.search(r"Name: words\n.*\n.*\n +Granules: (\d+)/", plan)
    assert left is not None, plan
    lines = engine.query(sql, predicate.parameters).splitlines()
    return [msgspec.json.decode(line)["id"] for line in lines], int(left[1])


@pytest.mark.parametrize(
    ("tree", "found", "granules"),
    [
        (Words("quixotry"), [77], 2),
        (Words("said QUIXOTRY"), [77], 2),
        (SPANS.test("input", "full_text_search", ["quixotry9"]), [19_000], 2),
        (Words("quixotryx"), [], 0),
        (And((Words("common"), Words("quixotry9"))), [19_000], 2),
    ],
)
def test_a_rare_word_is_looked_for_in_few_granules(
    engine: ChdbEngine, tree: Filter, found: list[int], granules: int
) -> None:
    """Granules without the word are not read, whichever column it may stand in; what is found is the same."""
    assert asked_granules(engine, tree) == (found, granules)


def test_a_word_that_is_excluded_is_looked_for_everywhere(engine: ChdbEngine) -> None:
    """Not having a word is no reason to leave a granule out."""
    predicate = where(Not(Words("quixotry")))

    (line,) = engine.query(f"SELECT count() AS n FROM spans WHERE {predicate.sql}", predicate.parameters).splitlines()
    assert msgspec.json.decode(line) == {"n": ROWS - 1}


def test_the_index_is_of_the_expression_that_is_asked(engine: ChdbEngine) -> None:
    """The schema and the search name the same expression, or the index would lie there for nothing."""
    rows = engine.query("SELECT expr FROM system.data_skipping_indices WHERE name = 'words'")

    assert [msgspec.json.decode(row)["expr"] for row in rows.splitlines()] == [RUNS]
