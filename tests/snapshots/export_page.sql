SELECT organization_id,
    environment,
    toUnixTimestamp64Micro(key_time) AS key_time,
    id,
    model,
    input,
    metadata
FROM (SELECT organization_id,
    environment,
    key_time,
    id,
    model,
    input,
    metadata
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND (the filter)
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
AND spans.key_time >= fromUnixTimestamp64Micro({first:Int64},
    'UTC')
AND spans.key_time <= fromUnixTimestamp64Micro({last:Int64},
    'UTC')
AND id IN ({ids:Array(String)})) AS found
ORDER BY found.key_time,
    found.id
