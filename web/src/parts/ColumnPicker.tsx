import { useState } from "react";
import { Button, IconButton } from "./Button";
import styles from "./ColumnPicker.module.css";
import { Checkbox, Input } from "./Field";
import { Popover } from "./Popover";

interface Choice {
  id: string;
  title: string;
}

const MANY = 12;

/** Which columns a table has, and in which order. */
export function ColumnPicker({
  all,
  shown,
  onChange,
  onReset,
}: {
  all: readonly Choice[];
  /** Ids, in order. */
  shown: readonly string[];
  onChange(ids: string[]): void;
  onReset(): void;
}) {
  const [typed, setTyped] = useState("");
  const chosen = shown.flatMap((id) => all.find((one) => one.id === id) ?? []);
  const others = all.filter((one) => !shown.includes(one.id));

  function move(at: number, by: number) {
    const ids = [...shown];
    const [moved] = ids.splice(at, 1);
    if (moved !== undefined) ids.splice(at + by, 0, moved);
    onChange(ids);
  }

  return (
    <Popover
      label="Columns"
      align="end"
      trigger={(props) => (
        <Button kind="quiet" icon="columns" {...props}>
          Columns
        </Button>
      )}
    >
      {() => (
        <>
          {all.length > MANY && (
            <div className={styles.search}>
              <Input
                aria-label="Find a column"
                placeholder="Find a column"
                value={typed}
                onChange={(event) => setTyped(event.target.value)}
              />
            </div>
          )}
          <ul className={styles.list}>
            {[...chosen, ...others].map((column, at) => (
              <li
                key={column.id}
                className={styles.item}
                hidden={!column.title.toLowerCase().includes(typed.trim().toLowerCase())}
              >
                <Checkbox
                  label={column.title}
                  checked={at < chosen.length}
                  disabled={at === 0 && chosen.length === 1}
                  onChange={() =>
                    onChange(at < chosen.length ? shown.filter((id) => id !== column.id) : [...shown, column.id])
                  }
                />
                {at < chosen.length && (
                  <span className={styles.moves}>
                    <IconButton
                      icon="up"
                      label={`Move ${column.title} to the left`}
                      disabled={at === 0}
                      onClick={() => move(at, -1)}
                    />
                    <IconButton
                      icon="down"
                      label={`Move ${column.title} to the right`}
                      disabled={at === chosen.length - 1}
                      onClick={() => move(at, 1)}
                    />
                  </span>
                )}
              </li>
            ))}
          </ul>
          <div className={styles.foot}>
            <Button onClick={onReset}>Reset columns</Button>
          </div>
        </>
      )}
    </Popover>
  );
}
