import type { CustomerDetails } from "../../api/customers";
import { budgetsOf } from "../../domain/budget";
import type { Json } from "../../domain/json";
import { percent } from "../../domain/numbers";
import { tickTime } from "../../domain/time";
import { Badge } from "../../parts/Badge";
import { JsonView } from "../../parts/JsonView";
import { Card, Facts } from "../../parts/Layout";
import { Visible } from "../../parts/PlainText";
import { Skeleton } from "../../parts/State";
import { Count, Money, Time } from "../../parts/Values";
import { usePreferences } from "../../state/preferences";
import styles from "./Page.module.css";

/** What the customer may cost, and what it did. Nothing is blocked. */
export function BudgetCard({ customer }: { customer: CustomerDetails | undefined }) {
  const budgets = customer ? budgetsOf(customer) : [];
  return (
    <Card title="Budget">
      {!customer ? (
        <Skeleton height={54} />
      ) : (
        <>
          {budgets.map((budget) => (
            <div key={budget.name} className={styles.budget}>
              <div className={styles.budgetHead}>
                <span>{budget.name}</span>
                {budget.share > 1 ? (
                  <Badge tone="error">over budget</Badge>
                ) : (
                  <span className="muted">{percent(budget.share)}</span>
                )}
              </div>
              <div className={styles.track} aria-hidden="true">
                <span
                  className={budget.share > 1 ? styles.over : ""}
                  style={{ width: `${Math.min(1, budget.share) * 100}%` }}
                />
              </div>
              <p className="muted">
                <Money amount={budget.used} /> of <Money amount={budget.most} />
              </p>
            </div>
          ))}
          {budgets.length === 0 && (
            <p className="muted">No budget is set.{customer.total_period_usage !== null && <Used {...customer} />}</p>
          )}
          <Period start={customer.period_start} end={customer.period_end} />
        </>
      )}
    </Card>
  );
}

function Used({ total_period_usage: used }: CustomerDetails) {
  return (
    <>
      {" "}
      Used in the present period: <Money amount={used} />.
    </>
  );
}

function Period({ start, end }: { start: string | null; end: string | null }) {
  const { zone } = usePreferences();
  if (!start && !end) return null;
  const day = (at: string | null) => (at ? tickTime(Date.parse(at), zone, Number.POSITIVE_INFINITY) : "…");
  return (
    <p className={`faint ${styles.more}`}>
      The period: {day(start)} – {day(end)}. Budgets are compared, and block nothing.
    </p>
  );
}

/** Who the customer is, and what it came to of all time. */
export function ProfileCard({ customer }: { customer: CustomerDetails | undefined }) {
  const metadata = (customer?.metadata ?? {}) as { [key: string]: Json };
  return (
    <Card title="Profile">
      {!customer ? (
        <Skeleton height={150} />
      ) : (
        <>
          <Facts
            facts={[
              ["Name", customer.name && <Visible key="name" text={customer.name} />],
              ["Email", customer.email && <Visible key="email" text={customer.email} />],
              ["First seen", <Time key="first" at={customer.first_seen} />],
              ["Last seen", <Time key="last" at={customer.last_active_timeframe} />],
              ["Active days", <Count key="days" value={customer.active_days} />],
              ["Requests", <Count key="requests" value={customer.number_of_requests} />],
              ["Cost in all", <Money key="cost" amount={customer.total_cost} />],
              ["Cost a month", <Money key="month" amount={customer.average_monthly_cost} />],
              ["Edited", customer.updated_at && <Time key="edited" at={customer.updated_at} form="relative" />],
            ]}
          />
          {Object.keys(metadata).length > 0 && (
            <div className={styles.more}>
              <JsonView value={metadata} label="the metadata" />
            </div>
          )}
        </>
      )}
    </Card>
  );
}
