SELECT max(spans.version) AS newest
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND spans.timestamp <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
AND ((customer_identifier = {f0:String})
AND ((positionCaseInsensitive(input,
    {f2:String}) > 0
AND match(input,
    {f1:String})) OR (positionCaseInsensitive(output,
    {f2:String}) > 0
AND match(output,
    {f1:String})) OR (positionCaseInsensitive(error_message,
    {f2:String}) > 0
AND match(error_message,
    {f1:String})) OR (positionCaseInsensitive(span_name,
    {f2:String}) > 0
AND match(span_name,
    {f1:String})) OR (positionCaseInsensitive(span_workflow_name,
    {f2:String}) > 0
AND match(span_workflow_name,
    {f1:String})) OR (positionCaseInsensitive(trace_name,
    {f2:String}) > 0
AND match(trace_name,
    {f1:String}))))
