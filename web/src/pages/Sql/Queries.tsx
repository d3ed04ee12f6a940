import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useSession } from "../../api/session";
import { createView, type View, views } from "../../api/views";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Checkbox, TextField } from "../../parts/Field";
import { Icon } from "../../parts/Icon";
import { Menu, type MenuEntry } from "../../parts/Menu";
import { Notice } from "../../parts/Notice";
import { usePreferences } from "../../state/preferences";
import { useSubmit } from "../../state/submit";
import { toast } from "../../state/toasts";
import { EXAMPLES, type Example } from "./examples";
import styles from "./Page.module.css";
import { type SqlUrl, sqlUrl } from "./url";

export const PAGE = "sql";
export const RECENT = "sql";

/** Queries that are saved, were run before, or show how it is done. */
export function QueryMenus({ onChoose }: { onChoose(url: Partial<SqlUrl>): void }) {
  const { data = [] } = useQuery(views);
  const { recent } = usePreferences();
  const saved = data.filter((view) => view.page === PAGE);
  const queries = recent[RECENT] ?? [];
  return (
    <>
      <Chooser
        label="Saved"
        entries={
          saved.length > 0
            ? saved.map((view) => ({
                label: view.name,
                detail: view.is_own ? (view.is_shared ? "shared" : undefined) : (view.owner_name ?? "shared"),
                onSelect: () => onChoose(stateOf(view)),
              }))
            : [{ heading: "Nothing is saved. The button Save keeps a query." }]
        }
      />
      <Chooser
        label="Recent"
        entries={
          queries.length > 0
            ? queries.map((query) => ({ label: line(query), onSelect: () => onChoose({ query }) }))
            : [{ heading: "Nothing was run yet." }]
        }
      />
      <Chooser
        label="Examples"
        entries={EXAMPLES.map((example) => ({ label: example.title, onSelect: () => onChoose(chosen(example)) }))}
      />
    </>
  );
}

export function chosen({ query, as }: Example): Partial<SqlUrl> {
  return { query, as, value: "" };
}

function stateOf(view: View): Partial<SqlUrl> {
  return sqlUrl.read(new URLSearchParams(view.state));
}

function line(query: string): string {
  const text = query.replace(/\s+/g, " ").trim();
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function Chooser({ label, entries }: { label: string; entries: readonly MenuEntry[] }) {
  return (
    <Menu
      label={`${label} queries`}
      entries={entries}
      trigger={(props) => (
        <Button kind="quiet" {...props}>
          {label}
          <Icon name="down" size={12} />
        </Button>
      )}
    />
  );
}

/** Keeps the query with its chart under a name. */
export function SaveDialog({ url, onClose }: { url: SqlUrl; onClose(): void }) {
  const queries = useQueryClient();
  const mayShare = useSession().rights.includes("ingest");
  const [name, setName] = useState("");
  const [isShared, setShared] = useState(false);
  const { isBusy, fault, faultOf, onSubmit } = useSubmit(["name"], async () => {
    const params = new URLSearchParams();
    sqlUrl.write(url, params);
    await createView({ name, page: PAGE, state: params.toString(), is_shared: isShared });
    await queries.invalidateQueries(views);
    toast(`${name} is saved.`, { kind: "ok" });
    onClose();
  });
  return (
    <Dialog
      title="Save the query"
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={isBusy} onClick={() => onSubmit()}>
            Save
          </Button>
        </>
      }
    >
      <form className={styles.form} onSubmit={onSubmit}>
        {fault && <Notice tone="error">{fault}</Notice>}
        <TextField
          label="Name"
          placeholder="Cost by day and model"
          value={name}
          fault={faultOf("name")}
          onChange={(event) => setName(event.target.value)}
        />
        {mayShare && (
          <Checkbox
            label="Everybody in the organization sees it"
            checked={isShared}
            onChange={(event) => setShared(event.target.checked)}
          />
        )}
      </form>
    </Dialog>
  );
}
