import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { session, useApi, useSession } from "../api/session";
import { visible } from "../domain/visible";
import { Button } from "../parts/Button";
import { Empty } from "../parts/State";
import { chooseEnvironment, useAddress } from "../state/address";
import { Titled } from "./Titled";

/** Lets through where the address names an environment that there is. It may be newer than what is known of it. */
export function EnvironmentGate({ children }: { children: ReactNode }) {
  const { environments } = useSession();
  const { environment } = useApi();
  return environments.length === 0 || environments.includes(environment) ? (
    children
  ) : (
    <Unknown environment={environment} />
  );
}

function Unknown({ environment }: { environment: string }) {
  const queries = useQueryClient();
  const { environments } = useSession();
  const { isFetching } = useQuery(session);
  const [, update] = useAddress();
  useEffect(() => {
    void queries.invalidateQueries(session);
  }, [queries]);
  if (isFetching) return null;
  return (
    <Titled title="Nothing here">
      <Empty
        icon="alert"
        title={`There is no environment ${visible(environment.slice(0, 40))}`}
        actions={environments.slice(0, 5).map((name) => (
          <Button key={name} onClick={() => update((params) => chooseEnvironment(params, name, environments))}>
            To {name}
          </Button>
        ))}
      >
        <p>It was removed, or the link is of another organization.</p>
      </Empty>
    </Titled>
  );
}
