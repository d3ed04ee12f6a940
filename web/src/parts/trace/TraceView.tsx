import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useCallback, useMemo, useRef, useState } from "react";
import { type TraceHead as Head, type TraceSource, traceTree, type WholeTrace } from "../../api/trace";
import { count } from "../../domain/numbers";
import type { Row } from "../../domain/trace";
import { modelOf, type TraceModel } from "../../domain/traceModel";
import { useUrlState } from "../../state/address";
import { useKeys } from "../../state/keys";
import { late } from "../late";
import { Split } from "../Split";
import { Failure, Skeleton } from "../State";
import { TraceHead } from "./Head";
import { Timeline, type TimelineHandle } from "./Timeline";
import { Tools } from "./Tools";
import styles from "./TraceView.module.css";
import { traceUrl } from "./url";
import { useFound } from "./useFound";

const Transcript = late(() => import("./Transcript"));

/** The span beside the trace, and its neighbours: their ids, and the way to them. */
export interface Beside {
  row: Row | undefined;
  id: string;
  before: string | undefined;
  after: string | undefined;
  onClose(): void;
  onBefore: (() => void) | undefined;
  onAfter: (() => void) | undefined;
}

export interface TraceViewProps {
  source: TraceSource;
  actions?(head: Head): ReactNode;
  people?(head: Head): ReactNode;
  /** Where else it may be, when it is not here. */
  elsewhere?(error: unknown): ReactNode;
  /** The span that is open. */
  beside(beside: Beside): ReactNode;
}

/** One trace: what it came to, its spans as a timeline or as the conversation that they were, and one of them beside. */
export function TraceView(props: TraceViewProps) {
  const { data, error, refetch } = useQuery(traceTree(props.source));
  if (error && !data) {
    return (
      <Failure error={error} onRetry={() => void refetch()}>
        {props.elsewhere?.(error)}
      </Failure>
    );
  }
  if (!data) return <Waiting />;
  return <Whole {...props} whole={data} />;
}

function Whole({ source, actions, people, beside, whole }: TraceViewProps & { whole: WholeTrace }) {
  const { head, tree } = whole;
  const model = useMemo(() => modelOf(tree), [tree]);
  const [url, setUrl] = useUrlState(traceUrl);
  const timeline = useRef<TimelineHandle>(null);
  const found = useFound(source, head, model, url.find);
  const { open, neighbour } = useOpen(model);
  const jump = useJumps(model, timeline, (at) => open(model.rows[at]?.id ?? null), url.view === "timeline");
  const at = url.span === null ? -1 : (model.placeOf.get(url.span) ?? -1);
  const [before, after] = [neighbour(at, -1), neighbour(at, 1)];
  return (
    <Split
      name="span"
      label="Span"
      width={560}
      beside={
        url.span !== null &&
        beside({
          id: url.span,
          row: model.rows[at],
          onClose: () => open(null),
          before,
          after,
          onBefore: before === undefined ? undefined : () => open(before),
          onAfter: after === undefined ? undefined : () => open(after),
        })
      }
    >
      <div className={styles.page}>
        <TraceHead head={head} actions={actions?.(head)} people={people?.(head)} />
        <Tools model={model} found={found} url={url} setUrl={setUrl} timeline={timeline} jump={jump} />
        {head.is_cut && (
          <p className={styles.note} role="note">
            This trace has {count(head.span_count)} spans. The first {count(model.placeOf.size)} are shown.
          </p>
        )}
        {url.view === "transcript" ? (
          <Transcript source={source} model={model} opened={url.span} onOpen={open} />
        ) : (
          <Timeline
            ref={timeline}
            model={model}
            zoom={url.zoom}
            onZoom={(zoom, isStep = true) =>
              setUrl({ zoom }, { replace: !isStep || (url.zoom !== null && zoom !== null) })
            }
            fold={url.fold}
            onFold={(fold) => setUrl({ fold }, { replace: true })}
            showsPath={url.path}
            found={found.all}
            opened={url.span}
            onOpen={open}
          />
        )}
      </div>
    </Split>
  );
}

/** Which span is open: the first is a step of the history, those after it take its place. */
function useOpen(model: TraceModel) {
  const [url, setUrl] = useUrlState(traceUrl);
  const latest = useRef({ opened: url.span, setUrl });
  latest.current = { opened: url.span, setUrl };
  // It stands still, so that rows are not drawn again.
  const open = useCallback((id: string | null) => {
    const { opened, setUrl } = latest.current;
    if (id !== opened) setUrl({ span: id }, { replace: opened !== null && id !== null });
  }, []);
  function neighbour(at: number, by: 1 | -1): string | undefined {
    let next = at + by;
    while (model.rows[next]?.span === null) next += by;
    return at < 0 ? undefined : model.rows[next]?.id;
  }
  return { open, neighbour };
}

export interface Jump {
  /** How far one has come among the failed, the slowest, the costliest. */
  reached: { kind: JumpKind; place: number } | null;
  to(kind: JumpKind, by?: 1 | -1): void;
}

export type JumpKind = "failed" | "slowest" | "costliest";

function useJumps(
  model: TraceModel,
  timeline: React.RefObject<TimelineHandle | null>,
  open: (at: number) => void,
  isTimeline: boolean,
): Jump {
  const [reached, setReached] = useState<Jump["reached"]>(null);
  function to(kind: JumpKind, by: 1 | -1 = 1) {
    const rows = model[kind];
    if (rows.length === 0) return;
    let place = reached?.kind === kind ? (reached.place + by + rows.length) % rows.length : 0;
    if (kind === "failed") {
      // In the order of the tree, from where one is.
      const from = timeline.current?.active() ?? -1;
      const ahead =
        by > 0 ? rows.findIndex((at) => at > from) : rows.findLastIndex((at) => at < (from < 0 ? Infinity : from));
      place = ahead >= 0 ? ahead : by > 0 ? 0 : rows.length - 1;
    }
    setReached({ kind, place });
    const at = rows[place];
    if (at === undefined) return;
    if (isTimeline) timeline.current?.go(at);
    else open(at);
  }
  useKeys("Trace", [
    { keys: "e", label: "Next failed span", run: () => to("failed") },
    { keys: "E", label: "Failed span before", run: () => to("failed", -1) },
    { keys: "l", label: "Slowest span, then the next slowest", run: () => to("slowest") },
    { keys: "$", label: "Costliest span, then the next costliest", run: () => to("costliest") },
  ]);
  return { reached, to };
}

function Waiting() {
  return (
    <div className={styles.page} aria-busy="true">
      <h1 className="hidden-visually">Trace</h1>
      <div className={styles.waitingHead}>
        <Skeleton width={280} height={20} />
        <Skeleton width="70%" height={32} />
      </div>
      <div className={styles.waitingTools}>
        <Skeleton width={360} height={28} />
      </div>
      <div className={styles.waiting}>
        {Array.from({ length: 16 }, (_, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
          <div key={at} style={{ paddingLeft: Math.min(at, 5) * 16 }}>
            <Skeleton width={`${30 + ((at * 17) % 45)}%`} height={14} />
          </div>
        ))}
      </div>
    </div>
  );
}
