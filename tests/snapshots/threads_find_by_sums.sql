SELECT thread_identifier AS key,
    count() OVER () AS matches
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
AND trace_unique_id != ''
AND thread_identifier != ''
GROUP BY trace_unique_id) AS named ON spans.trace_unique_id = named.trace_unique_id
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND 1) AS spans
WHERE thread_identifier != ''
AND thread_identifier IN (SELECT thread_identifier
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
AND trace_unique_id != ''
AND thread_identifier != ''
GROUP BY trace_unique_id) AS named ON spans.trace_unique_id = named.trace_unique_id
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND 1) AS spans
WHERE thread_identifier != ''
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC'))
GROUP BY thread_identifier
HAVING ((argMinIf(spans.customer_identifier,
    (span_parent_id != '',
    ifNull(spans.start_time,
    spans.timestamp),
    id),
    spans.customer_identifier != '') = {f0_0:String})
AND (thread_identifier IN (SELECT thread_identifier
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
AND trace_unique_id != ''
AND thread_identifier != ''
GROUP BY trace_unique_id) AS named ON spans.trace_unique_id = named.trace_unique_id
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND 1) AS spans
WHERE thread_identifier != ''
AND (the words))))
AND max(spans.timestamp) <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
ORDER BY count() ASC,
    key ASC
LIMIT {limit:UInt32} OFFSET {offset:UInt64}
