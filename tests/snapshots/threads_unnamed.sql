SELECT DISTINCT trace_unique_id
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND thread_identifier = ''
AND trace_unique_id IN (SELECT trace_unique_id
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND trace_unique_id != ''
AND thread_identifier IN {threads:Array(String)})
