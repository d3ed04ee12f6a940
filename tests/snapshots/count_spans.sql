SELECT count() AS count,
    -arrayElement(groupArraySorted(50)(-toUnixTimestamp64Micro(spans.timestamp)),
    -1) AS last
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
