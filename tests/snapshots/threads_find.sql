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
AND spans.key_time >= (SELECT if(count() = 0,
    toDateTime64('2299-12-31',
    6,
    'UTC'),
    min(first_key_time))
FROM trace_times
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND trace_unique_id IN (SELECT trace_unique_id
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND trace_unique_id != ''
AND thread_identifier = ''
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')))
AND trace_unique_id IN (SELECT trace_unique_id
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND trace_unique_id != ''
AND thread_identifier = ''
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC'))
AND thread_identifier != ''
GROUP BY trace_unique_id) AS named ON spans.trace_unique_id = named.trace_unique_id
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND 1) AS spans
WHERE thread_identifier != ''
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
GROUP BY thread_identifier
HAVING 1
AND max(spans.timestamp) <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
ORDER BY max(spans.timestamp) DESC,
    key DESC
LIMIT {limit:UInt32} OFFSET {offset:UInt64}
