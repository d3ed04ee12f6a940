SELECT value,
    count() AS count
FROM (SELECT model AS value
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({end:Int64},
    'UTC'))
WHERE value != ''
AND startsWith(lowerUTF8(value),
    lowerUTF8({f0:String}))
GROUP BY value
ORDER BY count DESC,
    value
LIMIT {limit:UInt32}
