import { count } from "../../domain/numbers";
import { Button, IconButton } from "../../parts/Button";
import { useKeys } from "../../state/keys";
import styles from "./LiveSwitch.module.css";
import type { Tail } from "./useLive";

/** Spans as they arrive: on, off, paused; how many wait, and what was missed. */
export function LiveSwitch({
  isOn,
  tail,
  waiting,
  onSwitch,
  onTop,
  onRefresh,
}: {
  isOn: boolean;
  tail: Tail;
  /** So many spans came that are not shown. */
  waiting: number;
  onSwitch(isOn: boolean): void;
  /** Show what waits. */
  onTop(): void;
  onRefresh(): void;
}) {
  useKeys("Spans", [
    { keys: "l", label: isOn ? "End the live tail" : "Live: show spans as they arrive", run: () => onSwitch(!isOn) },
    ...(isOn
      ? [{ keys: "p", label: tail.isPaused ? "Go on" : "Pause the live tail", run: () => tail.pause(!tail.isPaused) }]
      : []),
  ]);
  return (
    <div className={styles.live}>
      {isOn && tail.state === "ended" && (
        <Button kind="quiet" icon="refresh" title={said(tail)} onClick={tail.again}>
          <span className={styles.missed}>Ended; try again</span>
        </Button>
      )}
      {isOn && tail.missed > 0 && (
        <Button
          kind="quiet"
          onClick={onRefresh}
          title="They came faster than they could be sent. Look again to see all."
        >
          <span className={styles.missed}>{count(tail.missed)} missed</span>
        </Button>
      )}
      {isOn && waiting > 0 && (
        <Button kind="primary" onClick={onTop}>
          {count(waiting)} new
        </Button>
      )}
      {isOn && (
        <IconButton
          icon={tail.isPaused ? "play" : "pause"}
          label={tail.isPaused ? "Go on" : "Pause"}
          keys="p"
          onClick={() => tail.pause(!tail.isPaused)}
        />
      )}
      <Button
        aria-pressed={isOn}
        onClick={() => onSwitch(!isOn)}
        title={isOn ? said(tail) : "Show spans as they arrive (l)"}
      >
        <span className={`${styles.dot} ${isOn ? styles[dot(tail)] : ""}`} />
        Live
      </Button>
      <span className="hidden-visually" role="status">
        {isOn ? said(tail) : ""}
      </span>
    </div>
  );
}

function dot(tail: Tail): "on" | "held" | "off" {
  if (tail.state === "ended") return "off";
  return tail.state === "open" && !tail.isPaused ? "on" : "held";
}

function said(tail: Tail): string {
  if (tail.state === "ended") return tail.fault?.message ?? "The live tail has ended.";
  if (tail.state === "cut") return "The connection was cut; it is being made again, and nothing is left out.";
  if (tail.state === "connecting") return "Connecting …";
  return tail.isPaused ? "Paused: what arrives waits." : "Spans are shown as they arrive.";
}
