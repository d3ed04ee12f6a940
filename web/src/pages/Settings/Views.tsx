import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { changeView, deleteView, type View, views } from "../../api/views";
import { viewAddress } from "../../domain/view";
import { Badge } from "../../parts/Badge";
import { Button, IconButton } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { Dialog } from "../../parts/Dialog";
import { TextField } from "../../parts/Field";
import { Card, PageHead } from "../../parts/Layout";
import { Menu } from "../../parts/Menu";
import { Notice } from "../../parts/Notice";
import { Empty } from "../../parts/State";
import { Dash, Time } from "../../parts/Values";
import { ROUTES } from "../../routes";
import { useAddress } from "../../state/address";
import { useSubmit } from "../../state/submit";
import { toast } from "../../state/toasts";
import { useMay } from "./Access";
import { List } from "./List";
import styles from "./Page.module.css";

type Open = { kind: "rename" | "delete"; view: View };

/** Pages with their filters, columns and range under a name. */
export function Views() {
  const queries = useQueryClient();
  const [params] = useAddress();
  const asked = useQuery(views);
  const mayShare = useMay("ingest");
  const isAdmin = useMay("admin");
  const [open, setOpen] = useState<Open | null>(null);
  const mayChange = (view: View) => (view.is_own || isAdmin) && (mayShare || !view.is_shared);
  const close = () => setOpen(null);

  async function share(view: View) {
    try {
      await changeView(view.id, { is_shared: !view.is_shared });
      await queries.invalidateQueries(views);
      toast(view.is_shared ? `Only you see ${view.name} now.` : `Everybody here sees ${view.name} now.`, {
        kind: "ok",
      });
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), { kind: "error" });
    }
  }

  return (
    <>
      <PageHead
        title="Saved views"
        about={`Pages with all that their address says, under a name. ${mayShare ? "Shared ones are seen by everybody in the organization." : "You see those that are shared, and your own."}`}
      />
      <div className={styles.body}>
        <Card title="Views" isFlush>
          <List
            label="Saved views"
            asked={asked}
            rowKey={(view) => view.id}
            empty={
              <Empty icon="star" title="No view is saved">
                <p>A query on the page SQL, or a filter on a list, can be saved where it is written.</p>
              </Empty>
            }
            columns={[
              {
                title: "Name",
                isWide: true,
                cell: (view) => (
                  <Link href={viewAddress(view, params.get("env"))} title={view.name}>
                    {view.name}
                  </Link>
                ),
              },
              { title: "Page", cell: (view) => titleOf(view.page) },
              {
                title: "Seen by",
                cell: (view) => (view.is_shared ? <Badge tone="info">everybody</Badge> : <Badge>you</Badge>),
              },
              { title: "Owner", cell: (view) => (view.is_own ? "you" : (view.owner_name ?? <Dash />)) },
              { title: "Changed", cell: (view) => <Time at={view.updated_at} form="relative" /> },
            ]}
            menu={(view) =>
              mayChange(view) && (
                <Menu
                  label={`What can be done with ${view.name}`}
                  align="end"
                  trigger={(props) => <IconButton icon="more" label={`More of ${view.name}`} {...props} />}
                  entries={[
                    { label: "Rename …", icon: "edit", onSelect: () => setOpen({ kind: "rename", view }) },
                    ...(mayShare
                      ? [
                          {
                            label: view.is_shared ? "Share no more" : "Share with everybody",
                            icon: "members" as const,
                            onSelect: () => void share(view),
                          },
                        ]
                      : []),
                    {
                      label: "Delete …",
                      icon: "trash",
                      danger: true,
                      onSelect: () => setOpen({ kind: "delete", view }),
                    },
                  ]}
                />
              )
            }
          />
        </Card>
      </div>
      {open?.kind === "rename" && <Rename view={open.view} onClose={close} />}
      {open?.kind === "delete" && (
        <Confirm
          title={`Delete ${open.view.name}?`}
          action="Delete the view"
          onClose={close}
          onConfirm={async () => {
            await deleteView(open.view.id);
            await queries.invalidateQueries(views);
          }}
        >
          {open.view.is_shared ? "It is gone for everybody. " : ""}Links to the same page go on working.
        </Confirm>
      )}
    </>
  );
}

function titleOf(page: string): string {
  return ROUTES.find((route) => route.path === `/${page}`)?.title ?? page;
}

function Rename({ view, onClose }: { view: View; onClose(): void }) {
  const queries = useQueryClient();
  const [name, setName] = useState(view.name);
  const { isBusy, fault, faultOf, onSubmit } = useSubmit(["name"], async () => {
    await changeView(view.id, { name });
    await queries.invalidateQueries(views);
    onClose();
  });
  return (
    <Dialog
      title="Rename the view"
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={isBusy} onClick={() => onSubmit()}>
            Rename
          </Button>
        </>
      }
    >
      <form className={styles.form} onSubmit={onSubmit}>
        {fault && <Notice tone="error">{fault}</Notice>}
        <TextField
          label="Name"
          value={name}
          fault={faultOf("name")}
          onChange={(event) => setName(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
