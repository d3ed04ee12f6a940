SELECT customer_identifier AS key,
    count() OVER () AS matches
FROM (SELECT customer_identifier,
    first_seen
FROM (SELECT customer_identifier,
    min(spans.timestamp) AS first_seen
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND customer_identifier != ''
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
GROUP BY customer_identifier)
WHERE 1)
WHERE 1
ORDER BY first_seen DESC NULLS LAST,
    customer_identifier DESC
LIMIT {limit:UInt32} OFFSET {offset:UInt64}
