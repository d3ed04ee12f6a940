((isNotNull(transform(JSONExtractRaw(extra, 'cache_bit'), ['true', '1', 'false', '0', '-0'], [toNullable(true), true, false, false, false], NULL))
AND ((transform(JSONExtractRaw(extra, 'cache_bit'), ['true', '1', 'false', '0', '-0'], [toNullable(true), true, false, false, false], NULL)) = true))
AND (NOT (multiIf(JSONType(extra, 'deployment_name') = 'String', JSONExtractString(extra, 'deployment_name'), JSONType(extra, 'deployment_name') IN ('Int64', 'UInt64', 'Bool'), JSONExtractRaw(extra, 'deployment_name'), '') = {f0:String})))
