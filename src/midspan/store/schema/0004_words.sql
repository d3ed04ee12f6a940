-- Which runs of ASCII letters the texts of each granule hold: full text leaves out the granules without what it looks for
-- (ADR 7). Ten runs are asked for at once, so one answer in a thousand may be wrong. Merges build it, inserts do not. The
-- expression is that of `search/word_sql.py`, and holds no constant.
ALTER TABLE spans ADD INDEX IF NOT EXISTS words arrayConcat(alphaTokens(lower(input)), alphaTokens(lower(output)), alphaTokens(lower(error_message)), alphaTokens(lower(span_name)), alphaTokens(lower(span_workflow_name)), alphaTokens(lower(trace_name))) TYPE bloom_filter(0.001) GRANULARITY 1;
