import type { TraceSums } from "../../api/trace";
import { count } from "../../domain/numbers";
import { Badge, Ok } from "../../parts/Badge";
import { Preview, Text } from "../../parts/Cells";
import type { Column } from "../../parts/Table";
import { Count, Dash, Duration, Money, Time, Tokens } from "../../parts/Values";

/** Every column the table can have. */
export const COLUMNS: readonly Column<TraceSums>[] = [
  { id: "timestamp", title: "Ended", width: 128, sort: "timestamp", cell: (trace) => <Time at={trace.timestamp} /> },
  {
    id: "status",
    title: "Status",
    width: 96,
    sort: "error_count",
    cell: (trace) => <Status trace={trace} />,
  },
  { id: "name", title: "Name", width: 120, grow: 3, cell: (trace) => <Text value={trace.name} /> },
  { id: "input", title: "Input", width: 116, grow: 4, cell: (trace) => <Preview text={trace.input_preview} /> },
  { id: "output", title: "Output", width: 124, grow: 5, cell: (trace) => <Preview text={trace.output_preview} /> },
  {
    id: "duration",
    title: "Duration",
    width: 100,
    align: "end",
    sort: "duration",
    cell: (trace) => <Duration seconds={trace.duration} />,
  },
  {
    id: "spans",
    title: "Spans",
    width: 58,
    align: "end",
    sort: "span_count",
    cell: (trace) => <Count value={trace.span_count} />,
  },
  {
    id: "calls",
    title: "Model calls",
    width: 92,
    align: "end",
    sort: "llm_call_count",
    cell: (trace) => <Count value={trace.llm_call_count} />,
  },
  {
    id: "tokens",
    title: "Tokens",
    width: 68,
    align: "end",
    sort: "total_tokens",
    cell: (trace) => (trace.total_tokens > 0 ? <Tokens count={trace.total_tokens} /> : <Dash />),
  },
  {
    id: "cost",
    title: "Cost",
    width: 108,
    align: "end",
    sort: "total_cost",
    cell: (trace) => <Money amount={trace.total_cost} />,
  },
  {
    id: "customer",
    title: "Customer",
    width: 84,
    grow: 2,
    cell: (trace) => <Text value={trace.customer_identifier} />,
  },
  { id: "thread", title: "Thread", width: 84, grow: 1, cell: (trace) => <Text value={trace.thread_identifier} /> },
  { id: "session", title: "Session", width: 110, cell: (trace) => <Text value={trace.session_identifier} /> },
  { id: "model", title: "Model", width: 120, cell: (trace) => <Text value={trace.model} /> },
  { id: "start", title: "Began", width: 140, sort: "start_time", cell: (trace) => <Time at={trace.start_time} /> },
  { id: "id", title: "Id", width: 140, cell: (trace) => <span className="mono">{trace.id}</span> },
];

function Status({ trace: { status, error_count: failed } }: { trace: TraceSums }) {
  if (failed === 0 && (status === "running" || status === "pending")) return <Badge tone="warn">{status}</Badge>;
  if (failed === 0) return <Ok />;
  return (
    <span title={`${count(failed)} ${failed === 1 ? "span" : "spans"} failed`}>
      <Badge tone="error">{count(failed)} failed</Badge>
    </span>
  );
}
