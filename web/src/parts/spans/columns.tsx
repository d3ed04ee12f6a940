import type { ListedSpan } from "../../api/queries";
import { Badge, Ok } from "../Badge";
import { Preview, Text } from "../Cells";
import { Visible } from "../PlainText";
import type { Column } from "../Table";
import { Duration, Money, Time, Tokens } from "../Values";
import styles from "./columns.module.css";
import { METADATA } from "./metadata";

/** Every column that a table of spans can have. */
export const COLUMNS: readonly Column<ListedSpan>[] = [
  {
    id: "timestamp",
    title: "Time",
    width: 128,
    sort: "timestamp",
    cell: (span) => <Time at={span.timestamp} />,
  },
  { id: "status", title: "Status", width: 76, cell: (span) => <Status span={span} /> },
  { id: "name", title: "Name", width: 104, grow: 2, cell: (span) => <Text value={span.span_name} /> },
  { id: "type", title: "Type", width: 96, cell: (span) => span.log_type },
  { id: "model", title: "Model", width: 104, grow: 2, cell: (span) => <Text value={span.model} /> },
  { id: "input", title: "Input", width: 128, grow: 4, cell: (span) => <Preview text={span.input_preview} /> },
  { id: "output", title: "Output", width: 148, grow: 5, cell: output },
  {
    id: "tokens",
    title: "Tokens",
    width: 68,
    align: "end",
    sort: "total_request_tokens",
    cell: (span) => <Tokens count={span.total_request_tokens} />,
  },
  { id: "cost", title: "Cost", width: 108, align: "end", sort: "cost", cell: (span) => <Money amount={span.cost} /> },
  {
    id: "latency",
    title: "Latency",
    width: 98,
    align: "end",
    sort: "latency",
    cell: (span) => <Duration seconds={span.latency} />,
  },
  {
    id: "ttft",
    title: "First token",
    width: 96,
    align: "end",
    sort: "time_to_first_token",
    cell: (span) => <Duration seconds={span.time_to_first_token} />,
  },
  { id: "customer", title: "Customer", width: 92, grow: 2, cell: (span) => <Text value={span.customer_identifier} /> },
  { id: "error", title: "Error code", width: 130, cell: (span) => <Text value={span.error_code} /> },
  { id: "thread", title: "Thread", width: 120, cell: (span) => <Text value={span.thread_identifier} /> },
  { id: "prompt", title: "Prompt", width: 120, cell: (span) => <Text value={span.prompt_name ?? span.prompt_id} /> },
  { id: "provider", title: "Provider", width: 100, cell: (span) => <Text value={span.provider_id} /> },
  { id: "trace", title: "Trace", width: 140, cell: (span) => <span className="mono">{span.trace_unique_id}</span> },
  { id: "id", title: "Id", width: 140, cell: (span) => <span className="mono">{span.id}</span> },
];

/** The column of a key of metadata. */
export function metadataColumn(key: string): Column<ListedSpan> {
  return {
    id: METADATA + key,
    title: key,
    width: 110,
    cell: (span) => <Text value={(span.metadata as Record<string, string> | null)?.[key]} />,
  };
}

/** The columns of these ids, in order; those that there are not are left out. */
export function columnsOf(ids: readonly string[]): Column<ListedSpan>[] {
  return ids.flatMap((id) => {
    if (id.startsWith(METADATA) && id.length > METADATA.length) return metadataColumn(id.slice(METADATA.length));
    return COLUMNS.find((column) => column.id === id) ?? [];
  });
}

/** What came back; of a call that failed why, the code of the fault before its words. */
function output(span: ListedSpan) {
  const { error_code: code, error_message: message } = span;
  if (!code && !message) return <Preview text={span.output_preview} />;
  return (
    <span className={styles.failed} title={[code, message].filter(Boolean).join("\n").slice(0, 1000)}>
      {code && (
        <span className={styles.code}>
          <Visible text={code.slice(0, 100)} />
        </span>
      )}
      {message && <Visible text={message.slice(0, 300)} />}
    </span>
  );
}

function Status({ span }: { span: ListedSpan }) {
  if (span.status === "success") return <Ok />;
  const hasCode = span.status_code >= 400;
  return (
    <span title={[span.status, span.error_code, span.error_message].filter(Boolean).join("\n").slice(0, 1000)}>
      <Badge tone={hasCode || span.status === "failed" ? "error" : "warn"}>
        {hasCode ? span.status_code : span.status}
      </Badge>
    </span>
  );
}
