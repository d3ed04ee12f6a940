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
AND id = {id:String}
