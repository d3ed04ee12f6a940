-- What spans come to in each hour, kept beside them: the dashboard reads few rows where it would read all (ADR 9).
--
-- A projection is part of a part of the table. What is written, merged, lost or set aside is that together with it, and
-- nothing is counted twice however often a segment comes; merges make it anew of the rows that they keep. It speaks of
-- every row of its part: `search/hours.py` takes away what is superseded. Expressions are those of `search/parts.py`,
-- and none of them fails on any value: a row on which one did could never be stored.
-- Parts without it, as those of an older store until the last statement is through, are read row by row instead.
ALTER TABLE spans MODIFY SETTING deduplicate_merge_projection_mode = 'rebuild';

ALTER TABLE spans ADD PROJECTION IF NOT EXISTS hours
(
    SELECT
        organization_id,
        environment,
        is_deleted,
        intDiv(toUnixTimestamp64Micro(timestamp), 3600000000),
        model,
        provider_id,
        organization_key_id,
        log_type,
        status,
        status_code,
        count(),
        countIf(status = 'failed'),
        countIf(prompt_cache_hit_tokens > 0),
        sum(toInt128(prompt_tokens)),
        count(prompt_tokens),
        sum(toInt128(completion_tokens)),
        count(completion_tokens),
        sum(toInt128(total_request_tokens)),
        count(total_request_tokens),
        sum(toInt128(ifNull(prompt_cache_hit_tokens, 0))),
        count(ifNull(prompt_cache_hit_tokens, 0)),
        sum(toInt128(ifNull(prompt_cache_creation_tokens, 0))),
        count(ifNull(prompt_cache_creation_tokens, 0)),
        sum(toInt128(reasoning_tokens)),
        count(reasoning_tokens),
        sum(toDecimal256(cost, 12)),
        count(cost),
        sum(toDecimal256(input_cost, 12)),
        count(input_cost),
        sum(toDecimal256(cache_read_cost, 12)),
        count(cache_read_cost),
        sum(toDecimal256(cache_write_cost, 12)),
        count(cache_write_cost),
        sum(toDecimal256(output_cost, 12)),
        count(output_cost)
    GROUP BY
        organization_id,
        environment,
        is_deleted,
        intDiv(toUnixTimestamp64Micro(timestamp), 3600000000),
        model,
        provider_id,
        organization_key_id,
        log_type,
        status,
        status_code
);

ALTER TABLE spans ADD PROJECTION IF NOT EXISTS latencies
(
    SELECT
        organization_id,
        environment,
        is_deleted,
        intDiv(toUnixTimestamp64Micro(timestamp), 3600000000),
        model,
        if(isNull(latency), 1, sign(ifNull(latency, 0)) * (40000 + ceil(log(greatest(abs(ifNull(latency, 0)), 1e-300)) * 50))),
        count()
    GROUP BY
        organization_id,
        environment,
        is_deleted,
        intDiv(toUnixTimestamp64Micro(timestamp), 3600000000),
        model,
        if(isNull(latency), 1, sign(ifNull(latency, 0)) * (40000 + ceil(log(greatest(abs(ifNull(latency, 0)), 1e-300)) * 50)))
);

ALTER TABLE spans ADD PROJECTION IF NOT EXISTS first_tokens
(
    SELECT
        organization_id,
        environment,
        is_deleted,
        intDiv(toUnixTimestamp64Micro(timestamp), 3600000000),
        model,
        if(isNull(time_to_first_token), 1, sign(ifNull(time_to_first_token, 0)) * (40000 + ceil(log(greatest(abs(ifNull(time_to_first_token, 0)), 1e-300)) * 50))),
        count()
    GROUP BY
        organization_id,
        environment,
        is_deleted,
        intDiv(toUnixTimestamp64Micro(timestamp), 3600000000),
        model,
        if(isNull(time_to_first_token), 1, sign(ifNull(time_to_first_token, 0)) * (40000 + ceil(log(greatest(abs(ifNull(time_to_first_token, 0)), 1e-300)) * 50)))
);

-- In the background, so that no start waits for it.
ALTER TABLE spans
    MATERIALIZE PROJECTION hours,
    MATERIALIZE PROJECTION latencies,
    MATERIALIZE PROJECTION first_tokens
SETTINGS mutations_sync = 0;
