SELECT trace_unique_id AS key,
    count() OVER () AS matches
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND trace_unique_id != ''
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
GROUP BY trace_unique_id
HAVING 1
AND max(spans.timestamp) <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
ORDER BY max(spans.timestamp) DESC,
    key DESC
LIMIT {limit:UInt32} OFFSET {offset:UInt64}
