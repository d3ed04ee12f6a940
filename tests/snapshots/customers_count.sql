SELECT count() AS count
FROM (SELECT customer_identifier,
    last_received
FROM (SELECT customer_identifier,
    max(spans.received_at) AS last_received
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND customer_identifier != ''
AND customer_identifier = {only:String}
GROUP BY customer_identifier) AS sums
LEFT ANY JOIN (SELECT each.1 AS customer_identifier,
    each.2 AS known_name,
    each.3 AS known_email,
    each.4 AS deleted_at
FROM (SELECT arrayJoin(JSONExtract({known:String},
    'Array(Tuple(String,
    String,
    String,
    Int64))')) AS each)) AS known USING (customer_identifier)
WHERE toUnixTimestamp64Micro(last_received) > deleted_at)
WHERE 1
