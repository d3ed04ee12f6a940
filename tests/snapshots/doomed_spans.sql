SELECT id,
    toUnixTimestamp64Micro(spans.key_time) AS place,
    trace_unique_id
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
AND (the filter)
AND spans.version <= {until:UInt64}
AND (spans.key_time,
    id) > (fromUnixTimestamp64Micro({after_time:Int64},
    'UTC'),
    {after_id:String})
ORDER BY spans.key_time,
    id
LIMIT {size:UInt32}
