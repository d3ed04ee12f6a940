import { useStore } from "../state/store";
import { dismiss, toasts } from "../state/toasts";
import { Button, IconButton } from "./Button";
import { Icon } from "./Icon";
import styles from "./Toasts.module.css";

const ICONS = { ok: "ok", error: "alert", info: "info" } as const;

/** What was said with `toast(…)`. */
export function Toasts() {
  const shown = useStore(toasts);
  return (
    <div className={styles.toasts} role="status" aria-live="polite">
      {shown.map(({ id, kind, text, action }) => (
        <div key={id} className={styles.toast}>
          <span className={`${styles.mark} ${styles[kind]}`}>
            <Icon name={ICONS[kind]} />
          </span>
          <p>{text}</p>
          {action && (
            <Button
              onClick={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </Button>
          )}
          <IconButton icon="close" label="Dismiss" onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
