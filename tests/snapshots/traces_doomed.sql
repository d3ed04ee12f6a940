SELECT id,
    toUnixTimestamp64Micro(spans.key_time) AS key_time
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND spans.key_time >= (SELECT min(first_key_time)
FROM trace_times
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND trace_unique_id IN {traces:Array(String)})
AND spans.key_time <= (SELECT max(last_key_time)
FROM trace_times
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND trace_unique_id IN {traces:Array(String)})
AND trace_unique_id IN {traces:Array(String)}
AND spans.received_at <= fromUnixTimestamp64Micro({before:Int64},
    'UTC')
AND (toUnixTimestamp64Micro(spans.key_time),
    id) > ({after_time:Int64},
    {after_id:String})
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
ORDER BY key_time,
    id
LIMIT {most:UInt32}
