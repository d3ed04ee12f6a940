SELECT value,
    count() AS count
FROM (SELECT multiIf(string_value != '',
    string_value,
    categorical_value NOT IN ('',
    '[]'),
    categorical_value,
    boolean_value IS NOT NULL,
    if(boolean_value,
    'true',
    'false'),
    ifNull(toString(numerical_value),
    '')) AS value
FROM scores FINAL
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND is_deleted = 0
AND (evaluator_id = {f0:String} OR evaluator_slug = {f0:String})
AND log_id IN (SELECT id
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')))
WHERE value != ''
GROUP BY value
ORDER BY count DESC,
    value
LIMIT {limit:UInt32}
