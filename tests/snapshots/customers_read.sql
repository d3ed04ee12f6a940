SELECT customer_identifier,
    toUnixTimestamp64Micro(min(spans.timestamp)) AS first_seen,
    toUnixTimestamp64Micro(max(spans.timestamp)) AS last_active_timeframe,
    uniqExact(toDate32(spans.timestamp,
    'UTC')) AS active_days,
    count() AS number_of_requests,
    countIf(status = 'failed') AS error_count,
    ifNull(sum(toDecimal256(cost,
    12)),
    0) AS total_cost,
    ifNull(sum(toInt128(total_request_tokens)),
    0) AS total_tokens,
    ifNull(sum(toInt128(prompt_tokens)),
    0) AS total_prompt_tokens,
    ifNull(sum(toInt128(completion_tokens)),
    0) AS total_completion_tokens,
    avg(latency) AS average_latency,
    avg(time_to_first_token) AS average_ttft
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND customer_identifier != ''
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
AND customer_identifier IN {ids:Array(String)}
GROUP BY customer_identifier
