import { useLocation } from "wouter";
import { useApi, useSession } from "../api/session";
import { Button } from "../parts/Button";
import { Icon } from "../parts/Icon";
import { Menu } from "../parts/Menu";
import { carried, chooseEnvironment, useAddress } from "../state/address";
import styles from "./Shell.module.css";

/** Which environment the page is of. Filter and range stay. */
export function EnvironmentSwitch() {
  const { environments } = useSession();
  const { environment } = useApi();
  const [params, update] = useAddress();
  const [, navigate] = useLocation();
  if (environments.length === 0) return null;
  return (
    <Menu
      label="Environment"
      trigger={(props) => (
        <Button aria-label={`Environment: ${environment}`} {...props}>
          <span className={`cut ${environment === environments[0] ? "" : styles.test}`}>{environment}</span>
          <Icon name="down" size={12} />
        </Button>
      )}
      entries={[
        ...environments.map((name) => ({
          label: name,
          checked: name === environment,
          onSelect: () => update((params) => chooseEnvironment(params, name, environments)),
        })),
        "line",
        {
          label: "Environments …",
          icon: "settings",
          onSelect: () => navigate(carried("/settings/environments", params)),
        },
      ]}
    />
  );
}
