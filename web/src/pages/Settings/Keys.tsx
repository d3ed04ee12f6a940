import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type CreatedKey, changeKey, createKey, type Key, keys, revokeKey } from "../../api/organization";
import { useApi, useSession } from "../../api/session";
import { Badge } from "../../parts/Badge";
import { Button, IconButton } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { CopyButton } from "../../parts/Copy";
import { Dialog } from "../../parts/Dialog";
import { Card, PageHead } from "../../parts/Layout";
import { Menu } from "../../parts/Menu";
import { Notice } from "../../parts/Notice";
import { Empty } from "../../parts/State";
import { CodeBlock } from "../../parts/span/CodeBlock";
import { Dash, Time } from "../../parts/Values";
import { BASE } from "../../state/base";
import { useSubmit } from "../../state/submit";
import { toast } from "../../state/toasts";
import { OnlyAdmins, useMay } from "./Access";
import { expiryOf } from "./expiry";
import { KEY_FIELDS, KeyForm, type KeyWish, ratesOf } from "./KeyForm";
import { keyExample } from "./keyExample";
import { List } from "./List";
import styles from "./Page.module.css";

/** The keys by which programs send and read. */
export function Keys() {
  const isAdmin = useMay("admin");
  return isAdmin ? (
    <KeyList />
  ) : (
    <>
      <PageHead title="API keys" about="Programs send and read with a key." />
      <div className={styles.body}>
        <OnlyAdmins what="API keys are seen and made by admins." />
      </div>
    </>
  );
}

type Open = { kind: "new" } | { kind: "made"; key: CreatedKey } | { kind: "change" | "revoke"; key: Key };

function KeyList() {
  const queries = useQueryClient();
  const asked = useQuery(keys);
  const [open, setOpen] = useState<Open | null>(null);
  const [showsClosed, setShowsClosed] = useState(false);
  const closed = asked.data?.filter((key) => key.state !== "active").length ?? 0;
  const shown = asked.data?.filter((key) => showsClosed || key.state === "active");
  const close = () => setOpen(null);
  return (
    <>
      <PageHead
        title="API keys"
        about="Programs send and read with a key. It belongs to one environment and is shown once, when it is made."
        actions={
          <>
            {closed > 0 && (
              <Button kind="quiet" aria-pressed={showsClosed} onClick={() => setShowsClosed(!showsClosed)}>
                {showsClosed ? "Hide" : "Show"} {closed} closed
              </Button>
            )}
            <Button kind="primary" icon="plus" onClick={() => setOpen({ kind: "new" })}>
              New key
            </Button>
          </>
        }
      />
      <div className={styles.body}>
        <Card title="Keys" isFlush>
          <List
            label="API keys"
            asked={{ ...asked, data: shown }}
            rowKey={(key) => key.id}
            isFaint={(key) => key.state !== "active"}
            empty={
              <Empty icon="key" title="No key opens anything">
                <p>Make one, and programs can send spans.</p>
              </Empty>
            }
            columns={[
              { title: "Name", isWide: true, cell: (key) => <span title={key.name}>{key.name}</span> },
              { title: "Key", cell: (key) => <code>{key.prefix}</code> },
              { title: "Environment", cell: (key) => key.environment },
              { title: "Rights", cell: (key) => key.rights.join(", ") },
              { title: "Limits", cell: (key) => <Limits limited={key} /> },
              { title: "Last used", cell: (key) => <LastUse at={key.last_used_at} /> },
              { title: "Ends", cell: (key) => <Ends of={key} /> },
            ]}
            menu={(key) =>
              key.state === "active" && (
                <Menu
                  label={`What can be done with ${key.name}`}
                  align="end"
                  trigger={(props) => <IconButton icon="more" label={`More of ${key.name}`} {...props} />}
                  entries={[
                    { label: "Change …", icon: "edit", onSelect: () => setOpen({ kind: "change", key }) },
                    {
                      label: "Revoke …",
                      icon: "trash",
                      danger: true,
                      onSelect: () => setOpen({ kind: "revoke", key }),
                    },
                  ]}
                />
              )
            }
          />
        </Card>
      </div>
      {open?.kind === "new" && <NewKey onClose={close} onMade={(key) => setOpen({ kind: "made", key })} />}
      {open?.kind === "made" && <Made made={open.key} onClose={close} />}
      {open?.kind === "change" && <ChangeKey of={open.key} onClose={close} />}
      {open?.kind === "revoke" && (
        <Confirm
          title={`Revoke ${open.key.name}?`}
          action="Revoke the key"
          onClose={close}
          onConfirm={async () => {
            await revokeKey(open.key.id);
            await queries.invalidateQueries(keys);
            toast(`${open.key.name} opens nothing any more.`, { kind: "ok" });
          }}
        >
          <p>
            Whoever sends with <code>{open.key.prefix}</code> is refused from the next request on, for good.{" "}
            {open.key.last_used_at ? (
              <>
                It was last used <Time at={open.key.last_used_at} form="relative" />.
              </>
            ) : (
              "It was never used."
            )}
          </p>
        </Confirm>
      )}
    </>
  );
}

function Limits({ limited }: { limited: Key }) {
  const { requests_per_second: requests, spans_per_second: spans } = limited;
  const said = [requests !== null && `${requests} requests/s`, spans !== null && `${spans} spans/s`].filter(Boolean);
  return said.length > 0 ? said.join(", ") : <span className="muted">none</span>;
}

function LastUse({ at }: { at: string | null }) {
  return at ? <Time at={at} form="relative" /> : <span className="muted">never</span>;
}

function Ends({ of: key }: { of: Key }) {
  if (key.state === "revoked") return <Badge tone="error">revoked</Badge>;
  if (key.state === "expired") return <Badge tone="warn">expired</Badge>;
  return key.expires_at ? <Time at={key.expires_at} form="relative" /> : <Dash />;
}

function NewKey({ onClose, onMade }: { onClose(): void; onMade(key: CreatedKey): void }) {
  const queries = useQueryClient();
  const { environments } = useSession();
  const { environment } = useApi();
  const [wish, setWish] = useState<KeyWish>({
    name: "",
    environment,
    rights: ["ingest", "read"],
    expiry: "never",
    requests: "",
    spans: "",
  });
  const submission = useSubmit(KEY_FIELDS, async () => {
    const made = await createKey({
      name: wish.name,
      environment: wish.environment,
      rights: [...wish.rights],
      expires_at: expiryOf(wish.expiry, Date.now()),
      ...ratesOf(wish),
    });
    void queries.invalidateQueries(keys);
    onMade(made);
  });
  return (
    <Dialog
      title="New API key"
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={submission.isBusy} onClick={() => submission.onSubmit()}>
            Make the key
          </Button>
        </>
      }
    >
      <KeyForm
        wish={wish}
        environments={environments}
        submission={submission}
        onChange={(change) => setWish({ ...wish, ...change })}
      />
    </Dialog>
  );
}

function Made({ made, onClose }: { made: CreatedKey; onClose(): void }) {
  return (
    <Dialog
      title={`The key ${made.name}`}
      onClose={onClose}
      isFirm
      foot={
        <Button kind="primary" onClick={onClose}>
          I have kept it
        </Button>
      }
    >
      <Notice tone="warn">This is the only time that the key is shown. Only its hash is stored.</Notice>
      <div className={styles.secret} data-autofocus tabIndex={-1}>
        <code>{made.key}</code>
        <CopyButton text={made.key} label="Copy the key" />
      </div>
      <div>
        <p className={styles.small}>Try it:</p>
        <CodeBlock code={keyExample(made, `${location.origin}${BASE}`)} language="sh" />
      </div>
    </Dialog>
  );
}

function ChangeKey({ of: key, onClose }: { of: Key; onClose(): void }) {
  const queries = useQueryClient();
  const [wish, setWish] = useState<KeyWish>({
    name: key.name,
    environment: key.environment,
    rights: key.rights,
    expiry: key.expires_at ? "keep" : "never",
    requests: String(key.requests_per_second ?? ""),
    spans: String(key.spans_per_second ?? ""),
  });
  const submission = useSubmit(KEY_FIELDS, async () => {
    await changeKey(key.id, {
      name: wish.name,
      rights: [...wish.rights],
      ...(wish.expiry === "keep" ? {} : { expires_at: expiryOf(wish.expiry, Date.now()) }),
      ...ratesOf(wish),
    });
    await queries.invalidateQueries(keys);
    onClose();
  });
  return (
    <Dialog
      title={`Change ${key.name}`}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={submission.isBusy} onClick={() => submission.onSubmit()}>
            Keep the changes
          </Button>
        </>
      }
    >
      <p className={styles.small}>
        <code>{key.prefix}</code> of the environment {key.environment}. Changes hold from its next request on.
      </p>
      <KeyForm
        wish={wish}
        environments={[]}
        {...(key.expires_at ? { keeps: `As it is: ${key.expires_at.slice(0, 10)}` } : {})}
        submission={submission}
        onChange={(change) => setWish({ ...wish, ...change })}
      />
    </Dialog>
  );
}
