SELECT customer_identifier AS key,
    count() OVER () AS matches
FROM (SELECT customer_identifier,
    last_received,
    total_cost,
    if(known_name != '',
    known_name,
    span_name) AS name,
    if(known_email != '',
    known_email,
    span_email) AS email
FROM (SELECT customer_identifier,
    max(spans.received_at) AS last_received,
    ifNull(sum(toDecimal256(cost,
    12)),
    0) AS total_cost,
    argMaxIf(customer_name,
    version,
    customer_name != '') AS span_name,
    argMaxIf(customer_email,
    version,
    customer_email != '') AS span_email
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND customer_identifier != ''
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
WHERE ((total_cost > {f0:Decimal(38,
    12)})
AND ((lower(customer_identifier) LIKE {f1:String}) OR (lower(name) LIKE {f1:String}) OR (lower(email) LIKE {f1:String})))
ORDER BY name DESC NULLS LAST,
    customer_identifier DESC
LIMIT {limit:UInt32} OFFSET {offset:UInt64}
