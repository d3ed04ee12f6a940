SELECT trace_unique_id AS key,
    count() OVER () AS matches
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
HAVING ((count() > {f0_0:Int64})
AND (countIf((model = {f1_0:String})) > 0)
AND (NOT (trace_unique_id IN (SELECT trace_unique_id
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND trace_unique_id != ''
AND (the words))))
AND ((countIf(mapContains(metadata,
    {f3_0:String})) > 0)
AND (argMinIf(metadata[{f3_0:String}],
    (metadata[{f3_0:String}] = '',
    span_parent_id != '',
    ifNull(spans.start_time,
    spans.timestamp),
    id),
    mapContains(metadata,
    {f3_0:String})) = {f3_1:String})))
AND max(spans.timestamp) >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
ORDER BY ifNull(sum(toDecimal256(cost,
    12)),
    0) DESC,
    key DESC
LIMIT {limit:UInt32} OFFSET {offset:UInt64}
