SELECT arrayJoin(arrayConcat(JSONExtractKeys(properties),
    arrayFlatten(arrayMap(pair -> arrayMap(inner -> concat(pair.1,
    '.',
    inner),
    JSONExtractKeys(pair.2)),
    arrayFilter(pair -> startsWith(pair.2,
    '{'),
    JSONExtractKeysAndValuesRaw(properties)))))) AS key
FROM (SELECT properties
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
ORDER BY organization_id DESC,
    environment DESC,
    spans.key_time DESC
LIMIT 10000)
WHERE key != ''
AND NOT startsWith(key,
    '_')
GROUP BY key
ORDER BY count() DESC,
    key
LIMIT {limit:UInt32}
