SELECT id,
    if(length(input) <= 8192,
    input,
    '') AS input,
    if(length(output) <= 8192,
    output,
    '') AS output,
    input_preview,
    output_preview,
    status
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND spans.key_time IN (SELECT fromUnixTimestamp64Micro(arrayJoin({times:Array(Int64)}),
    'UTC'))
AND id IN {ids:Array(String)}
