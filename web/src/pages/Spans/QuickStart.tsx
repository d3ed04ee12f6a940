import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useId, useState } from "react";
import { demo, fillDemo } from "../../api/demo";
import { createKey } from "../../api/organization";
import { session, useApi, useSession } from "../../api/session";
import { percent } from "../../domain/numbers";
import { snippets } from "../../domain/quickstart";
import { Button } from "../../parts/Button";
import { CopyButton } from "../../parts/Copy";
import { Skeleton } from "../../parts/State";
import { Tabs } from "../../parts/Tabs";
import { useAddress } from "../../state/address";
import { BASE } from "../../state/base";
import styles from "./QuickStart.module.css";

const PLACEHOLDER = "YOUR-KEY";

/** What the page is before the first span: how to send one, with the address and the key filled in. */
export function QuickStart() {
  const { authentication, rights } = useSession();
  const { environment } = useApi();
  const [tab, setTab] = useState("curl");
  const made = useMutation({
    mutationFn: () =>
      createKey({
        name: "Quick start",
        environment,
        rights: ["ingest"],
        expires_at: null,
        requests_per_second: null,
        spans_per_second: null,
      }),
  });
  const isOpen = authentication === "off";
  const key = made.data?.key ?? (isOpen ? null : PLACEHOLDER);
  const base = `${location.origin}${BASE}`;
  const all = snippets(base, key);
  const shown = all.find((one) => one.id === tab) ?? all[0];
  const isAdmin = rights.includes("admin");
  return (
    <div className={styles.start}>
      <div className={styles.inner}>
        <header>
          <h2>Send the first span</h2>
          <p className="muted">
            There is nothing in <strong>{environment}</strong> yet. Run one of these; this page becomes the list of
            spans as soon as the first one arrives.
          </p>
        </header>

        <section className={styles.step} aria-label="The key">
          <h3>1. The key</h3>
          {made.data ? (
            <div className={styles.key} role="status">
              <code>{made.data.key}</code>
              <CopyButton text={made.data.key} label="Copy the key" />
              <p>It stands in the code below, and is shown this once: keep it.</p>
            </div>
          ) : (
            <div className={styles.key}>
              {isAdmin ? (
                <Button
                  kind={isOpen ? "plain" : "primary"}
                  icon="key"
                  disabled={made.isPending}
                  onClick={() => made.mutate()}
                >
                  Create a key for {environment}
                </Button>
              ) : (
                <p>
                  Ask an admin for a key of the environment {environment}, and put it in the place of {PLACEHOLDER}.
                </p>
              )}
              {isOpen && <p>Authentication is off: whoever is on this machine may send without one.</p>}
              {made.error && (
                <p className={styles.fault} role="alert">
                  {made.error.message}
                </p>
              )}
            </div>
          )}
        </section>

        <section className={styles.step} aria-label="The call">
          <h3>2. The call</h3>
          <Tabs
            label="Ways to send"
            tabs={all.map(({ id, title }) => ({ value: id, label: title }))}
            value={shown?.id ?? "curl"}
            onChange={setTab}
          >
            {shown && (
              <div className={styles.code}>
                {shown.install && <Code text={shown.install} label="Copy the commands" />}
                {shown.run && (
                  <p className="muted">
                    Keep this as <code>{shown.run.file}</code> and run <code>{shown.run.command}</code>. It asks OpenAI
                    something, with your <code>OPENAI_API_KEY</code>.
                  </p>
                )}
                <Code text={shown.code} label="Copy the code" />
                <p className="muted">
                  <a href={`${BASE}/docs/${shown.docs}`}>All that can be sent</a> ·{" "}
                  <a href={`${BASE}/docs/sdks`}>Every SDK</a>
                </p>
              </div>
            )}
          </Tabs>
        </section>

        <p className={styles.waiting} role="status">
          <span className={styles.dot} /> Waiting for the first span …
        </p>
        {isAdmin && <Demo />}
      </div>
    </div>
  );
}

function Code({ text, label }: { text: string; label: string }) {
  return (
    <div className={styles.block}>
      <pre tabIndex={0}>{text}</pre>
      <span className={styles.copy}>
        <CopyButton text={text} label={label} />
      </span>
    </div>
  );
}

const LOOK_MS = 700;

/** An environment full of traffic, in one click. Nothing where the server has none to offer. */
function Demo() {
  const id = useId();
  const queries = useQueryClient();
  const [, update] = useAddress();
  const filling = useMutation({
    mutationFn: fillDemo,
    onSuccess: (state) => queries.setQueryData(demo.queryKey, state),
  });
  const [isWanted, setWanted] = useState(false);
  const { data: state, error } = useQuery({ ...demo, refetchInterval: isWanted ? LOOK_MS : false });
  const hasSome = state !== undefined && (state.state === "ready" || (state.state === "filling" && state.spans > 0));
  useEffect(() => {
    if (!isWanted || !hasSome || !state) return;
    // The environment is new: what is known of the session lacks it.
    void queries.invalidateQueries(session).then(() =>
      update((params) => {
        params.set("env", state.environment);
        params.set("range", "30d");
      }),
    );
  }, [isWanted, hasSome, state, queries, update]);
  if (!state) return error ? null : <Skeleton height={108} />;
  const said = filling.error?.message ?? state.detail;
  return (
    <section className={styles.demo} aria-labelledby={id}>
      <h3 id={id}>Or look around first</h3>
      <p className="muted">
        A month of believable traffic in an environment of its own, <strong>{state.environment}</strong>. Nothing is
        sent anywhere, and it can be removed again.
      </p>
      <Button
        icon="play"
        disabled={isWanted && !filling.error}
        onClick={() => {
          setWanted(true);
          if (state.state !== "ready") filling.mutate();
        }}
      >
        {state.state === "ready" ? "Look at the demo" : "Fill it with demo data"}
      </Button>
      {isWanted && state.state === "filling" && <p role="status">{percent(state.progress)} are there …</p>}
      {said && (
        <p className={styles.fault} role="alert">
          {said}
        </p>
      )}
    </section>
  );
}
