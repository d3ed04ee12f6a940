SELECT thread_identifier AS thread_identifier,
    count() AS log_count,
    uniqExact(trace_unique_id) AS trace_count,
    countIf(status = 'failed') AS error_count,
    countIf(log_type IN ('chat',
    'completion',
    'text',
    'response',
    'embedding',
    'generation')) AS llm_call_count,
    ifNull(sum(cost),
    0) AS total_cost,
    ifNull(sum(prompt_tokens),
    0) AS total_prompt_tokens,
    ifNull(sum(completion_tokens),
    0) AS total_completion_tokens,
    ifNull(sum(total_request_tokens),
    0) AS total_tokens,
    argMinIf(spans.customer_identifier,
    (span_parent_id != '',
    ifNull(spans.start_time,
    spans.timestamp),
    id),
    spans.customer_identifier != '') AS customer_identifier,
    toUnixTimestamp64Micro(min(ifNull(spans.start_time,
    spans.timestamp))) AS start_time,
    toUnixTimestamp64Micro(max(spans.timestamp)) AS end_time,
    argMax(spans.input_preview,
    (spans.timestamp,
    id)) AS input_preview,
    argMax(spans.output_preview,
    (spans.timestamp,
    id)) AS output_preview
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND thread_identifier IN {threads:Array(String)}
GROUP BY thread_identifier
