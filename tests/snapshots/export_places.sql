SELECT toUnixTimestamp64Micro(place) AS key_time,
    id,
    size
FROM (SELECT spans.key_time AS place,
    id,
    length(spans.organization_id) + length(spans.environment) + length(spans.id) + length(spans.model) + length(spans.input) + arraySum(arrayMap(v -> length(v),
    mapValues(spans.metadata))) AS size
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND (the filter)
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
AND spans.key_time >= fromUnixTimestamp64Micro({after_time:Int64},
    'UTC')
AND (spans.key_time > fromUnixTimestamp64Micro({after_time:Int64},
    'UTC') OR id > {after_id:String})
ORDER BY spans.key_time,
    id
LIMIT {rows:UInt32})
