SELECT count() AS total_count,
    countIf(trace_error_count > 0) AS failed_count,
    failed_count / greatest(total_count,
    1) AS error_rate,
    sum(trace_span_count) AS span_count,
    sum(trace_llm_call_count) AS llm_call_count,
    sum(trace_error_count) AS error_count,
    sum(trace_total_cost) AS total_cost,
    sum(trace_total_tokens) AS total_tokens,
    sum(trace_total_prompt_tokens) AS total_prompt_tokens,
    sum(trace_total_completion_tokens) AS total_completion_tokens,
    toFloat64(total_cost) / greatest(total_count,
    1) AS avg_cost,
    total_tokens / greatest(total_count,
    1) AS avg_tokens,
    span_count / greatest(total_count,
    1) AS avg_span_count,
    sum(trace_duration) / greatest(total_count,
    1) AS avg_duration,
    if(total_count = 0,
    0,
    quantileExact(0.50)(trace_duration)) AS p50_duration,
    if(total_count = 0,
    0,
    quantileExact(0.90)(trace_duration)) AS p90_duration,
    if(total_count = 0,
    0,
    quantileExact(0.99)(trace_duration)) AS p99_duration
FROM (SELECT count() AS trace_span_count,
    countIf(log_type IN ('chat',
    'completion',
    'text',
    'response',
    'embedding',
    'generation')) AS trace_llm_call_count,
    countIf(status = 'failed') AS trace_error_count,
    ifNull(sum(toDecimal256(cost,
    12)),
    0) AS trace_total_cost,
    ifNull(sum(toInt128(total_request_tokens)),
    0) AS trace_total_tokens,
    ifNull(sum(toInt128(prompt_tokens)),
    0) AS trace_total_prompt_tokens,
    ifNull(sum(toInt128(completion_tokens)),
    0) AS trace_total_completion_tokens,
    greatest(dateDiff('microsecond',
    min(ifNull(spans.start_time,
    spans.timestamp)),
    max(spans.timestamp)),
    0) / 1e6 AS trace_duration
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND trace_unique_id != ''
AND spans.key_time >= (SELECT min(first_key_time)
FROM trace_times
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND trace_unique_id IN (SELECT trace_unique_id
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND trace_unique_id != ''
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')))
GROUP BY trace_unique_id
HAVING 1
AND max(spans.timestamp) <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
AND max(spans.timestamp) >= fromUnixTimestamp64Micro({start:Int64},
    'UTC'))
