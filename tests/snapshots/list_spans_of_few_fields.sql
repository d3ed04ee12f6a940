SELECT organization_id,
    environment,
    toUnixTimestamp64Micro(key_time) AS key_time,
    id,
    log_type,
    cost,
    output,
    toUnixTimestamp64Micro(spans.timestamp) AS sort_value
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND (spans.key_time,
    id) IN (SELECT spans.key_time,
    id
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
AND (the filter)
ORDER BY toUnixTimestamp64Micro(spans.timestamp) DESC,
    id DESC
LIMIT {limit:UInt32} OFFSET {offset:UInt64})
ORDER BY sort_value DESC,
    id DESC
