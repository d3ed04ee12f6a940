-- One row a span, newest version wins. Columns are the fields of midspan.domain.span.Span, by name and in order.
--
-- Sorting key: nothing in it may change when a span is sent again, so key_time is a column of its own, fixed when the
-- span is first seen. version is (journal segment, line), so the last arrival wins across restarts and clock steps.
-- Partitions: one a month between 2015 and 2050; a clock gone wrong lands in partition 0, not in thousands of parts.
-- Codec: ZSTD(1) measured a third smaller than LZ4 on prompts, at the same insert time.
-- Settings: chDB's own defaults lose acknowledged rows at a power cut; the four fsync settings close that. Parts below
-- 128 MiB keep their columns in one file: with one file a column, fsync made an insert twice as dear.
CREATE TABLE IF NOT EXISTS spans
(
    organization_id LowCardinality(String),
    environment LowCardinality(String),
    key_time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    id String,
    has_client_ids Bool,
    is_deleted UInt8,

    trace_unique_id String,
    span_unique_id String,
    span_parent_id String,
    span_name LowCardinality(String),
    span_workflow_name LowCardinality(String),
    span_path String,
    trace_name String,

    timestamp DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    start_time Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)),
    received_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    latency Nullable(Float64),
    time_to_first_token Nullable(Float64),
    tokens_per_second Nullable(Float64),

    log_type LowCardinality(String),
    log_method LowCardinality(String),
    model LowCardinality(String),
    response_model LowCardinality(String),
    provider_id LowCardinality(String),
    status LowCardinality(String),
    status_code Int64,
    error_message String,
    error_code String,
    warnings String,
    finish_reason LowCardinality(String),

    input String,
    output String,
    input_preview String,
    output_preview String,
    tools String,
    tool_calls String,
    has_tool_calls Bool,
    tool_choice String,
    response_format String,
    variables String,
    full_request String,
    full_response String,
    completion_messages String,
    reasoning String,
    embedding String,

    prompt_tokens Nullable(Int64),
    completion_tokens Nullable(Int64),
    total_request_tokens Nullable(Int64),
    prompt_cache_hit_tokens Nullable(Int64),
    prompt_cache_creation_tokens Nullable(Int64),
    prompt_cache_creation_1h_tokens Nullable(Int64),
    reasoning_tokens Nullable(Int64),
    token_convention LowCardinality(String),
    usage String,

    cost Nullable(Decimal(38, 12)),
    cost_source LowCardinality(String),
    input_cost Nullable(Decimal(38, 12)),
    cache_read_cost Nullable(Decimal(38, 12)),
    cache_write_cost Nullable(Decimal(38, 12)),
    output_cost Nullable(Decimal(38, 12)),
    cost_details String,
    prompt_unit_price Nullable(Decimal(38, 12)),
    completion_unit_price Nullable(Decimal(38, 12)),

    temperature Nullable(Float64),
    top_p Nullable(Float64),
    frequency_penalty Nullable(Float64),
    presence_penalty Nullable(Float64),
    max_tokens Nullable(Int64),
    stream Bool,
    stop String,
    parameters String,

    customer_identifier String,
    customer_name String,
    customer_email String,
    customer_params String,
    thread_identifier String,
    session_identifier String,
    trace_group_identifier String,
    group_identifier String,
    custom_identifier String,
    evaluation_identifier String,
    prompt_id LowCardinality(String),
    prompt_name LowCardinality(String),
    prompt_version_number LowCardinality(String),
    is_custom_prompt Bool,
    metadata Map(LowCardinality(String), String),
    properties String,
    respan_params String,
    positive_feedback Nullable(Bool),
    note String,
    extra String,

    organization_key_id LowCardinality(String),
    idempotency_key String,
    body_hash String,
    answer String,

    version UInt64 CODEC(Delta, ZSTD(1)),

    INDEX timestamp_range timestamp TYPE minmax
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY if(key_time >= '2015-01-01' AND key_time < '2050-01-01', toYYYYMM(key_time), 0)
ORDER BY (organization_id, environment, key_time, id)
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    min_bytes_for_wide_part = 134217728,
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;

-- Where a span lies, by its id: one span is then read by the sorting key, and a span sent again keeps its key_time.
CREATE TABLE IF NOT EXISTS span_keys
(
    id String,
    organization_id LowCardinality(String),
    environment LowCardinality(String),
    key_time SimpleAggregateFunction(min, DateTime64(6, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (id, organization_id, environment)
SETTINGS
    index_granularity = 1024,
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS span_keys_feed TO span_keys AS
SELECT id, organization_id, environment, key_time FROM spans;
