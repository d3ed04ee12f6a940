import { Fault } from "../api/client";
import { useApi, useSession } from "../api/session";
import { chooseEnvironment, useAddress } from "../state/address";
import { buttonClass } from "./Button";

const MOST = 5;

/** The same address in the other environments, for where this one does not have what the address names. */
export function Elsewhere({ error }: { error: unknown }) {
  const { environments } = useSession();
  const { environment } = useApi();
  const [params] = useAddress();
  if (!(error instanceof Fault) || error.status !== 404) return null;
  return environments
    .filter((name) => name !== environment)
    .slice(0, MOST)
    .map((name) => {
      const there = new URLSearchParams(params);
      chooseEnvironment(there, name, environments);
      // A plain link: a page that is open closes what belongs to the environment before.
      return (
        <a key={name} className={buttonClass()} href={`${location.pathname}?${there}`}>
          Look in {name}
        </a>
      );
    });
}
