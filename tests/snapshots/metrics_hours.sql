SELECT bucket,
    k0,
    sum(p_count) AS p_count,
    sum(p_sum_cost) AS p_sum_cost,
    sum(p_count_cost) AS p_count_cost,
    sumMap(h_latency.1,
    h_latency.2) AS h_latency,
    sumMap(h_time_to_first_token.1,
    h_time_to_first_token.2) AS h_time_to_first_token
FROM (SELECT roundDown(intDiv(toUnixTimestamp64Micro(spans.timestamp),
    3600000000) * 3600000000,
    {edges:Array(Int64)}) AS bucket,
    model AS k0,
    toInt64(count()) AS p_count,
    (sum(toDecimal256(cost,
    12))) AS p_sum_cost,
    toInt64(count(cost)) AS p_count_cost,
    ([]::Array(Float64),
    []::Array(Int64)) AS h_latency,
    ([]::Array(Float64),
    []::Array(Int64)) AS h_time_to_first_token
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND is_deleted = 0
AND intDiv(toUnixTimestamp64Micro(spans.timestamp),
    3600000000) >= {first_hour:Int64}
AND NOT has({broken:Array(Int64)},
    intDiv(toUnixTimestamp64Micro(spans.timestamp),
    3600000000))
AND intDiv(toUnixTimestamp64Micro(spans.timestamp),
    3600000000) < {end_hour:Int64}
AND (NOT (model = {f0:String}))
GROUP BY bucket,
    k0 UNION ALL SELECT bucket,
    k0,
    toInt64(0) AS p_count,
    toDecimal256(0,
    12) AS p_sum_cost,
    toInt64(0) AS p_count_cost,
    (groupArray(x),
    groupArray(toInt64(n))) AS h_latency,
    ([]::Array(Float64),
    []::Array(Int64)) AS h_time_to_first_token
FROM (SELECT roundDown(intDiv(toUnixTimestamp64Micro(spans.timestamp),
    3600000000) * 3600000000,
    {edges:Array(Int64)}) AS bucket,
    model AS k0,
    if(isNull(latency),
    1,
    sign(ifNull(latency,
    0)) * (40000 + ceil(log(greatest(abs(ifNull(latency,
    0)),
    1e-300)) * 50))) AS x,
    count() AS n
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND is_deleted = 0
AND intDiv(toUnixTimestamp64Micro(spans.timestamp),
    3600000000) >= {first_hour:Int64}
AND NOT has({broken:Array(Int64)},
    intDiv(toUnixTimestamp64Micro(spans.timestamp),
    3600000000))
AND intDiv(toUnixTimestamp64Micro(spans.timestamp),
    3600000000) < {end_hour:Int64}
AND (NOT (model = {f0:String}))
GROUP BY bucket,
    k0,
    x)
GROUP BY bucket,
    k0 UNION ALL SELECT bucket,
    k0,
    toInt64(0) AS p_count,
    toDecimal256(0,
    12) AS p_sum_cost,
    toInt64(0) AS p_count_cost,
    ([]::Array(Float64),
    []::Array(Int64)) AS h_latency,
    (groupArray(x),
    groupArray(toInt64(n))) AS h_time_to_first_token
FROM (SELECT roundDown(intDiv(toUnixTimestamp64Micro(spans.timestamp),
    3600000000) * 3600000000,
    {edges:Array(Int64)}) AS bucket,
    model AS k0,
    if(isNull(time_to_first_token),
    1,
    sign(ifNull(time_to_first_token,
    0)) * (40000 + ceil(log(greatest(abs(ifNull(time_to_first_token,
    0)),
    1e-300)) * 50))) AS x,
    count() AS n
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND is_deleted = 0
AND intDiv(toUnixTimestamp64Micro(spans.timestamp),
    3600000000) >= {first_hour:Int64}
AND NOT has({broken:Array(Int64)},
    intDiv(toUnixTimestamp64Micro(spans.timestamp),
    3600000000))
AND intDiv(toUnixTimestamp64Micro(spans.timestamp),
    3600000000) < {end_hour:Int64}
AND (NOT (model = {f0:String}))
GROUP BY bucket,
    k0,
    x)
GROUP BY bucket,
    k0 UNION ALL SELECT roundDown(toUnixTimestamp64Micro(spans.timestamp),
    {edges:Array(Int64)}) AS bucket,
    model AS k0,
    -toInt64(count()) AS p_count,
    -(sum(toDecimal256(cost,
    12))) AS p_sum_cost,
    -toInt64(count(cost)) AS p_count_cost,
    sumMap([toFloat64(if(isNull(latency),
    1,
    sign(ifNull(latency,
    0)) * (40000 + ceil(log(greatest(abs(ifNull(latency,
    0)),
    1e-300)) * 50))))],
    [toInt64(-1)]) AS h_latency,
    sumMap([toFloat64(if(isNull(time_to_first_token),
    1,
    sign(ifNull(time_to_first_token,
    0)) * (40000 + ceil(log(greatest(abs(ifNull(time_to_first_token,
    0)),
    1e-300)) * 50))))],
    [toInt64(-1)]) AS h_time_to_first_token
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND NOT (@newest)
AND is_deleted = 0
AND spans.timestamp >= fromUnixTimestamp64Micro({first_hour:Int64} * 3600000000,
    'UTC')
AND spans.timestamp < fromUnixTimestamp64Micro({end_hour:Int64} * 3600000000,
    'UTC')
AND NOT has({broken:Array(Int64)},
    intDiv(toUnixTimestamp64Micro(spans.timestamp),
    3600000000))
AND (NOT (model = {f0:String}))
GROUP BY bucket,
    k0 UNION ALL SELECT roundDown(toUnixTimestamp64Micro(spans.timestamp),
    {edges:Array(Int64)}) AS bucket,
    model AS k0,
    toInt64(count()) AS p_count,
    (sum(toDecimal256(cost,
    12))) AS p_sum_cost,
    toInt64(count(cost)) AS p_count_cost,
    sumMap([toFloat64(if(isNull(latency),
    1,
    sign(ifNull(latency,
    0)) * (40000 + ceil(log(greatest(abs(ifNull(latency,
    0)),
    1e-300)) * 50))))],
    [toInt64(1)]) AS h_latency,
    sumMap([toFloat64(if(isNull(time_to_first_token),
    1,
    sign(ifNull(time_to_first_token,
    0)) * (40000 + ceil(log(greatest(abs(ifNull(time_to_first_token,
    0)),
    1e-300)) * 50))))],
    [toInt64(1)]) AS h_time_to_first_token
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND ((spans.timestamp >= fromUnixTimestamp64Micro({r0_start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({r0_end:Int64},
    'UTC')) OR (spans.timestamp >= fromUnixTimestamp64Micro({r1_start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({r1_end:Int64},
    'UTC')) OR (spans.timestamp >= fromUnixTimestamp64Micro({r2_start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({r2_end:Int64},
    'UTC')) OR (spans.timestamp >= fromUnixTimestamp64Micro({r3_start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({r3_end:Int64},
    'UTC')) OR (spans.timestamp >= fromUnixTimestamp64Micro({r4_start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({r4_end:Int64},
    'UTC')))
AND (NOT (model = {f0:String}))
GROUP BY bucket,
    k0)
GROUP BY bucket,
    k0
LIMIT {most:UInt32}
