SELECT id,
    toUnixTimestamp64Micro(spans.key_time) AS place,
    trace_unique_id,
    length(toString(spans.metadata)) AS metadata_bytes
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND id IN (SELECT arrayJoin(splitByChar(',',
    {ids:String})))
AND spans.key_time IN (SELECT key_time
FROM span_keys
WHERE id IN (SELECT arrayJoin(splitByChar(',',
    {ids:String})))
AND organization_id = {organization_id:String}
AND environment = {environment:String})
