import { Dialog } from "../parts/Dialog";
import { Keys } from "../parts/Keys";
import { type KeyAction, useKeyGroups } from "../state/keys";
import styles from "./KeysHelp.module.css";

/** Every key that does something on this page. */
export function KeysHelp({ onClose }: { onClose(): void }) {
  const groups = useKeyGroups();
  const byTitle = new Map<string, Map<string, KeyAction>>();
  for (const group of groups) {
    if (group.actions.length === 0) continue;
    const actions = byTitle.get(group.title) ?? new Map<string, KeyAction>();
    for (const action of group.actions) actions.set(action.keys, action);
    byTitle.set(group.title, actions);
  }
  return (
    <Dialog title="Keys" onClose={onClose} wide>
      <div className={styles.groups}>
        {[...byTitle].map(([title, actions]) => (
          <section key={title} className={styles.group}>
            <h3>{title}</h3>
            <dl>
              {[...actions.values()].map((action) => (
                <div key={action.keys}>
                  <dt>{action.label}</dt>
                  <dd>
                    <Keys keys={action.keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
