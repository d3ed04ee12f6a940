import { type RefObject, useRef, useState } from "react";
import { count } from "../../domain/numbers";
import { next } from "../../domain/trace";
import type { TraceModel } from "../../domain/traceModel";
import { useKeys } from "../../state/keys";
import { Button, IconButton, Segmented } from "../Button";
import { Input } from "../Field";
import { Icon } from "../Icon";
import { Tip } from "../Tip";
import type { TimelineHandle } from "./Timeline";
import styles from "./Tools.module.css";
import type { Jump } from "./TraceView";
import type { TraceUrl } from "./url";
import type { Found } from "./useFound";

/** What can be done with a trace that is shown: look for words, jump to what matters, fold, show less of the time. */
export function Tools({
  model,
  found,
  url,
  setUrl,
  timeline,
  jump,
}: {
  model: TraceModel;
  found: Found;
  url: TraceUrl;
  setUrl(change: Partial<TraceUrl>, options?: { replace?: boolean }): void;
  timeline: RefObject<TimelineHandle | null>;
  jump: Jump;
}) {
  const isTimeline = url.view === "timeline";
  return (
    <div className={styles.tools}>
      <Segmented
        label="How the trace is shown"
        value={url.view}
        options={[
          { value: "timeline", label: "Timeline" },
          { value: "transcript", label: "Transcript" },
        ]}
        onChange={(view) => setUrl({ view })}
      />
      {isTimeline && (
        <>
          <Search
            found={found}
            find={url.find}
            onFind={(find) => setUrl({ find }, { replace: true })}
            timeline={timeline}
          />
          <div role="group" aria-label="Jump to" className={styles.group}>
            <JumpTo
              kind="failed"
              label="Failed"
              icon="alert"
              keys="e"
              tip="Next failed span"
              model={model}
              jump={jump}
            />
            <JumpTo
              kind="slowest"
              label="Slowest"
              icon="clock"
              keys="l"
              tip="Slowest by its own time"
              model={model}
              jump={jump}
            />
            <JumpTo
              kind="costliest"
              label="Costliest"
              icon="coin"
              keys="$"
              tip="Costliest call"
              model={model}
              jump={jump}
            />
          </div>
          <span className={styles.push} />
          {url.zoom && (
            <Button kind="quiet" icon="zoomOut" onClick={() => setUrl({ zoom: null })}>
              All of the time
            </Button>
          )}
          <div className={styles.more}>
            <IconButton
              icon="path"
              label={url.path ? "Hide the critical path" : "Mark the critical path"}
              aria-pressed={url.path}
              onClick={() => setUrl({ path: !url.path }, { replace: true })}
            />
            <IconButton icon="foldAll" label="Fold everything" keys="[" onClick={() => timeline.current?.foldAll()} />
            <IconButton
              icon="unfoldAll"
              label="Unfold everything"
              keys="]"
              onClick={() => timeline.current?.unfoldAll()}
            />
          </div>
        </>
      )}
    </div>
  );
}

function JumpTo({
  kind,
  label,
  icon,
  keys,
  tip,
  model,
  jump,
}: {
  kind: "failed" | "slowest" | "costliest";
  label: string;
  icon: "alert" | "clock" | "coin";
  keys: string;
  tip: string;
  model: TraceModel;
  jump: Jump;
}) {
  const all = model[kind].length;
  const place = jump.reached?.kind === kind ? jump.reached.place + 1 : null;
  const shown =
    kind === "failed" ? (place ? `${count(place)} of ${count(all)}` : count(all)) : place ? `#${place}` : "";
  return (
    <Tip text={tip} keys={keys}>
      <Button kind="quiet" icon={icon} disabled={all === 0} onClick={() => jump.to(kind)}>
        {label}
        {shown && <span className={styles.count}>{shown}</span>}
      </Button>
    </Tip>
  );
}

/** Words within the trace. Enter goes to the next span that has them, Shift-Enter to the one before. */
function Search({
  found,
  find,
  onFind,
  timeline,
}: {
  found: Found;
  find: string;
  onFind(find: string): void;
  timeline: RefObject<TimelineHandle | null>;
}) {
  const input = useRef<HTMLInputElement>(null);
  useKeys("Trace", [{ keys: "/", label: "Find in the trace", run: () => input.current?.select() }]);
  const { places } = found;
  const [gone, setGone] = useState(-1);
  const reached = places.indexOf(gone);
  function go(by: 1 | -1) {
    const at = next(places, timeline.current?.active() ?? -1, by);
    if (at === undefined) return;
    timeline.current?.go(at, true);
    setGone(at);
  }
  return (
    <search className={styles.search}>
      <Icon name="search" />
      <Input
        ref={input}
        aria-label="Find in the trace"
        placeholder="Find in the trace"
        spellCheck={false}
        value={find}
        onChange={(event) => onFind(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            event.preventDefault();
            go(event.shiftKey ? -1 : 1);
          } else if (event.key === "Escape") {
            event.stopPropagation();
            if (find) onFind("");
            else input.current?.blur();
          }
        }}
      />
      {find.trim() !== "" && (
        <span className={styles.found} role="status">
          {found.isAsking && places.length === 0
            ? "…"
            : places.length === 0
              ? "None"
              : reached >= 0
                ? `${count(reached + 1)} of ${count(places.length)}`
                : count(places.length)}
        </span>
      )}
      {find.trim() !== "" && (
        <>
          <IconButton icon="up" label="One before" disabled={places.length === 0} onClick={() => go(-1)} />
          <IconButton icon="down" label="Next one" disabled={places.length === 0} onClick={() => go(1)} />
        </>
      )}
    </search>
  );
}
