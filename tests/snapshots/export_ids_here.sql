SELECT DISTINCT id
FROM span_keys
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND id IN ({ids:Array(String)})
