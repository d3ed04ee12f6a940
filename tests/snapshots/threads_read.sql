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
    ifNull(sum(toDecimal256(cost,
    12)),
    0) AS total_cost,
    ifNull(sum(toInt128(prompt_tokens)),
    0) AS total_prompt_tokens,
    ifNull(sum(toInt128(completion_tokens)),
    0) AS total_completion_tokens,
    ifNull(sum(toInt128(total_request_tokens)),
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
    (spans.log_type IN ('chat',
    'completion',
    'response',
    'text'),
    spans.timestamp,
    id)) AS input_preview,
    argMax(spans.output_preview,
    (spans.log_type IN ('chat',
    'completion',
    'response',
    'text'),
    spans.timestamp,
    id)) AS output_preview
FROM (SELECT spans.* REPLACE (if(spans.thread_identifier = '',
    named.thread,
    spans.thread_identifier) AS thread_identifier)
FROM spans @final ANY LEFT JOIN (SELECT trace_unique_id,
    argMinIf(spans.thread_identifier,
    (span_parent_id != '',
    ifNull(spans.start_time,
    spans.timestamp),
    id),
    spans.thread_identifier != '') AS thread
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND spans.key_time >= (SELECT if(count() = 0,
    toDateTime64('2299-12-31',
    6,
    'UTC'),
    min(first_key_time))
FROM trace_times
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND trace_unique_id IN (SELECT arrayJoin({traces:Array(String)})))
AND trace_unique_id IN (SELECT arrayJoin({traces:Array(String)}))
AND thread_identifier != ''
GROUP BY trace_unique_id) AS named ON spans.trace_unique_id = named.trace_unique_id
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND (spans.thread_identifier IN {threads:Array(String)} OR spans.thread_identifier = ''
AND spans.trace_unique_id IN {traces:Array(String)})) AS spans
WHERE thread_identifier IN {threads:Array(String)}
GROUP BY thread_identifier
