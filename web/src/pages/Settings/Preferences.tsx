import { useSession } from "../../api/session";
import { zoneName } from "../../domain/time";
import { Segmented } from "../../parts/Button";
import { Card, PageHead } from "../../parts/Layout";
import { Time } from "../../parts/Values";
import { THEMES } from "../../shell/MemberMenu";
import { useNow } from "../../state/clock";
import { prefer, usePreferences } from "../../state/preferences";
import styles from "./Page.module.css";

/** How one person likes the pages. */
export function Preferences() {
  const { theme, zone } = usePreferences();
  const { member } = useSession();
  const now = useNow();
  return (
    <>
      <PageHead
        title="Preferences"
        about={
          member ? "For you alone, wherever you sign in; they hold at once." : "For this browser; they hold at once."
        }
      />
      <div className={`${styles.body} ${styles.narrow}`}>
        <Card title="Theme">
          <Segmented label="Theme" value={theme} options={THEMES} onChange={(value) => prefer({ theme: value })} />
        </Card>
        <Card title="Times">
          <div className={styles.form}>
            <Segmented
              label="Zone of times"
              value={zone}
              options={[
                { value: "local", label: `In my zone (${zoneName(now, "local")})` },
                { value: "utc", label: "In UTC" },
              ]}
              onChange={(value) => prefer({ zone: value })}
            />
            <p className="muted">
              Times look like this: <Time at={new Date(now).toISOString()} form="full" />
            </p>
          </div>
        </Card>
      </div>
    </>
  );
}
