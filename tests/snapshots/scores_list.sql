SELECT organization_id,
    environment,
    log_id,
    id,
    evaluator_id,
    evaluator_slug,
    type,
    numerical_value,
    boolean_value,
    string_value,
    categorical_value,
    json_value,
    is_passed,
    cost,
    dataset_id,
    toUnixTimestamp64Micro(created_at) AS created_at,
    toUnixTimestamp64Micro(key_time) AS key_time,
    is_deleted
FROM scores FINAL
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND is_deleted = 0
AND log_id = {log_id:String}
AND type = {type:String}
AND ifNull(is_passed = true,
    false)
AND scores.created_at >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
AND scores.created_at <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
ORDER BY scores.created_at DESC,
    id DESC
LIMIT {limit:UInt32} OFFSET {offset:UInt64}
