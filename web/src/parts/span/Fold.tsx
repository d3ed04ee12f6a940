import { type ReactNode, useId, useState } from "react";
import { Icon, type IconName } from "../Icon";
import { Visible } from "../PlainText";
import styles from "./Fold.module.css";

/** Something that is folded until it is asked for; what is in it is made then. */
export function Fold({
  title,
  note,
  icon,
  isOpen = false,
  children,
}: {
  title: string;
  note?: ReactNode;
  icon?: IconName;
  isOpen?: boolean;
  children: ReactNode;
}) {
  const id = useId();
  const [open, setOpen] = useState(isOpen);
  return (
    <div className={styles.fold}>
      <button
        type="button"
        className={styles.head}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        <Icon name={open ? "down" : "right"} size={12} />
        {icon && <Icon name={icon} />}
        <span className={styles.title}>
          <Visible text={title} />
        </span>
        {note && <span className={styles.note}>{note}</span>}
      </button>
      <div id={id} className={styles.body} hidden={!open}>
        {open && children}
      </div>
    </div>
  );
}
