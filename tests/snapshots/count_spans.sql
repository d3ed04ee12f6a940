SELECT count() AS count
FROM spans FINAL
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
AND timestamp <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
