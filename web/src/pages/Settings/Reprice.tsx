import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Repricing, reprice, repricing } from "../../api/organization";
import { useApi } from "../../api/session";
import { count, counted, percent } from "../../domain/numbers";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Field, Select, TextField } from "../../parts/Field";
import { Notice } from "../../parts/Notice";
import { Money, Time } from "../../parts/Values";
import { useSubmit } from "../../state/submit";
import { List } from "./List";
import styles from "./Page.module.css";

const DAYS = [
  { days: 1, label: "the last 24 hours" },
  { days: 7, label: "the last 7 days" },
  { days: 30, label: "the last 30 days" },
  { days: 90, label: "the last 90 days" },
  { days: 366, label: "the last year" },
];
const DAY_MS = 86_400_000;

/** How the last re-pricing goes or went, where there is one to tell of. */
export function RepricingNotice() {
  const { data } = useQuery(repricing(useApi()));
  if (!data || data.state === "none" || data.dry_run) return null;
  if (data.state === "running") {
    return (
      <Notice>
        Spans are being priced anew: {count(data.examined)} of {count(data.spans)} looked at ({percent(data.progress)}),{" "}
        {count(data.changed)} changed.
      </Notice>
    );
  }
  return (
    <Notice tone={data.state === "partial" ? "warn" : "ok"}>
      {data.state === "partial" ? "Pricing anew was cut short" : "Spans were priced anew"}{" "}
      <Time at={data.ended_at} form="relative" />: {count(data.changed)} of {count(data.spans)} changed
      {data.changed > 0 && (
        <>
          , from <Money amount={data.cost_before} /> to <Money amount={data.cost_after} />
        </>
      )}
      .{data.state === "partial" && ` ${data.detail ?? ""} Asking for it again does the rest.`}
    </Notice>
  );
}

/** Stored costs computed anew with the prices of now: first what would change, then the doing. */
export function RepriceDialog({ onClose }: { onClose(): void }) {
  const scope = useApi();
  const queries = useQueryClient();
  const [days, setDays] = useState(30);
  const [query, setQuery] = useState("");
  const [tried, setTried] = useState<Repricing | null>(null);
  const body = () => ({
    start_time: new Date(Date.now() - days * DAY_MS).toISOString(),
    ...(query.trim() ? { query: query.trim() } : {}),
  });
  const dry = useSubmit([], async () => setTried(await reprice(scope, { ...body(), dry_run: true })));
  const real = useSubmit([], async () => {
    const begun = await reprice(scope, body());
    queries.setQueryData(repricing(scope).queryKey, begun);
    onClose();
  });
  const fault = real.fault ?? dry.fault;
  const isBusy = dry.isBusy || real.isBusy;
  const canStart = tried?.state === "done" && tried.changed > 0;
  return (
    <Dialog
      title="Price stored spans anew"
      onClose={onClose}
      wide
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind={canStart ? "plain" : "primary"} disabled={isBusy} onClick={() => dry.onSubmit()}>
            {dry.isBusy ? "Looking …" : "See what would change"}
          </Button>
          {canStart && (
            <Button kind="primary" disabled={isBusy} onClick={() => real.onSubmit()}>
              Price {counted(tried.changed, "span")} anew
            </Button>
          )}
        </>
      }
    >
      <p className="muted">
        Costs that Midspan computed are computed again with the prices of now, each on its span’s own date. A cost that
        was sent with a span stays.
      </p>
      <form className={styles.form} onSubmit={dry.onSubmit}>
        {fault && <Notice tone="error">{fault}</Notice>}
        <div className={styles.pair}>
          <Field label={`Spans of ${scope.environment} from`}>
            {(attributes) => (
              <Select
                {...attributes}
                value={days}
                onChange={(event) => {
                  setDays(Number(event.target.value));
                  setTried(null);
                }}
              >
                {DAYS.map((one) => (
                  <option key={one.days} value={one.days}>
                    {one.label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <TextField
            label="That match"
            placeholder="model:own-model-*"
            spellCheck={false}
            value={query}
            hint="A filter as on the page Spans; empty: all of them."
            onChange={(event) => {
              setQuery(event.target.value);
              setTried(null);
            }}
          />
        </div>
        <button type="submit" hidden />
      </form>
      {tried && <Outcome tried={tried} />}
    </Dialog>
  );
}

function Outcome({ tried }: { tried: Repricing }) {
  if (tried.state === "running") {
    return <Notice tone="warn">There are many spans to look at. Choose fewer, or ask again in a minute.</Notice>;
  }
  if (tried.changed === 0) {
    return (
      <Notice tone="ok">
        Nothing would change: {tried.spans === 1 ? "the one span" : `all ${count(tried.spans)} spans`} with a computed
        cost cost what the prices of now make.
      </Notice>
    );
  }
  return (
    <>
      <p>
        <strong>{count(tried.changed)}</strong> of {counted(tried.spans, "span")} would change, from{" "}
        <Money amount={tried.cost_before} /> to <strong>{<Money amount={tried.cost_after} />}</strong> together.
      </p>
      <List
        label="What changes most, by model"
        asked={{ data: tried.examples, error: null, refetch: () => {} }}
        rowKey={(one) => one.id}
        empty={null}
        columns={[
          { title: "Model", isWide: true, cell: (one) => one.model },
          { title: "A span of", cell: (one) => <Time at={one.timestamp} /> },
          { title: "Cost", align: "end", cell: (one) => <Money amount={one.cost_before} /> },
          { title: "Would cost", align: "end", cell: (one) => <Money amount={one.cost_after} /> },
        ]}
      />
    </>
  );
}
