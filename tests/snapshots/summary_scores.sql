SELECT any(scores.evaluator_id) AS evaluator_id,
    argMaxIf(scores.evaluator_slug,
    (created_at,
    id),
    scores.evaluator_slug != '') AS evaluator_slug,
    if(evaluator_slug != '',
    evaluator_slug,
    evaluator_id) AS evaluator_name,
    argMax(type,
    (created_at,
    id)) AS score_value_type,
    count() AS score_count,
    avg(numerical_value) AS avg_score,
    countIf(boolean_value = true) AS true_count,
    countIf(boolean_value = false) AS false_count
FROM scores FINAL
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND is_deleted = 0
AND log_id IN (SELECT id
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
AND (the filter))
GROUP BY if(scores.evaluator_id != '',
    scores.evaluator_id,
    scores.evaluator_slug)
ORDER BY if(scores.evaluator_id != '',
    scores.evaluator_id,
    scores.evaluator_slug)
