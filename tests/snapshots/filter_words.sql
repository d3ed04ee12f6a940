(NOT (((positionCaseInsensitive(input, {f1:String}) > 0
AND match(input, {f0:String}))
OR (positionCaseInsensitive(output, {f1:String}) > 0
AND match(output, {f0:String}))
OR (positionCaseInsensitive(error_message, {f1:String}) > 0
AND match(error_message, {f0:String}))
OR (positionCaseInsensitive(span_name, {f1:String}) > 0
AND match(span_name, {f0:String}))
OR (positionCaseInsensitive(span_workflow_name, {f1:String}) > 0
AND match(span_workflow_name, {f0:String}))
OR (positionCaseInsensitive(trace_name, {f1:String}) > 0
AND match(trace_name, {f0:String})))
AND ((positionCaseInsensitive(input, {f3:String}) > 0
AND match(input, {f2:String}))
OR (positionCaseInsensitive(output, {f3:String}) > 0
AND match(output, {f2:String}))
OR (positionCaseInsensitive(error_message, {f3:String}) > 0
AND match(error_message, {f2:String}))
OR (positionCaseInsensitive(span_name, {f3:String}) > 0
AND match(span_name, {f2:String}))
OR (positionCaseInsensitive(span_workflow_name, {f3:String}) > 0
AND match(span_workflow_name, {f2:String}))
OR (positionCaseInsensitive(trace_name, {f3:String}) > 0
AND match(trace_name, {f2:String})))))
