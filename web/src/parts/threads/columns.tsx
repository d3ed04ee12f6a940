import type { Thread } from "../../api/threads";
import { Badge } from "../Badge";
import { Preview, Text } from "../Cells";
import { Visible } from "../PlainText";
import type { Column } from "../Table";
import { Count, Duration, Money, Time, Tokens } from "../Values";

/** Columns of a list of threads. */
export const THREAD_COLUMNS: readonly Column<Thread>[] = [
  {
    id: "last",
    title: "Last activity",
    width: 128,
    sort: "timestamp",
    cell: (thread) => <Time at={thread.timestamp} />,
  },
  {
    id: "message",
    title: "Last message",
    width: 200,
    grow: 5,
    cell: (thread) => <Preview text={thread.output_preview ?? thread.input_preview} />,
  },
  {
    id: "customer",
    title: "Customer",
    width: 110,
    grow: 1,
    cell: (thread) => <Text value={thread.customer_identifier} />,
  },
  {
    id: "turns",
    title: "Calls",
    width: 62,
    align: "end",
    sort: "llm_call_count",
    cell: (thread) => <Count value={thread.llm_call_count} />,
  },
  {
    id: "traces",
    title: "Traces",
    width: 72,
    align: "end",
    sort: "trace_count",
    cell: (thread) => <Count value={thread.trace_count} />,
  },
  {
    id: "errors",
    title: "Failed",
    width: 72,
    align: "end",
    sort: "error_count",
    cell: (thread) =>
      thread.error_count > 0 ? <Badge tone="error">{thread.error_count}</Badge> : <span className="faint">0</span>,
  },
  {
    id: "tokens",
    title: "Tokens",
    width: 68,
    align: "end",
    sort: "total_tokens",
    cell: (thread) => <Tokens count={thread.total_tokens} />,
  },
  {
    id: "cost",
    title: "Cost",
    width: 108,
    align: "end",
    sort: "total_cost",
    cell: (thread) => <Money amount={thread.total_cost} />,
  },
  {
    id: "length",
    title: "Length",
    width: 98,
    align: "end",
    sort: "duration",
    cell: (thread) => <Duration seconds={thread.duration} />,
  },
  {
    id: "thread",
    title: "Thread",
    width: 140,
    grow: 1,
    cell: (thread) => (
      <span className="mono" title={thread.thread_identifier}>
        <Visible text={thread.thread_identifier.slice(0, 300)} />
      </span>
    ),
  },
];
