import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { type DemoState, demo, fillDemo, removeDemo } from "../../api/demo";
import { environments } from "../../api/organization";
import { session } from "../../api/session";
import { count, counted, percent } from "../../domain/numbers";
import { Button, buttonClass } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { Card } from "../../parts/Layout";
import { Notice } from "../../parts/Notice";
import { Skeleton } from "../../parts/State";
import { useAddress } from "../../state/address";
import { toast } from "../../state/toasts";
import styles from "./Page.module.css";

const LOOK_MS = 1000;

/** The environment full of believable traffic: filled, looked at and taken away. For admins. */
export function Demo() {
  const queries = useQueryClient();
  const [, update] = useAddress();
  const [asks, setAsks] = useState(false);
  const { data: state, error } = useQuery({
    ...demo,
    refetchInterval: (query) => (query.state.data?.state === "filling" ? LOOK_MS : false),
  });
  const filling = useMutation({
    mutationFn: fillDemo,
    onSuccess: (state) => queries.setQueryData(demo.queryKey, state),
  });
  const was = useRef(state?.state);
  useEffect(() => {
    // The list of environments has one more, or one less.
    if (was.current && state && was.current !== state.state) {
      void queries.invalidateQueries(environments);
      void queries.invalidateQueries(session);
    }
    was.current = state?.state;
  }, [state, queries]);
  if (!state) {
    return error ? null : (
      <Card title="Demo">
        <Skeleton height={60} />
      </Card>
    );
  }
  const fault = filling.error?.message ?? state.detail;
  return (
    <Card title="Demo">
      <div className={styles.form}>
        <p className="muted">{saidOf(state)}</p>
        {fault && <Notice tone="error">{fault}</Notice>}
        <div className={styles.row}>
          {state.state === "absent" || state.state === "partial" ? (
            <Button icon="play" disabled={filling.isPending} onClick={() => filling.mutate()}>
              {state.state === "absent" ? "Fill the demo" : "Fill it anew"}
            </Button>
          ) : (
            <Link className={buttonClass()} href={`/spans?env=${state.environment}&range=30d`}>
              Look at the demo
            </Link>
          )}
          {state.state !== "absent" && (
            <Button kind="danger" disabled={state.state === "removing"} onClick={() => setAsks(true)}>
              Remove the demo
            </Button>
          )}
        </div>
      </div>
      {asks && (
        <Confirm
          title="Remove the demo?"
          action="Remove the demo"
          onClose={() => setAsks(false)}
          onConfirm={async () => {
            const left = await removeDemo();
            queries.setQueryData(demo.queryKey, left);
            queries.removeQueries({ predicate: (query) => query.queryKey[0] === left.environment });
            // Nobody stays in an environment that is gone.
            update((params) => params.get("env") === left.environment && params.delete("env"), { replace: true });
            toast("The demo is gone.", { kind: "ok" });
          }}
        >
          Its {count(state.spans)} spans go, with all that was added to them. What you sent to {state.environment}{" "}
          yourself stays.
        </Confirm>
      )}
    </Card>
  );
}

function saidOf(state: DemoState): string {
  switch (state.state) {
    case "absent":
      return `A month of believable traffic in an environment of its own, ${state.environment}. Nothing is sent anywhere.`;
    case "filling":
      return `It is being filled: ${percent(state.progress)} are there.`;
    case "removing":
      return "It is being removed.";
    case "partial":
      return `It was cut while it was filled: ${counted(state.spans, "span")} are there.`;
    case "ready":
      return `${count(state.spans)} spans of the last month, in the environment ${state.environment}.`;
  }
}
