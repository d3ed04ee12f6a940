SELECT count() AS count,
    arrayElement(groupArraySortedIf(50)(ifNull(toFloat64(spans.cost),
    -inf),
    (ifNull(toFloat64(spans.cost),
    -inf),
    id) > ({after_value:Float64},
    {after_id:String})),
    -1) AS last
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
