SELECT toUnixTimestamp64Micro(min(span_keys.key_time)) AS key_time,
    {id:String} AS id,
    count() AS size
FROM span_keys
WHERE span_keys.id = {id:String}
AND organization_id = {organization_id:String}
AND environment = {environment:String}
