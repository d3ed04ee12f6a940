import { memo } from "react";
import { exactMoney, money } from "../../domain/money";
import { compact, count, duration } from "../../domain/numbers";
import type { Row, Stretch, Sums } from "../../domain/trace";
import { tokensOf } from "../../domain/trace";
import { kindOf } from "../../domain/traceModel";
import { Icon } from "../Icon";
import { LogType, lookOf } from "../LogType";
import { Visible } from "../PlainText";
import styles from "./Timeline.module.css";

export interface TraceRowProps {
  id: string;
  row: Row;
  sums: Sums;
  /** Milliseconds in which nothing below it worked. */
  own: number;
  /** Its stretches of the critical path; undefined where it is not on it, or that is not shown. */
  path: readonly Stretch[] | undefined;
  /** Its place among the rows that are shown. */
  place: number;
  top: number;
  indent: number;
  step: number;
  /** It is deeper than can be drawn. */
  isDeep: boolean;
  isFolded: boolean;
  isActive: boolean;
  isOpened: boolean;
  isFound: boolean;
  from: number;
  to: number;
  onFold(row: Row, deep: boolean): void;
  onOpen(row: Row): void;
}

/** A span of the timeline, or who is missing: its place in the tree, its numbers, and when it ran. */
export const TraceRow = memo(function TraceRow(props: TraceRowProps) {
  const { row, sums, place, isFolded } = props;
  const below = row.span ? sums.spans - 1 : sums.spans;
  return (
    <div
      id={props.id}
      role="row"
      aria-rowindex={place + 2}
      aria-level={row.depth + 1}
      aria-expanded={below > 0 ? !isFolded : undefined}
      aria-selected={props.isOpened}
      className={`${styles.row} ${props.isActive ? styles.active : ""} ${props.isFound ? styles.found : ""}`}
      style={{ transform: `translateY(${props.top}px)` }}
      onClick={(event) => {
        if (getSelection()?.type === "Range") return;
        if ((event.target as Element).closest("[data-fold]")) props.onFold(row, event.altKey);
        else props.onOpen(row);
      }}
    >
      <div role="gridcell" className={styles.tree}>
        <span
          className={styles.indent}
          style={{ width: props.indent, backgroundSize: `${props.step}px 100%` }}
          aria-hidden="true"
        />
        {props.isDeep && (
          <span className={styles.level} title={`Level ${row.depth + 1}`} aria-hidden="true">
            {row.depth + 1}
          </span>
        )}
        {below > 0 ? (
          <span className={styles.fold} data-fold="" aria-hidden="true">
            <Icon name={isFolded ? "right" : "down"} size={12} />
            <span>{compact(below)}</span>
          </span>
        ) : (
          <span className={styles.leaf} />
        )}
        <LogType type={row.type} />
        <Name row={row} />
        <Marks row={row} sums={sums} isFolded={isFolded} />
      </div>
      <div role="gridcell" className={`${styles.number} ${styles.duration}`}>
        {row.span && <span title={times(row, props.own)}>{duration((row.finish - row.start) / 1000)}</span>}
      </div>
      <div role="gridcell" className={`${styles.number} ${styles.tokens}`}>
        {sums.tokens !== null && <Tokens row={row} sums={sums} />}
      </div>
      <div role="gridcell" className={`${styles.number} ${styles.cost}`}>
        {sums.cost !== null && <Cost row={row} sums={sums} />}
      </div>
      <div role="gridcell" className={styles.bars}>
        <Bar row={row} path={props.path} from={props.from} to={props.to} own={props.own} />
      </div>
    </div>
  );
});

function Name({ row }: { row: Row }) {
  if (row.span === null) {
    return (
      <span className={styles.missing} title={`The parent ${row.name} has not come; what names it stands below.`}>
        {row.name ? (
          <>
            Missing parent{" "}
            <span className="mono">
              <Visible text={row.name.slice(0, 80)} />
            </span>
          </>
        ) : (
          "Missing parent"
        )}
      </span>
    );
  }
  const kind = kindOf(row);
  return (
    <>
      <span className={styles.name} title={row.name.slice(0, 500)} dir="auto">
        <Visible text={row.name.slice(0, 200)} />
      </span>
      {kind && (
        <span className={styles.kind} title={kind}>
          <Visible text={kind.slice(0, 80)} />
        </span>
      )}
    </>
  );
}

/** What is wrong with it, or with its place. */
function Marks({ row, sums, isFolded }: { row: Row; sums: Sums; isFolded: boolean }) {
  const { span } = row;
  const hidden = isFolded ? sums.errors - (row.isFailed ? 1 : 0) : 0;
  return (
    <>
      {row.isFailed && span && (
        <span
          className={styles.failed}
          title={span.error_message ?? `Failed: ${span.status_code}`}
          role="img"
          aria-label="Failed"
        >
          <Icon name="alert" size={14} />
        </span>
      )}
      {span && (span.status === "running" || span.status === "pending") && (
        <span className={styles.kind}>{span.status}</span>
      )}
      {hidden > 0 && <span className={styles.hidden}>{count(hidden)} failed</span>}
      {span?.is_cycle && (
        <Mark
          icon="circle"
          text="Its parents lead back to itself; the circle is cut above it."
          label="Circle of parents"
        />
      )}
      {span?.is_outside_parent && (
        <Mark
          icon="clock"
          text="It begins before its parent or ends after it, as where clocks differ or work goes on. Times are as sent."
          label="Outside of its parent's time"
        />
      )}
      {row.isBackwards && (
        <Mark icon="clock" text="It was sent with an end before its start." label="Ends before it begins" />
      )}
    </>
  );
}

function Mark({ icon, text, label }: { icon: "circle" | "clock"; text: string; label: string }) {
  return (
    <span className={styles.mark} title={text} role="img" aria-label={label}>
      <Icon name={icon} size={13} />
    </span>
  );
}

function times(row: Row, own: number): string {
  const all = `${duration((row.finish - row.start) / 1000)}, from ${duration(row.start / 1000)} to ${duration(row.finish / 1000)}`;
  return own < row.finish - row.start ? `${all}; of its own ${duration(own / 1000)}` : all;
}

function Tokens({ row, sums }: { row: Row; sums: Sums }) {
  const own = row.span ? tokensOf(row.span) : null;
  const tokens = sums.tokens ?? 0;
  const isSum = own !== sums.tokens;
  const said = row.span
    ? ` (${count(row.span.prompt_tokens ?? 0)} in, ${count(row.span.completion_tokens ?? 0)} out)`
    : "";
  return (
    <span
      className={isSum ? styles.sum : ""}
      title={
        isSum
          ? `${count(tokens)} tokens with all below${own === null ? "" : `, ${count(own)} its own`}`
          : `${count(tokens)} tokens${said}`
      }
    >
      {tokens < 10_000 ? count(tokens) : compact(tokens)}
    </span>
  );
}

function Cost({ row, sums }: { row: Row; sums: Sums }) {
  const own = row.span?.cost ?? null;
  const cost = sums.cost ?? 0;
  const isSum = own !== sums.cost;
  return (
    <span
      className={isSum ? styles.sum : ""}
      title={
        isSum
          ? `${exactMoney(cost)} with all below${own === null ? "" : `, ${exactMoney(own)} its own`}`
          : exactMoney(cost)
      }
    >
      {money(cost)}
    </span>
  );
}

/** When it ran, within the stretch that is shown. */
function Bar({
  row,
  path,
  from,
  to,
  own,
}: {
  row: Row;
  path: readonly Stretch[] | undefined;
  from: number;
  to: number;
  own: number;
}) {
  if (!Number.isFinite(row.start)) return null;
  const length = to - from || 1;
  if (row.finish < from) return <span className={styles.beyond}>‹</span>;
  if (row.start > to) return <span className={`${styles.beyond} ${styles.after}`}>›</span>;
  const left = share(row.start, from, length);
  const right = share(row.finish, from, length);
  return (
    <>
      <span
        className={`${styles.bar} ${row.isFailed ? styles.error : ""} ${row.span ? "" : styles.none}`}
        style={{ left: `${left}%`, width: `${right - left}%`, color: lookOf(row.type).colour }}
        title={row.span ? times(row, own) : undefined}
      />
      {path?.map((stretch) =>
        stretch[1] < from || stretch[0] > to ? null : (
          <span
            key={stretch[0]}
            className={styles.critical}
            style={{
              left: `${share(stretch[0], from, length)}%`,
              width: `${share(stretch[1], from, length) - share(stretch[0], from, length)}%`,
            }}
          />
        ),
      )}
    </>
  );
}

function share(at: number, from: number, length: number): number {
  return Math.max(0, Math.min(100, ((at - from) / length) * 100));
}
