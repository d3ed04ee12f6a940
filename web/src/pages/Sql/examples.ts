/** Questions to begin with. Each is asked of a real server in the tests. */

export interface Example {
  title: string;
  query: string;
  as: "table" | "chart";
}

export const EXAMPLES: readonly Example[] = [
  {
    title: "What did each day cost, by model?",
    as: "chart",
    query: `SELECT toStartOfDay(timestamp) AS day, model, sum(cost) AS cost
FROM spans
WHERE timestamp > now() - INTERVAL 30 DAY AND model != ''
GROUP BY day, model
ORDER BY day`,
  },
  {
    title: "How slow is each model, in the middle and at the end?",
    as: "table",
    query: `SELECT model, count() AS calls, quantile(0.5)(latency) AS p50, quantile(0.95)(latency) AS p95
FROM spans
WHERE timestamp > now() - INTERVAL 7 DAY AND latency IS NOT NULL AND model != ''
GROUP BY model
ORDER BY p95 DESC`,
  },
  {
    title: "Which customers cost most, and how often did their calls fail?",
    as: "chart",
    query: `SELECT customer_identifier, sum(cost) AS cost, count() AS calls, countIf(status = 'failed') AS failed
FROM spans
WHERE timestamp > now() - INTERVAL 30 DAY AND customer_identifier != ''
GROUP BY customer_identifier
ORDER BY cost DESC
LIMIT 20`,
  },
  {
    title: "Which errors come most, and since when?",
    as: "table",
    query: `SELECT left(error_message, 80) AS error, count() AS times, min(timestamp) AS first, max(timestamp) AS last
FROM spans
WHERE status = 'failed' AND timestamp > now() - INTERVAL 30 DAY
GROUP BY error
ORDER BY times DESC`,
  },
  {
    title: "What was asked in the traces that cost most?",
    as: "table",
    query: `SELECT t.trace_unique_id, t.total_cost, t.span_count, s.input_preview
FROM traces AS t
JOIN spans AS s ON s.trace_unique_id = t.trace_unique_id AND s.span_parent_id = ''
ORDER BY t.total_cost DESC
LIMIT 20`,
  },
];
