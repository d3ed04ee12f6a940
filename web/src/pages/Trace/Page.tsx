import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { useApi, useSession } from "../../api/session";
import { useNextSpan } from "../../api/span";
import { forgetTrace, ownTrace, remove, type TraceHead, traceTree } from "../../api/trace";
import { clause } from "../../domain/clause";
import { count } from "../../domain/numbers";
import { idIn } from "../../domain/path";
import { moment } from "../../domain/time";
import { IconButton } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { CopyButton } from "../../parts/Copy";
import { Elsewhere } from "../../parts/Elsewhere";
import { Visible } from "../../parts/PlainText";
import { SpanPanel, useSpanPanelSoon } from "../../parts/span/late";
import { closeSpan } from "../../parts/span/url";
import { type Beside, TraceView } from "../../parts/trace/TraceView";
import { carried, useAddress } from "../../state/address";
import { useCommand } from "../../state/commands";
import { useRange } from "../../state/range";
import { toast } from "../../state/toasts";
import { Sharing } from "./Sharing";

/** One trace. Its id stands in the path; one that holds a slash in the parameter `id`, behind `_`. */
export default function TracePage() {
  const { id: segment } = useParams<{ id: string }>();
  const [params] = useAddress();
  const id = idIn(segment, params) ?? "";
  const scope = useApi();
  const { api, environment } = scope;
  const source = useMemo(() => ownTrace({ api, environment }, id), [api, environment, id]);
  useSpanPanelSoon();
  const { window } = useRange();
  const queries = useQueryClient();
  const seen = useRef(window);
  useEffect(() => {
    // Who looks again wants to see what has come since, though a trace is of no range.
    if (seen.current !== window) void queries.invalidateQueries({ queryKey: traceTree(source).queryKey });
    seen.current = window;
  }, [window, queries, source]);
  return (
    <TraceView
      key={`${environment} ${id}`}
      source={source}
      actions={(head) => <Actions head={head} />}
      people={(head) => <People head={head} />}
      elsewhere={(error) => <Elsewhere error={error} />}
      beside={(beside) => <OpenSpan beside={beside} />}
    />
  );
}

function OpenSpan({ beside }: { beside: Beside }) {
  const [, update] = useAddress();
  useNextSpan(beside.id, beside.before, beside.after);
  return (
    <SpanPanel
      id={beside.id}
      onClose={() => {
        beside.onClose();
        update(closeSpan, { replace: true });
      }}
      onBefore={beside.onBefore}
      onAfter={beside.onAfter}
    />
  );
}

const AROUND_MS = 24 * 3_600_000;

/** Whom the trace was for: each leads to what else there is of them, in the days around. */
function People({ head }: { head: TraceHead }) {
  const [params] = useAddress();
  const at = moment(head.end_time);
  const around = { from: new Date(at - AROUND_MS).toISOString(), to: new Date(at + AROUND_MS).toISOString() };
  const link = (title: string, field: string, value: string | null) =>
    value && (
      <div>
        <dt>{title}</dt>
        <dd title={value}>
          <Link href={carried("/traces", params, { query: clause(field, value), ...around })}>
            <Visible text={value.slice(0, 200)} />
          </Link>
        </dd>
      </div>
    );
  return (
    <>
      {link("Customer", "customer", head.customer_identifier)}
      {link("Thread", "thread", head.thread_identifier)}
      {link("Session", "session", head.session_identifier)}
    </>
  );
}

function Actions({ head }: { head: TraceHead }): ReactNode {
  const [params] = useAddress();
  const [, navigate] = useLocation();
  const { rights } = useSession();
  const { api, environment } = useApi();
  const queries = useQueryClient();
  const [asks, setAsks] = useState(false);
  const traces = carried("/traces", params);
  const at = moment(head.end_time);
  const spans = carried("/spans", params, {
    query: clause("trace", head.id),
    from: new Date(moment(head.start_time) - AROUND_MS).toISOString(),
    to: new Date(at + AROUND_MS).toISOString(),
  });
  useCommand([
    { label: "Spans of this trace as a table", icon: "spans", run: () => navigate(spans) },
    ...(rights.includes("admin")
      ? [{ label: "Delete this trace", icon: "trash" as const, run: () => setAsks(true) }]
      : []),
  ]);
  useTitle(head.name ?? head.id);

  async function forget() {
    const { deleted_count } = await remove(api, head.id);
    toast(`The trace is deleted: ${count(deleted_count)} ${deleted_count === 1 ? "span" : "spans"}.`, { kind: "ok" });
    navigate(traces, { replace: true });
    await forgetTrace(queries, environment, head.id);
  }

  return (
    <>
      <CopyButton text={head.id} label="Copy the trace's id" />
      <IconButton icon="table" label="Its spans as a table" onClick={() => navigate(spans)} />
      {rights.includes("ingest") && <Sharing head={head} />}
      {rights.includes("admin") && <IconButton icon="trash" label="Delete the trace" onClick={() => setAsks(true)} />}
      {asks && (
        <Confirm title="Delete this trace?" action="Delete the trace" onConfirm={forget} onClose={() => setAsks(false)}>
          <p>
            All {count(head.span_count)} {head.span_count === 1 ? "span" : "spans"} of it will be gone, from every list
            and every sum{head.is_public ? ", and its public link will end" : ""}. This cannot be undone.
          </p>
        </Confirm>
      )}
    </>
  );
}

/** The name of the trace in the window's title. */
function useTitle(name: string): void {
  useEffect(() => {
    const before = document.title;
    document.title = `${name.slice(0, 80)} · Trace · Midspan`;
    return () => {
      document.title = before;
    };
  }, [name]);
}
