SELECT model AS k0,
    if(JSONExtractRaw(properties,
    {g0:String}) NOT IN ('',
    'null'),
    concat('=',
    JSONExtractRaw(properties,
    {g0:String})),
    '') AS k1,
    ifNull(sum(toDecimal256(cost,
    12)),
    0) AS rank,
    count() OVER () AS group_count
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
AND (the filter)
GROUP BY k0,
    k1
ORDER BY rank DESC NULLS LAST,
    k0,
    k1
LIMIT {top:UInt32}
