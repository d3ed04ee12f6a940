(NOT (((lower(input) LIKE {f1:String}
AND match(input, {f0:String}))
OR (lower(output) LIKE {f1:String}
AND match(output, {f0:String}))
OR (lower(error_message) LIKE {f1:String}
AND match(error_message, {f0:String}))
OR (lower(span_name) LIKE {f1:String}
AND match(span_name, {f0:String}))
OR (lower(span_workflow_name) LIKE {f1:String}
AND match(span_workflow_name, {f0:String}))
OR (lower(trace_name) LIKE {f1:String}
AND match(trace_name, {f0:String})))
AND ((lower(input) LIKE {f3:String}
AND match(input, {f2:String}))
OR (lower(output) LIKE {f3:String}
AND match(output, {f2:String}))
OR (lower(error_message) LIKE {f3:String}
AND match(error_message, {f2:String}))
OR (lower(span_name) LIKE {f3:String}
AND match(span_name, {f2:String}))
OR (lower(span_workflow_name) LIKE {f3:String}
AND match(span_workflow_name, {f2:String}))
OR (lower(trace_name) LIKE {f3:String}
AND match(trace_name, {f2:String})))))
