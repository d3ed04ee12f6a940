"""SQL of users: what is let through, and what each wall stops by itself."""

import contextlib
import re

import hypothesis
import pytest
from hypothesis import strategies as st

from midspan.errors import BadRequest
from midspan.search.bounds import SQL_MAX
from midspan.search.statement import read_statement
from midspan.search.views import VIEWS

GOOD = (
    "SELECT model, sum(cost) AS c FROM spans WHERE metadata['region'] = 'eu' GROUP BY model ORDER BY c DESC LIMIT 10",
    "SELECT quantile(0.95)(latency), countIf(status = 'failed') FROM spans s WHERE timestamp > today()",
    "SELECT toStartOfInterval(timestamp, INTERVAL 1 HOUR) AS h, count() FROM spans GROUP BY h WITH TOTALS",
    "WITH slow AS (SELECT id FROM spans WHERE latency > 2) SELECT count() FROM slow",
    "WITH 5 AS n SELECT n FROM spans",
    "SELECT a.model FROM spans AS a JOIN traces AS t ON a.trace_unique_id = t.trace_unique_id WHERE t.error_count > 0",
    "SELECT id FROM spans WHERE trace_unique_id IN (SELECT trace_unique_id FROM traces WHERE span_count > 3)",
    "SELECT row_number() OVER (PARTITION BY model ORDER BY cost DESC) AS place FROM spans",
    "SELECT arrayMap(x -> x + 1, [1, 2]), x FROM spans ARRAY JOIN [1, 2] AS x",
    "SELECT * EXCEPT (input) FROM spans; -- a remark",
    "SELECT 1 AS a UNION ALL SELECT 2",
    "SELECT JSONExtractFloat(properties, 'user', 'tier'), CAST(cost AS Nullable(Float64)) FROM spans",
    "SELECT uniqExact(customer_identifier), topK(5)(model), groupArray(10)(id) FROM spans",
    "SELECT CASE WHEN cost > 1 THEN 'dear' ELSE 'cheap' END, if(stream, 1, 2), cost BETWEEN 1 AND 2 FROM spans",
)

STOPPED = {
    "several statements": ("SELECT 1; SELECT 2", "DROP TABLE spans; SELECT 1"),
    "a statement that is no SELECT": (
        "INSERT INTO spans SELECT 1",
        "DROP TABLE spans",
        "ALTER TABLE spans DELETE WHERE 1",
        "TRUNCATE TABLE spans",
        "KILL QUERY WHERE 1",
        "KILL QUERY WHERE query_id = 'x' SYNC",
        "SYSTEM SHUTDOWN",
        "SET readonly = 0",
        "EXPLAIN SELECT 1",
        "DESCRIBE spans",
        "SHOW TABLES",
        "CREATE TABLE x (a Int8) ENGINE = Memory",
        "USE system",
        "ATTACH TABLE x",
        "DETACH TABLE spans",
        "OPTIMIZE TABLE spans",
        "GRANT ALL ON *.* TO x",
        "BACKUP TABLE spans",
        "CREATE FUNCTION f AS x -> x",
        "RENAME TABLE spans TO x",
        "EXCHANGE TABLES a AND b",
        "CHECK TABLE spans",
    ),
    "a clause of the server's": (
        "SELECT 1 SETTINGS max_execution_time = 0",
        "SELECT 1 FORMAT CSV",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SELECT 1 INTO OUTFILE '/tmp/x' TRUNCATE FORMAT CSV",
        "SELECT * FROM spans FINAL",
        "SELECT * FROM spans SAMPLE 0.1",
        "WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a",
        "SELECT * FROM (SELECT 1 SETTINGS readonly = 0)",
    ),
    "a table of another": (
        "SELECT * FROM system.tables",
        "SELECT * FROM default.spans",
        "SELECT * FROM span_keys",
        "SELECT * FROM marks",
        "SELECT * FROM information_schema.tables",
        "SELECT (SELECT count() FROM system.parts)",
        "SELECT * FROM superseded",
        "SELECT id IN system.one FROM spans",
        "SELECT id IN span_keys FROM spans",
        "SELECT id IN (span_keys) FROM spans",
        "SELECT id NOT IN (span_keys) FROM spans",
        "SELECT id GLOBAL IN ((span_keys)) FROM spans",
        'SELECT * FROM "system"."tables"',
        "SELECT * FROM `span_keys`",
        "SELECT 1 FROM spans JOIN answers ON 1",
        "SELECT id IN (system.one) FROM spans",
        "SELECT in(id, span_keys) FROM spans",
        "WITH a AS (SELECT * FROM schema_files) SELECT * FROM a",
        "SELECT EXISTS (SELECT * FROM system.users)",
        "WITH spans AS (SELECT 1) SELECT * FROM spans",
        "SELECT globalIn(id, span_keys) FROM spans",
    ),
    "a table function": (
        "SELECT * FROM file('/etc/passwd', 'CSV')",
        "SELECT * FROM url('http://127.0.0.1/', 'CSV')",
        "SELECT * FROM remote('127.0.0.1', system.one)",
        "SELECT * FROM s3('http://x/y')",
        "SELECT * FROM numbers(10)",
        "SELECT * FROM merge('.*')",
        "SELECT * FROM spans, numbers(10)",
        "SELECT * FROM cluster('x', system.one)",
        "SELECT * FROM executable('id', 'CSV', 'x String')",
        "SELECT * FROM mysql('x', 'y', 'z', 'a', 'b')",
        "SELECT * FROM generateRandom('a Int8')",
        "SELECT * FROM view(SELECT 1)",
        "SELECT * FROM zeros(1)",
        "SELECT * FROM loop(spans)",
        "SELECT * FROM Python(x)",
        "SELECT * FROM input('a Int8')",
        "SELECT * FROM dictionary('x')",
        "SELECT id IN file('/etc/passwd') FROM spans",
        "SELECT * FROM values('a Int8', 1)",
    ),
    "a function of the server": (
        "SELECT file('/etc/passwd')",
        "SELECT sleep(3)",
        "SELECT sleepEachRow(1) FROM spans",
        "SELECT hostName()",
        "SELECT getSetting('readonly')",
        "SELECT currentUser()",
        "SELECT version()",
        "SELECT joinGet('x', 'y', 1)",
        "SELECT dictGet('x', 'y', 1)",
        "SELECT getMacro('x')",
        "SELECT throwIf(1)",
        "SELECT repeat('x', 1e9)",
        "SELECT range(1000000000)",
        "SELECT arrayResize([1], 1000000000)",
        "SELECT addressToLine(1)",
        "SELECT demangle('x')",
        "SELECT catboostEvaluate('/x', 1)",
        "SELECT filesystemAvailable()",
        "SELECT uptime()",
        "SELECT serverUUID()",
        "SELECT hasColumnInTable('system', 'one', 'x')",
        "SELECT initializeAggregation('sum', 1)",
        "SELECT evalMLMethod(1)",
        "SELECT queryID()",
        "SELECT tcpPort()",
        "SELECT getServerPort('tcp_port')",
        "SELECT FILE('/etc/passwd')",
        "SELECT randomString(1000000)",
        "SELECT structureToCapnProtoSchema('x')",
        "SELECT currentDatabase()",
        "SELECT fuzzBits('x', 0.5)",
        "SELECT neighbor(1, 1)",
        "SELECT COLUMNS('.*') FROM spans",
        "SELECT arrayReduce('sum', range(10))",
        "SELECT showCertificate()",
        "SELECT getOSKernelVersion()",
        "SELECT lag(1) OVER (ORDER BY 1), sleep(1)",
        "SELECT x -> sleep(x)",
        "SELECT arrayMap(x -> sleep(x), [1])",
        "SELECT generateSerialID('x')",
        "SELECT aiGenerate('x')",
    ),
    "a name that could end itself": (
        'SELECT 1 AS "a\\"b"',
        "SELECT `a\\`b` FROM spans",
        'SELECT 1 AS "{x:String}"',
        'SELECT 1 AS "@final"',
    ),
    "nesting without end": (
        "SELECT " + "(" * 500 + "1" + ")" * 500,
        "SELECT " + "NOT " * 400 + "1",
        "SELECT " + "[" * 300 + "1" + "]" * 300,
    ),
    "a query that is too long": ("SELECT '" + "x" * SQL_MAX + "'",),
    "no SQL": (
        "",
        " ",
        ";",
        "hello",
        "SELECT",
        "SELECT FROM",
        "SELECT 'x",
        "\0",
        "SELECT \ud7ff \x00",
        "(((",
        "SELECT 1 1 1",
    ),
}


@pytest.mark.parametrize("text", GOOD)
def test_questions_are_let_through(text: str) -> None:
    """A SELECT on the tables there are, with functions about values, is rewritten, each table bound to its tenant."""
    sql = read_statement(text, {}, 100).sql
    assert sql.count("FROM spans @final") + sql.count("FROM scores FINAL") == sql.count("{organization_id:String}")
    assert "LIMIT 10" in sql
    assert "remark" not in sql


@pytest.mark.parametrize(("wall", "text"), [(wall, text) for wall, texts in STOPPED.items() for text in texts])
def test_each_wall_stops_its_own(wall: str, text: str) -> None:
    """What is not a question on one's own spans is a 400 with a sentence."""
    with pytest.raises(BadRequest) as caught:
        read_statement(text, {}, 100)
    assert caught.value.code == "bad_sql"
    assert caught.value.detail.endswith((".", "?")), wall


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("SELECT * FROM span", "Did you mean spans?"),
        ("SELECT quantille(0.5)(latency) FROM spans", "Did you mean quantile?"),
        ("SELECT model FRM spans WHERE", "line 1, column"),
        ("SELECT id IN ids FROM spans", "IN (SELECT …)"),
        ("SELECT * FROM spans FINAL", "newest version"),
        ("SELECT 1 FORMAT CSV", "`format`"),
    ],
)
def test_a_refusal_says_what_to_do(text: str, hint: str) -> None:
    """The sentence names the fault and the fix."""
    with pytest.raises(BadRequest) as caught:
        read_statement(text, {}, 100)
    assert hint in caught.value.detail


@hypothesis.given(st.text(max_size=40))
def test_a_text_cannot_leave_its_quotes(text: str) -> None:
    """Whatever stands in a text, the rendered one has no character that ends it, and no token of the store."""
    written = "".join({"\\": "\\\\", "'": "\\'", "\0": "\\0"}.get(c, c) for c in text)
    try:
        sql = read_statement(f"SELECT '{written}' AS x", {}, 1).sql
    except BadRequest:
        return  # there are texts that the parser does not take
    assert re.fullmatch(r"SELECT '(?:[^'\"\\{}@`\x00-\x1f\x7f-\uffff]|\\x[0-9a-f]{2})*' AS \"x\" LIMIT 1", sql), sql


def test_keys_of_json_are_texts_like_any_other() -> None:
    """A key that JSON is asked for is written as plainly as a text."""
    sql = read_statement("SELECT JSONExtractString(properties, 'it''s', '@final', 2) FROM spans", {}, 1).sql
    assert sql.startswith("SELECT JSONExtractString(\"properties\", 'it\\x27s', '\\x40final', 2) FROM (")


@hypothesis.given(st.text(max_size=200))
def test_any_text_is_a_question_or_a_refusal(text: str) -> None:
    """No text whatever makes anything but a statement or a 400."""
    with contextlib.suppress(BadRequest):
        read_statement(text, {}, 1)


WORDS = (
    "SELECT FROM WHERE spans traces ( ) ( ) , . * 'x' 1 2.5 count sum file IN NOT AND OR AS WITH x id model cost -> :: "
    'Int64 String [ ] { } FINAL UNION ALL ; SETTINGS FORMAT INTO OUTFILE JOIN ON system @final {p:String} " ` -- /* */'
)


@hypothesis.settings(max_examples=300)
@hypothesis.given(st.lists(st.sampled_from(WORDS.split(" ")), max_size=30))
def test_words_of_sql_in_any_order_never_reach_another_table(words: list[str]) -> None:
    """What is let through names no table but the views, whatever was thrown together."""
    try:
        sql = read_statement("SELECT " + " ".join(words), {"p": "x"}, 1).sql
    except BadRequest:
        return
    for view in VIEWS.values():
        sql = sql.replace(view.sql, "")
    assert not re.search(r"\b(FROM|JOIN)\s+[a-z\"`]", sql.replace('FROM "answer"', "")), sql
    assert "@" not in sql


def test_parameters_are_bound_under_names_of_their_own() -> None:
    """A user's parameter cannot take the place of the tenant's."""
    made = read_statement("SELECT {organization_id:String}, {n:Float64}", {"organization_id": "x", "n": 1.5}, 1)
    assert "{given_organization_id:String}" in made.sql
    assert made.parameters == {"given_organization_id": "x", "given_n": "1.5"}


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("SELECT {a:String}", {}),
        ("SELECT 1", {"a": "x"}),
        ("SELECT {a:String}", {"a": True}),
        ("SELECT {a:JSON}", {"a": "x"}),
    ],
)
def test_parameters_and_placeholders_agree(text: str, given: dict[str, object]) -> None:
    """A value that is missing, that nobody asks for or that is neither text nor number is refused."""
    with pytest.raises(BadRequest):
        read_statement(text, given, 1)


def test_the_lower_limit_holds() -> None:
    """The query's own LIMIT stands where it is as low as the one that is asked for."""
    assert read_statement("SELECT 1 LIMIT 5", {}, 10).sql.endswith("LIMIT 5")
    assert read_statement("SELECT 1 LIMIT 50", {}, 10).sql.endswith("LIMIT 10")
    assert read_statement("SELECT 1 LIMIT 5 BY 1", {}, 10).sql.endswith("LIMIT 10")
