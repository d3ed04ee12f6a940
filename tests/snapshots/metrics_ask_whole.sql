SELECT countIf(prompt_cache_hit_tokens > 0) / count() AS m_cache_hit_rate
FROM spans @final
WHERE organization_id = {organization_id:String}
AND environment = {environment:String}
AND @newest
AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64},
    'UTC')
AND spans.timestamp <= fromUnixTimestamp64Micro({end:Int64},
    'UTC')
AND (the filter)
