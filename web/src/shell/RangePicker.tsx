import { type FormEvent, useState } from "react";
import { PRESETS, type Range, rangeLabel, typedRange } from "../domain/range";
import { inputTime, zoneName } from "../domain/time";
import { Button, IconButton } from "../parts/Button";
import { TextField } from "../parts/Field";
import { Icon } from "../parts/Icon";
import menu from "../parts/Menu.module.css";
import { Popover } from "../parts/Popover";
import { useKeys } from "../state/keys";
import { usePreferences } from "../state/preferences";
import { useRange } from "../state/range";
import styles from "./RangePicker.module.css";

/** The range of time, for every page that has one, and another look at it. */
export function RangePicker() {
  const { range, setRange, refresh } = useRange();
  const { zone } = usePreferences();
  useKeys("Everywhere", [{ keys: "r", label: "Look again, as of now", run: refresh }]);
  return (
    <>
      <Popover
        label="Time range"
        trigger={(props) => (
          <Button icon="clock" {...props}>
            <span className="cut">{rangeLabel(range, zone)}</span>
            <Icon name="down" size={12} />
          </Button>
        )}
      >
        {(close) => (
          <Panel
            range={range}
            onChange={(next) => {
              close();
              setRange(next);
            }}
          />
        )}
      </Popover>
      <IconButton icon="refresh" label="Look again, as of now" keys="r" onClick={refresh} />
    </>
  );
}

function Panel({ range, onChange }: { range: Range; onChange(range: Range): void }) {
  const { zone } = usePreferences();
  return (
    <div className={styles.panel}>
      <div className={styles.presets}>
        {PRESETS.map((length) => {
          const preset: Range = { kind: "last", length };
          const isChosen = range.kind === "last" && range.length === length;
          return (
            <button
              key={length}
              type="button"
              className={menu.item}
              aria-pressed={isChosen}
              data-autofocus={isChosen || undefined}
              onClick={() => onChange(preset)}
            >
              <span style={{ width: 16, display: "inline-flex" }}>{isChosen && <Icon name="check" />}</span>
              {rangeLabel(preset, zone)}
            </button>
          );
        })}
      </div>
      <Custom range={range} onChange={onChange} />
    </div>
  );
}

function Custom({ range, onChange }: { range: Range; onChange(range: Range): void }) {
  const { zone } = usePreferences();
  const [now] = useState(() => Date.now());
  const [from, setFrom] = useState(() =>
    range.kind === "between" ? inputTime(Date.parse(range.from), zone) : range.length,
  );
  const [to, setTo] = useState(() =>
    range.kind === "between" && range.to ? inputTime(Date.parse(range.to), zone) : "",
  );
  const [faults, setFaults] = useState<{ from?: string; to?: string }>({});

  function submit(event: FormEvent) {
    event.preventDefault();
    const typed = typedRange(from, to, now, zone);
    if ("range" in typed) onChange(typed.range);
    else setFaults(typed.faults);
  }

  return (
    <form className={styles.custom} onSubmit={submit}>
      <TextField
        label="From"
        hint="A time, or how long ago: 90m, 3d, 2w"
        fault={faults.from}
        value={from}
        onChange={(event) => setFrom(event.target.value)}
      />
      <TextField
        label="To"
        placeholder="now"
        hint={`Times are ${zone === "utc" ? "in UTC" : `in your zone, ${zoneName(now, zone)}`}`}
        fault={faults.to}
        value={to}
        onChange={(event) => setTo(event.target.value)}
      />
      <Button kind="primary" type="submit">
        Show this range
      </Button>
    </form>
  );
}
