SELECT if(evaluator_slug = '',
    evaluator_id,
    evaluator_slug) AS key
FROM scores FINAL
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND is_deleted = 0
AND key != ''
GROUP BY key
ORDER BY count() DESC,
    key
LIMIT {limit:UInt32}
