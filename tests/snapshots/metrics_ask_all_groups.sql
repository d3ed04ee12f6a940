SELECT count() AS m_count,
    ifNull(sum(toDecimal256(cost,
    12)),
    0) AS m_sum_cost,
    arrayElement(quantilesExactInclusive(0.5,
    0.9,
    0.95,
    0.99)(latency),
    3) AS m_p95_latency,
    uniqExactIf(customer_identifier,
    customer_identifier != '') AS m_distinct_customers,
    countIf(status = 'failed') / count() AS m_error_rate,
    roundDown(toUnixTimestamp64Micro(spans.timestamp),
    {edges:Array(Int64)}) AS bucket,
    grouping(bucket) AS b,
    model AS k0,
    if(JSONExtractRaw(properties,
    {g0:String}) NOT IN ('',
    'null'),
    concat('=',
    JSONExtractRaw(properties,
    {g0:String})),
    '') AS k1,
    grouping(k0) AS g,
    1 AS is_top
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
AND (the filter)
GROUP BY GROUPING SETS ((),
    (bucket),
    (k0,
    k1),
    (bucket,
    k0,
    k1))
