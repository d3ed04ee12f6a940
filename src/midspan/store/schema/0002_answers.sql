-- What an Idempotency-Key was answered with, fed from the last row of its request: the key is in the store exactly
-- when the whole request is. Kept for a day, as the contract promises.
CREATE TABLE IF NOT EXISTS answers
(
    organization_id LowCardinality(String),
    environment LowCardinality(String),
    idempotency_key String,
    body_hash String,
    answer String,
    id String,
    key_time DateTime64(6, 'UTC'),
    received_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(received_at)
ORDER BY (organization_id, environment, idempotency_key)
TTL toDateTime(received_at) + INTERVAL 25 HOUR
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS answers_feed TO answers AS
SELECT organization_id, environment, idempotency_key, body_hash, answer, id, key_time, received_at
FROM spans
WHERE idempotency_key != '';
