SELECT value,
    count() AS count
FROM (SELECT if(startsWith(JSONExtractRaw(properties,
    {f0:String}),
    '"'),
    JSONExtractString(JSONExtractRaw(properties,
    {f0:String})),
    if(JSONExtractRaw(properties,
    {f0:String}) = 'null',
    '',
    JSONExtractRaw(properties,
    {f0:String}))) AS value
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
ORDER BY organization_id DESC,
    environment DESC,
    spans.key_time DESC
LIMIT 100000)
WHERE value != ''
GROUP BY value
ORDER BY count DESC,
    value
LIMIT {limit:UInt32}
