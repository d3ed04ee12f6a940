import type { Customer } from "../../api/customers";
import { count, percent } from "../../domain/numbers";
import { Visible } from "../../parts/PlainText";
import { Sparkline } from "../../parts/Sparkline";
import type { Column } from "../../parts/Table";
import { Count, Dash, Duration, Money, Time, Tokens } from "../../parts/Values";
import styles from "./Page.module.css";

/** A customer of the list, with what was asked for all of the page at once. */
export interface Row {
  customer: Customer;
  /** Spans over time; null until it is known. */
  overTime: readonly (number | null)[] | null;
  /** Of all time, where the list is of the range. */
  firstSeen: string | null;
  lastSeen: string | null;
}

/** `endsNow`: the range goes on to now, so whoever was last seen in it was last seen then. */
export function columnsOf(endsNow: boolean): readonly Column<Row>[] {
  return [
    {
      id: "customer",
      title: "Customer",
      width: 170,
      grow: 2,
      sort: "customer_identifier",
      cell: ({ customer }) => <Who customer={customer} />,
    },
    {
      id: "time",
      title: "Over time",
      width: 130,
      cell: ({ customer, overTime }) =>
        overTime && (
          <Sparkline values={overTime} label={`${count(customer.number_of_requests)} requests over time`} width={112} />
        ),
    },
    {
      id: "requests",
      title: "Requests",
      width: 88,
      align: "end",
      sort: "number_of_requests",
      cell: ({ customer }) => <Count value={customer.number_of_requests} />,
    },
    {
      id: "cost",
      title: "Cost",
      width: 112,
      align: "end",
      sort: "total_cost",
      cell: ({ customer }) => <Money amount={customer.total_cost} />,
    },
    {
      id: "tokens",
      title: "Tokens",
      width: 80,
      align: "end",
      sort: "total_tokens",
      cell: ({ customer }) => <Tokens count={customer.total_tokens} />,
    },
    {
      id: "errors",
      title: "Failed",
      width: 104,
      align: "end",
      sort: "error_count",
      cell: ({ customer }) => <Errors failed={customer.error_count} of={customer.number_of_requests} />,
    },
    {
      id: "latency",
      title: "Avg latency",
      width: 96,
      align: "end",
      sort: "average_latency",
      cell: ({ customer }) => <Duration seconds={customer.average_latency} />,
    },
    {
      id: "first",
      title: "First seen",
      width: 118,
      cell: ({ firstSeen }) => (firstSeen ? <Time at={firstSeen} form="relative" /> : null),
    },
    {
      id: "last",
      title: "Last seen",
      width: 118,
      ...(endsNow ? { sort: "last_active_timeframe" } : {}),
      cell: ({ lastSeen }) => (lastSeen ? <Time at={lastSeen} form="relative" /> : null),
    },
  ];
}

function Who({ customer }: { customer: Customer }) {
  const { name, customer_identifier: id, email } = customer;
  return (
    <span className="cut" title={[name, id, email].filter(Boolean).join(" · ")}>
      {name ? (
        <>
          <Visible text={name.slice(0, 200)} />{" "}
          <span className="faint">
            <Visible text={id.slice(0, 200)} />
          </span>
        </>
      ) : (
        <Visible text={id.slice(0, 200)} />
      )}
    </span>
  );
}

function Errors({ failed, of }: { failed: number; of: number }) {
  if (of === 0) return <Dash />;
  if (failed === 0) return <span className="faint">0</span>;
  return (
    <span title={`${count(failed)} of ${count(of)} failed`}>
      <Count value={failed} /> <span className={styles.failed}>{percent(failed / of)}</span>
    </span>
  );
}
