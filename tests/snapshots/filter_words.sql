(NOT ((indexHint(hasAny(arrayConcat(alphaTokens(lower(input)), alphaTokens(lower(output)), alphaTokens(lower(error_message)), alphaTokens(lower(span_name)), alphaTokens(lower(span_workflow_name)), alphaTokens(lower(trace_name))), [{f3:String}, {f4:String}, {f5:String}, {f6:String}, {f7:String}, {f8:String}, {f9:String}, {f10:String}, {f11:String}, {f12:String}]))
AND (if(lower(input) LIKE {f1:String}
AND lower(input) LIKE {f2:String}, match(input, {f0:String}), 0)
OR if(lower(output) LIKE {f1:String}
AND lower(output) LIKE {f2:String}, match(output, {f0:String}), 0)
OR if(lower(error_message) LIKE {f1:String}
AND lower(error_message) LIKE {f2:String}, match(error_message, {f0:String}), 0)
OR if(lower(span_name) LIKE {f1:String}
AND lower(span_name) LIKE {f2:String}, match(span_name, {f0:String}), 0)
OR if(lower(span_workflow_name) LIKE {f1:String}
AND lower(span_workflow_name) LIKE {f2:String}, match(span_workflow_name, {f0:String}), 0)
OR if(lower(trace_name) LIKE {f1:String}
AND lower(trace_name) LIKE {f2:String}, match(trace_name, {f0:String}), 0)))
AND (if(lower(input) LIKE {f14:String}, match(input, {f13:String}), 0)
OR if(lower(output) LIKE {f14:String}, match(output, {f13:String}), 0)
OR if(lower(error_message) LIKE {f14:String}, match(error_message, {f13:String}), 0)
OR if(lower(span_name) LIKE {f14:String}, match(span_name, {f13:String}), 0)
OR if(lower(span_workflow_name) LIKE {f14:String}, match(span_workflow_name, {f13:String}), 0)
OR if(lower(trace_name) LIKE {f14:String}, match(trace_name, {f13:String}), 0))))
