SELECT if(JSONExtractRaw(properties,
    {g0:String}) NOT IN ('',
    'null'),
    concat('=',
    JSONExtractRaw(properties,
    {g0:String})),
    '') AS k0,
    roundDown(toUnixTimestamp64Micro(spans.timestamp),
    {edges:Array(Int64)}) AS bucket,
    count() AS m_count,
    ifNull(sum(toDecimal256(cost,
    12)),
    0) AS m_sum_cost,
    ifNull(sum(toInt128(total_request_tokens)),
    0) AS m_sum_total_request_tokens,
    ifNull(sum(toInt128(prompt_tokens)),
    0) AS m_sum_prompt_tokens,
    ifNull(sum(toInt128(completion_tokens)),
    0) AS m_sum_completion_tokens,
    countIf(status = 'failed') AS m_error_count,
    countIf(status = 'failed') / count() AS m_error_rate,
    toFloat64(sum(toDecimal256(cost,
    12))) / count(cost) AS m_avg_cost,
    toFloat64(sum(toInt128(total_request_tokens))) / count(total_request_tokens) AS m_avg_total_request_tokens,
    toFloat64(sum(latency)) / count(latency) AS m_avg_latency,
    toFloat64(sum(time_to_first_token)) / count(time_to_first_token) AS m_avg_time_to_first_token,
    toFloat64(sum(tokens_per_second)) / count(tokens_per_second) AS m_avg_tokens_per_second,
    countIf(prompt_cache_hit_tokens > 0) / count() AS m_cache_hit_rate,
    count() OVER () AS matches
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
AND (the filter)
AND k0 != ''
GROUP BY k0,
    bucket
ORDER BY bucket ASC NULLS LAST,
    k0 ASC NULLS LAST
LIMIT {limit:UInt32} OFFSET {offset:UInt64}
