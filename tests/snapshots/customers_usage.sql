SELECT ifNull(sum(toDecimal256(cost,
    12)),
    0) AS cost
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND customer_identifier = {customer:String}
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
AND spans.timestamp < fromUnixTimestamp64Micro({end:Int64},
    'UTC')
