-- What people add to spans, and what makes reading the newest version of each span cheap.
ALTER TABLE spans ADD COLUMN IF NOT EXISTS is_pinned Bool AFTER note;
ALTER TABLE spans ADD COLUMN IF NOT EXISTS blurred Bool AFTER is_pinned;

-- Each segment's versions lie close together, so that those of one segment are found without reading all.
ALTER TABLE spans ADD INDEX IF NOT EXISTS version_range version TYPE minmax;

-- The newest version of each span, beside where it lies.
ALTER TABLE span_keys ADD COLUMN IF NOT EXISTS version SimpleAggregateFunction(max, UInt64);
ALTER TABLE span_keys_feed MODIFY QUERY SELECT id, organization_id, environment, key_time, version FROM spans;
INSERT INTO span_keys SELECT id, organization_id, environment, key_time, version FROM spans;

-- The versions that no read may show: all but the newest of each span, and deletions. A row that merging has removed
-- from `spans` may stay here.
CREATE TABLE IF NOT EXISTS superseded
(
    organization_id LowCardinality(String),
    environment LowCardinality(String),
    version UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (organization_id, environment, version)
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 0,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;

INSERT INTO superseded
SELECT organization_id, environment, arrayJoin(arrayPopBack(arraySort(groupUniqArray(version)))) AS version
FROM spans
GROUP BY organization_id, environment, key_time, id
HAVING count() > 1
SETTINGS optimize_aggregation_in_order = 1;

-- Between which key times the spans of a trace lie: one trace is then read as one range of the sorting key.
CREATE TABLE IF NOT EXISTS trace_times
(
    organization_id LowCardinality(String),
    environment LowCardinality(String),
    trace_unique_id String,
    first_key_time SimpleAggregateFunction(min, DateTime64(6, 'UTC')),
    last_key_time SimpleAggregateFunction(max, DateTime64(6, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (organization_id, environment, trace_unique_id)
SETTINGS
    index_granularity = 1024,
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS trace_times_feed TO trace_times AS
SELECT organization_id, environment, trace_unique_id, min(key_time) AS first_key_time, max(key_time) AS last_key_time
FROM spans
WHERE trace_unique_id != ''
GROUP BY organization_id, environment, trace_unique_id;

INSERT INTO trace_times
SELECT organization_id, environment, trace_unique_id, min(key_time) AS first_key_time, max(key_time) AS last_key_time
FROM spans
WHERE trace_unique_id != ''
GROUP BY organization_id, environment, trace_unique_id;

-- What people added to a span, merged: it stays when the span is sent again. `state` is a JSON object; "" after the
-- span was deleted, so that what came before is not applied once more.
CREATE TABLE IF NOT EXISTS marks
(
    id String,
    organization_id LowCardinality(String),
    environment LowCardinality(String),
    key_time DateTime64(6, 'UTC'),
    state String,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (id, organization_id, environment)
SETTINGS
    index_granularity = 1024,
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 0,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;

-- Scores of spans. Columns are the fields of midspan.domain.score.Score, by name and in order, and a version.
CREATE TABLE IF NOT EXISTS scores
(
    organization_id LowCardinality(String),
    environment LowCardinality(String),
    log_id String,
    id String,
    evaluator_id LowCardinality(String),
    evaluator_slug LowCardinality(String),
    type LowCardinality(String),
    numerical_value Nullable(Float64),
    boolean_value Nullable(Bool),
    string_value String,
    categorical_value String,
    json_value String,
    is_passed Nullable(Bool),
    cost Nullable(Decimal(38, 12)),
    dataset_id String,
    created_at DateTime64(6, 'UTC'),
    key_time DateTime64(6, 'UTC'),
    is_deleted UInt8,
    version UInt64
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (organization_id, environment, log_id, id)
SETTINGS
    index_granularity = 1024,
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 0,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;
