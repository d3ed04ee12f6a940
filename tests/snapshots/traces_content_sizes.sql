SELECT id,
    length(input) + length(output) + length(reasoning) + length(tool_calls) + length(completion_messages) AS bytes
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND spans.key_time >= (SELECT min(first_key_time)
FROM trace_times
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND trace_unique_id IN {traces:Array(String)})
AND spans.key_time <= (SELECT max(last_key_time)
FROM trace_times
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND trace_unique_id IN {traces:Array(String)})
AND trace_unique_id IN {traces:Array(String)}
AND id IN {ids:Array(String)}
