SELECT id
FROM spans
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND spans.key_time IN (SELECT key_time
FROM span_keys
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND id IN ({ids:Array(String)}))
AND id IN ({ids:Array(String)})
GROUP BY id
HAVING count() > 1
