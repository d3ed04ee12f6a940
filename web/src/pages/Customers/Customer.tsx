import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { type CustomerDetails, customerOf, useDeleteCustomer } from "../../api/customers";
import { useApi, useSession } from "../../api/session";
import { clause } from "../../domain/clause";
import { MEASURES, type Measure } from "../../domain/sums";
import { Button } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { CopyButton } from "../../parts/Copy";
import { PageHead } from "../../parts/Layout";
import { Visible } from "../../parts/PlainText";
import { Empty, Failure } from "../../parts/State";
import { Breakdown } from "../../parts/sums/Breakdown";
import { Overview } from "../../parts/sums/Overview";
import { useOverview } from "../../parts/sums/useOverview";
import { Tabs } from "../../parts/Tabs";
import { carried, useAddress, useUrlState } from "../../state/address";
import { toast } from "../../state/toasts";
import { BudgetCard, ProfileCard } from "./Cards";
import { EditProfile } from "./EditProfile";
import styles from "./Page.module.css";
import { CustomerSpans, CustomerThreads } from "./Spans";
import { type CustomerTab, customerUrl } from "./url";

const TAB_NAMES: readonly { value: CustomerTab; label: string }[] = [
  { value: "overview", label: "Overview" },
  { value: "spans", label: "Spans" },
  { value: "threads", label: "Threads" },
];

/** One customer: what its spans come to, which they are, its threads, its budget and who it is. */
export function CustomerPage({ id }: { id: string }) {
  const [url, setUrl] = useUrlState(customerUrl);
  const { data, error, refetch } = useQuery(customerOf(useApi(), id));
  const query = clause("customer", id);
  return (
    <div className={styles.page}>
      <Head id={id} customer={data} />
      {error ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : (
        <div className={styles.body}>
          <div className={styles.main}>
            <Tabs
              label="Of the customer"
              tabs={TAB_NAMES}
              value={url.tab}
              onChange={(tab) => setUrl({ tab }, { replace: true })}
            >
              <div className={styles.tab}>
                {url.tab === "spans" ? (
                  <CustomerSpans query={query} />
                ) : url.tab === "threads" ? (
                  <CustomerThreads query={query} />
                ) : (
                  <Charts
                    query={query}
                    by={url.by}
                    measure={MEASURES.find((measure) => measure === url.measure) ?? "cost"}
                    onChange={(change) => setUrl(change, { replace: true })}
                  />
                )}
              </div>
            </Tabs>
          </div>
          <aside className={styles.side} aria-label="Budget and profile">
            <BudgetCard customer={data} />
            <ProfileCard customer={data} />
          </aside>
        </div>
      )}
    </div>
  );
}

function Head({ id, customer }: { id: string; customer: CustomerDetails | undefined }) {
  const [params] = useAddress();
  const [, navigate] = useLocation();
  const { rights } = useSession();
  const [over, setOver] = useState<"edit" | "delete" | null>(null);
  const { mutateAsync: remove } = useDeleteCustomer(id);
  const list = carried("/customers", params);
  return (
    <>
      <PageHead
        title={
          <span className={styles.title}>
            <span>
              <Visible text={(customer?.name || id).slice(0, 300)} />
            </span>
          </span>
        }
        actions={
          customer && (
            <>
              {rights.includes("ingest") && (
                <Button icon="edit" onClick={() => setOver("edit")}>
                  Edit
                </Button>
              )}
              {rights.includes("admin") && (
                <Button kind="danger" icon="trash" onClick={() => setOver("delete")}>
                  Delete
                </Button>
              )}
            </>
          )
        }
        about={
          <span className={styles.id}>
            <Link href={list}>Customers</Link>
            <span aria-hidden="true">/</span>
            <span className="mono">{id}</span>
            <CopyButton text={() => id} label="Copy the identifier" />
          </span>
        }
      />
      {over === "edit" && customer && <EditProfile customer={customer} onClose={() => setOver(null)} />}
      {over === "delete" && (
        <Confirm
          title={`Delete ${customer?.name || id}?`}
          action="Delete the customer"
          onConfirm={async () => {
            await remove();
            toast("The customer is deleted.", { kind: "ok" });
            navigate(list);
          }}
          onClose={() => setOver(null)}
        >
          <p>
            Name, email, metadata and budgets are forgotten, and the customer is not listed any more until a span that
            is received later names it. Its spans stay.
          </p>
        </Confirm>
      )}
    </>
  );
}

function Charts({
  query,
  by,
  measure,
  onChange,
}: {
  query: string;
  by: string;
  measure: Measure;
  onChange(change: { by?: string; measure?: Measure }): void;
}) {
  const { data, error, refetch, isPlaceholderData } = useOverview(query);
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data?.totals.count === 0 && !data.previous?.totals.count) {
    return (
      <Empty title="No spans in this range">
        <p>This customer was there at another time: choose a longer range above.</p>
      </Empty>
    );
  }
  return (
    <>
      <Overview data={data} query={query} isCompared isStale={isPlaceholderData} />
      <Breakdown
        query={query}
        by={by}
        measure={measure}
        onBy={(by) => onChange({ by })}
        onMeasure={(measure) => onChange({ measure })}
        without={["customer_identifier"]}
      />
    </>
  );
}
