import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon";
import styles from "./Menu.module.css";
import { Popover } from "./Popover";

export type MenuEntry =
  | {
      label: ReactNode;
      icon?: IconName;
      detail?: ReactNode;
      danger?: boolean;
      /** One of several, of which this is or is not the one. */
      checked?: boolean;
      onSelect?(): void;
      href?: string;
    }
  | { heading: string }
  | "line";

/** A button's menu. */
export function Menu({
  label,
  entries,
  trigger,
  align = "start",
}: {
  label: string;
  entries: readonly MenuEntry[];
  trigger: Parameters<typeof Popover>[0]["trigger"];
  align?: "start" | "end";
}) {
  return (
    <Popover kind="menu" label={label} trigger={trigger} align={align}>
      {(close) => entries.map((entry, at) => drawn(entry, at, close))}
    </Popover>
  );
}

function drawn(entry: MenuEntry, at: number, close: () => void): ReactNode {
  if (entry === "line") return <hr key={at} className={styles.line} />;
  if ("heading" in entry) {
    return (
      <div key={at} className={styles.heading} role="presentation">
        {entry.heading}
      </div>
    );
  }
  const content = (
    <>
      {entry.checked !== undefined ? (
        <span style={{ width: 16, display: "inline-flex" }}>{entry.checked && <Icon name="check" />}</span>
      ) : (
        entry.icon && <Icon name={entry.icon} />
      )}
      <span className="cut">{entry.label}</span>
      {entry.detail !== undefined && <span className={styles.detail}>{entry.detail}</span>}
    </>
  );
  const look = `${styles.item} ${entry.danger ? styles.danger : ""}`;
  if (entry.href !== undefined) {
    return (
      <a key={at} role="menuitem" className={look} href={entry.href}>
        {content}
      </a>
    );
  }
  return (
    <button
      key={at}
      type="button"
      className={look}
      role={entry.checked === undefined ? "menuitem" : "menuitemradio"}
      aria-checked={entry.checked}
      onClick={() => {
        close();
        entry.onSelect?.();
      }}
    >
      {content}
    </button>
  );
}
