SELECT count() AS count
FROM scores FINAL
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND is_deleted = 0
AND evaluator_slug = {evaluator_slug:String}
