import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { createEnvironment, environments } from "../../api/organization";
import { session, useApi } from "../../api/session";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { TextField } from "../../parts/Field";
import { Card, PageHead } from "../../parts/Layout";
import { Notice } from "../../parts/Notice";
import { Time } from "../../parts/Values";
import { useSubmit } from "../../state/submit";
import { toast } from "../../state/toasts";
import { OnlyAdmins, useMay } from "./Access";
import { Demo } from "./Demo";
import { List } from "./List";
import styles from "./Page.module.css";

/** The parts of the organization in which spans and keys lie. */
export function Environments() {
  const isAdmin = useMay("admin");
  const asked = useQuery(environments);
  const { environment } = useApi();
  const [makes, setMakes] = useState(false);
  return (
    <>
      <PageHead
        title="Environments"
        about="Spans of different environments never meet. A key belongs to one; people choose above, and see all of them."
        actions={
          isAdmin && (
            <Button kind="primary" icon="plus" onClick={() => setMakes(true)}>
              New environment
            </Button>
          )
        }
      />
      <div className={styles.body}>
        {!isAdmin && <OnlyAdmins what="Environments are made by admins." />}
        <Card title="Environments" isFlush>
          <List
            label="Environments"
            asked={asked}
            rowKey={(row) => row.name}
            empty={null}
            columns={[
              {
                title: "Name",
                isWide: true,
                cell: (row) => (
                  <span className={styles.named}>
                    {row.name}
                    {row.name === environment && <Badge tone="accent">chosen</Badge>}
                  </span>
                ),
              },
              {
                title: "Made",
                cell: (row) =>
                  row.created_at ? <Time at={row.created_at} /> : <span className="muted">always there</span>,
              },
              {
                title: "Spans",
                cell: (row) => <Link href={`/spans?${new URLSearchParams({ env: row.name })}`}>Open</Link>,
              },
            ]}
          />
        </Card>
        {isAdmin && <Demo />}
      </div>
      {makes && <NewEnvironment onClose={() => setMakes(false)} />}
    </>
  );
}

function NewEnvironment({ onClose }: { onClose(): void }) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const { isBusy, fault, faultOf, onSubmit } = useSubmit(["name"], async () => {
    await createEnvironment(name.trim());
    await Promise.all([queries.invalidateQueries(environments), queries.invalidateQueries(session)]);
    toast(`The environment ${name.trim()} is there. Make a key for it to send spans.`, { kind: "ok" });
    onClose();
  });
  return (
    <Dialog
      title="New environment"
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={isBusy || !name.trim()} onClick={() => onSubmit()}>
            Make the environment
          </Button>
        </>
      }
    >
      <form className={styles.form} onSubmit={onSubmit}>
        {fault && <Notice tone="error">{fault}</Notice>}
        <TextField
          label="Name"
          placeholder="staging"
          value={name}
          hint="Up to 16 small letters, digits and hyphens, beginning with a letter. It cannot be renamed or removed."
          fault={faultOf("name")}
          onChange={(event) => setName(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
