import { useQuery } from "@tanstack/react-query";
import { type Storage as State, storage } from "../../api/organization";
import { bytes, count, counted, duration, percent } from "../../domain/numbers";
import { findings } from "../../domain/storage";
import { Button } from "../../parts/Button";
import { Card, Facts, PageHead, Tiles } from "../../parts/Layout";
import { Notice } from "../../parts/Notice";
import { Failure, Skeleton } from "../../parts/State";
import { Count } from "../../parts/Values";
import { OnlyAdmins, useMay } from "./Access";
import { List } from "./List";
import styles from "./Page.module.css";

const ABOUT = "Of the whole server: the journal that takes spans, the engine that answers questions, the disk below.";

/** How storing goes: what is well, what is not, and the numbers behind it. */
export function Storage() {
  const isAdmin = useMay("admin");
  return isAdmin ? (
    <Health />
  ) : (
    <>
      <PageHead title="Storage" about={ABOUT} />
      <div className={styles.body}>
        <OnlyAdmins what="How storing goes is seen by admins." />
      </div>
    </>
  );
}

function Health() {
  const asked = useQuery(storage);
  const { data, error, refetch, isFetching } = asked;
  return (
    <>
      <PageHead
        title="Storage"
        about={ABOUT}
        actions={
          <Button icon="refresh" disabled={isFetching} onClick={() => void refetch()}>
            Look again
          </Button>
        }
      />
      <div className={styles.body}>
        {error && !data ? (
          <Failure error={error} onRetry={() => void refetch()} />
        ) : data ? (
          <>
            {error && <Notice tone="warn">These numbers are old: {error.message}</Notice>}
            {findings(data).map((finding) => (
              <Notice key={finding.text} tone={finding.tone}>
                {finding.text}
              </Notice>
            ))}
            <Numbers state={data} />
          </>
        ) : (
          <>
            <Skeleton height={36} />
            <Skeleton height={84} />
            <Skeleton height={240} />
          </>
        )}
      </div>
    </>
  );
}

function Numbers({ state }: { state: State }) {
  const { journal, engine, disk, tables, rejected_files } = state;
  const used = disk.size_bytes - disk.free_bytes;
  const tone =
    disk.free_bytes <= disk.free_bytes_min ? "error" : disk.free_bytes < disk.free_bytes_min * 3 ? "warn" : "";
  const kept = tables.reduce((sum, table) => sum + table.bytes, 0);
  const spans = tables.find((table) => table.name === "spans");
  return (
    <>
      <Tiles
        tiles={[
          { name: "Rows of spans", value: <Count value={spans?.rows ?? 0} />, note: "replaced versions included" },
          { name: "Stored", value: bytes(kept), note: `${counted(tables.length, "table")}, compressed` },
          {
            name: "Waiting in the journal",
            value: bytes(journal.pending_bytes),
            note: journal.pending_segments === 0 ? "nothing waits" : counted(journal.pending_segments, "segment"),
          },
          {
            name: "Engine is behind",
            value: journal.pending_segments === 0 ? "0 s" : duration(Math.round(journal.lag_seconds * 10) / 10),
            note: "age of the oldest row",
          },
        ]}
      />
      <Card title="Disk">
        <div className={styles.form}>
          <div
            className={`${styles.meter} ${tone && styles[tone]}`}
            role="meter"
            aria-label="Disk used"
            aria-valuemin={0}
            aria-valuemax={disk.size_bytes}
            aria-valuenow={used}
            aria-valuetext={`${bytes(used)} of ${bytes(disk.size_bytes)} used`}
          >
            <span style={{ width: `${(100 * used) / Math.max(1, disk.size_bytes)}%` }} />
          </div>
          <p>
            {bytes(disk.free_bytes)} of {bytes(disk.size_bytes)} are free ({percent(disk.free_bytes / disk.size_bytes)}
            ).{" "}
            <span className="muted">
              Below {bytes(disk.free_bytes_min)} nothing is stored any more; reading goes on. The size is the whole file
              system’s, with what else lies there.
            </span>
          </p>
        </div>
      </Card>
      <Card title="Since the start of the server">
        <Facts
          facts={[
            ["Rows stored in the engine", `${count(engine.rows_inserted)}, in ${counted(engine.inserts, "insert")}`],
            ["Inserts that failed", count(engine.insert_failures)],
            [
              "Rows refused",
              `${count(engine.rows_rejected)}; ${count(rejected_files)} in rejected/, of earlier runs too`,
            ],
            ["Writes to the journal that failed", count(journal.failures)],
          ]}
        />
      </Card>
      <Card title="Tables" isFlush>
        <List
          label="Tables"
          asked={{ data: tables, error: null, refetch: () => {} }}
          rowKey={(table) => table.name}
          empty={<p className={styles.empty}>Nothing is stored yet.</p>}
          columns={[
            { title: "Table", isWide: true, cell: (table) => <code>{table.name}</code> },
            { title: "Rows", align: "end", cell: (table) => count(table.rows) },
            { title: "Parts", align: "end", cell: (table) => count(table.parts) },
            { title: "Size", align: "end", cell: (table) => bytes(table.bytes) },
            {
              title: "Per row",
              align: "end",
              cell: (table) => (table.rows > 0 ? bytes(Math.round(table.bytes / table.rows)) : "–"),
            },
          ]}
        />
      </Card>
    </>
  );
}
