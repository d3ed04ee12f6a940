"""The functions that SQL of users may call: pure, bounded, and about values only.

Everything that is not listed is refused. Left out on purpose: whatever reads files, tables, dictionaries, the network,
settings or the server (`file`, `url`, `joinGet`, `dictGet`, `getSetting`, `hostName` …), whatever waits (`sleep`), and
whatever makes much out of little (`range`, `repeat`, `arrayResize` …).
"""

_AGGREGATES = """
any anyLast argMax argMin avg avgWeighted corr count covarPop covarSamp entropy exponentialMovingAverage first_value
groupArray groupArrayArray groupUniqArray groupBitAnd groupBitOr groupBitXor kurtPop kurtSamp last_value max maxMap
median medianExact min minMap quantile quantileExact quantileExactInclusive quantileExactExclusive quantileTDigest
quantileTiming quantileDD quantiles quantilesExact quantilesTDigest simpleLinearRegression skewPop skewSamp stddevPop
stddevSamp sum sumKahan sumMap sumWithOverflow topK topKWeighted uniq uniqCombined uniqCombined64 uniqExact uniqHLL12
varPop varSamp
"""

_WINDOWS = "row_number rank dense_rank percent_rank cume_dist ntile lag lead lagInFrame leadInFrame nth_value"

_CONDITIONS = """
if multiIf coalesce ifNull nullIf isNull isNotNull isZeroOrNull assumeNotNull toNullable greatest least and or not xor
equals notEquals less greater lessOrEquals greaterOrEquals isNaN isFinite isInfinite ifNotFinite transform
"""

_NUMBERS = """
abs sign plus minus multiply divide intDiv intDivOrZero modulo moduloOrZero negate gcd lcm exp exp2 exp10 log ln log2
log10 log1p sqrt cbrt pow power sin cos tan asin acos atan atan2 pi e round floor ceil ceiling trunc truncate
roundBankers roundDown roundAge roundDuration roundToExp2 widthBucket bar bitAnd bitOr bitXor bitNot bitShiftLeft
bitShiftRight formatReadableSize formatReadableQuantity formatReadableTimeDelta formatReadableDecimalSize
toInt8 toInt16 toInt32 toInt64 toInt128 toUInt8 toUInt16 toUInt32 toUInt64 toFloat32 toFloat64 toDecimal32 toDecimal64
toDecimal128 toInt64OrNull toInt64OrZero toInt32OrNull toInt32OrZero toUInt64OrNull toUInt64OrZero toFloat64OrNull
toFloat64OrZero toDecimal64OrNull toDecimal128OrNull toBool cast accurateCastOrNull accurateCast toTypeName
"""

_TIMES = """
now now64 today yesterday toDate toDate32 toDateTime toDateTime64 toDateOrNull toDateTimeOrNull toDateTime64OrNull
parseDateTimeBestEffort parseDateTimeBestEffortOrNull parseDateTime64BestEffort parseDateTime64BestEffortOrNull
toTimeZone toYear toQuarter toMonth toDayOfYear toDayOfMonth toDayOfWeek toHour toMinute toSecond toMillisecond toWeek
toISOWeek toISOYear toYYYYMM toYYYYMMDD toYYYYMMDDhhmmss toStartOfYear toStartOfISOYear toStartOfQuarter toStartOfMonth
toLastDayOfMonth toMonday toStartOfWeek toLastDayOfWeek toStartOfDay toStartOfHour toStartOfMinute toStartOfSecond
toStartOfFiveMinutes toStartOfTenMinutes toStartOfFifteenMinutes toStartOfInterval toTime toUnixTimestamp
toUnixTimestamp64Milli toUnixTimestamp64Micro toUnixTimestamp64Nano fromUnixTimestamp fromUnixTimestamp64Milli
fromUnixTimestamp64Micro fromUnixTimestamp64Nano formatDateTime dateName monthName dateDiff date_diff age date_trunc
dateTrunc addYears addQuarters addMonths addWeeks addDays addHours addMinutes addSeconds addMilliseconds
subtractYears subtractQuarters subtractMonths subtractWeeks subtractDays subtractHours subtractMinutes subtractSeconds
toIntervalSecond toIntervalMinute toIntervalHour toIntervalDay toIntervalWeek toIntervalMonth timeSlot date_add date_sub
dateAdd dateSub timestamp_add timestamp_sub year month day hour minute second quarter
"""

_TEXTS = """
length lengthUTF8 char_length character_length empty notEmpty lower upper lowerUTF8 upperUTF8 lcase ucase reverse
reverseUTF8 concat concatWithSeparator concat_ws substring substringUTF8 substr mid left right leftUTF8 rightUTF8
trim trimLeft trimRight trimBoth ltrim rtrim startsWith endsWith startsWithUTF8 endsWithUTF8 position positionUTF8
positionCaseInsensitive positionCaseInsensitiveUTF8 locate countSubstrings countSubstringsCaseInsensitive
multiSearchAny multiSearchAnyCaseInsensitive multiSearchFirstIndex match like ilike notLike notILike extract extractAll
regexpExtract replace replaceOne replaceAll replaceRegexpOne replaceRegexpAll countMatches splitByChar splitByString
splitByNonAlpha splitByWhitespace tokens hasToken hasTokenCaseInsensitive hasAllTokens hasAnyTokens
ngrams ngramDistance ngramDistanceCaseInsensitive levenshteinDistance damerauLevenshteinDistance jaroSimilarity
soundex toString toFixedString toValidUTF8 base64Encode base64Decode tryBase64Decode hex unhex encodeURLComponent
decodeURLComponent domain domainWithoutWWW topLevelDomain path queryString cutToFirstSignificantSubdomain
MD5 SHA256 cityHash64 sipHash64 xxHash64 farmHash64 leftPad rightPad normalizeQuery format isValidUTF8 initcap ascii
"""

_COLLECTIONS = """
array tuple tupleElement map mapKeys mapValues mapContains mapContainsKey mapContainsKeyLike mapFilter mapApply mapAdd
mapExtractKeyLike arrayElement has hasAll hasAny hasSubstr indexOf arrayCount arrayExists arrayAll arrayFilter arrayMap
arraySort arrayReverseSort arrayReverse arrayDistinct arrayUniq arraySum arrayAvg arrayMin arrayMax arrayFirst arrayLast
arrayFirstIndex arrayLastIndex arrayConcat arrayPushBack arrayPushFront arrayPopBack arrayPopFront arraySlice
arrayFlatten arrayCompact arrayZip arrayJoin arrayStringConcat arrayIntersect arrayDifference arrayCumSum arrayEnumerate
arrayEnumerateUniq arrayReduce emptyArrayString
"""

_JSON = """
JSONHas JSONLength JSONType JSONKey JSONExtract JSONExtractString JSONExtractInt JSONExtractUInt JSONExtractFloat
JSONExtractBool JSONExtractRaw JSONExtractArrayRaw JSONExtractKeys JSONExtractKeysAndValues JSONExtractKeysAndValuesRaw
JSON_VALUE JSON_QUERY JSON_EXISTS isValidJSON simpleJSONHas simpleJSONExtractString simpleJSONExtractInt
simpleJSONExtractFloat simpleJSONExtractBool simpleJSONExtractRaw toJSONString
"""

_PLAIN = " ".join((_CONDITIONS, _NUMBERS, _TIMES, _TEXTS, _COLLECTIONS, _JSON)).split()
_COMBINATORS = ("If", "OrNull", "OrDefault", "Distinct", "Array", "Map", "DistinctIf", "OrNullIf", "ArrayIf")

ALLOWED = frozenset(
    name.lower()
    for name in (
        *_PLAIN,
        *_WINDOWS.split(),
        *(name + suffix for name in _AGGREGATES.split() for suffix in ("", *_COMBINATORS)),
    )
)
"""Names in lower case."""

LISTED = {
    "Aggregates": tuple(_AGGREGATES.split()),
    "Windows": tuple(_WINDOWS.split()),
    "Conditions and comparisons": tuple(_CONDITIONS.split()),
    "Numbers and conversions": tuple(_NUMBERS.split()),
    "Times": tuple(_TIMES.split()),
    "Texts": tuple(_TEXTS.split()),
    "Arrays, tuples and maps": tuple(_COLLECTIONS.split()),
    "JSON": tuple(_JSON.split()),
}
"""The same for the documentation; aggregates also take `If`, `OrNull`, `Distinct` and the like at their end."""
