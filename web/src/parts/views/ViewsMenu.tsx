import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Listed } from "../../api/filters";
import { useSession } from "../../api/session";
import { changeView, createView, deleteView, type View, views } from "../../api/views";
import { useAddress } from "../../state/address";
import { useCommand } from "../../state/commands";
import { showView, viewState } from "../../state/listUrl";
import { toast } from "../../state/toasts";
import { Button, IconButton } from "../Button";
import { Confirm } from "../Confirm";
import { copyText } from "../Copy";
import { Icon } from "../Icon";
import { Popover } from "../Popover";
import { NameDialog } from "./NameDialog";
import styles from "./ViewsMenu.module.css";

const NONE: never[] = [];

type Asked = { kind: "save" } | { kind: "rename" | "delete"; view: View };

/** Saved views of a list: filter, columns, sorting and range under a name, for oneself or for everybody. */
export function ViewsMenu({ of }: { of: Listed }) {
  const [params, update] = useAddress();
  const { rights } = useSession();
  const queries = useQueryClient();
  const { data = NONE } = useQuery(views);
  const [asked, setAsked] = useState<Asked | null>(null);
  const all = data.filter((view) => view.page === of);
  const active = all.find((view) => view.id === params.get("view"));
  const isChanged = active !== undefined && normal(active.state) !== viewState(params);
  const mayShare = rights.includes("ingest");
  const mayChange = (view: View) => (!view.is_shared || mayShare) && (view.is_own || rights.includes("admin"));
  const show = (view: View | null) => update((next) => showView(next, view));
  useCommand([
    { label: "Save this as a view", icon: "star", run: () => setAsked({ kind: "save" }) },
    ...all.map((view) => ({ label: `View: ${view.name}`, icon: "star" as const, run: () => show(view) })),
  ]);

  async function done(said: string | null) {
    await queries.invalidateQueries({ queryKey: views.queryKey });
    if (said) toast(said, { kind: "ok" });
  }
  async function change(view: View, body: Parameters<typeof changeView>[1], said: string) {
    try {
      await changeView(view.id, body);
      await done(said);
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), { kind: "error" });
    }
  }

  return (
    <>
      <Popover
        label="Views"
        trigger={(props) => (
          <Button kind="quiet" icon="star" {...props}>
            <span className={`${styles.name} cut`}>{active ? active.name : `All ${of}`}</span>
            {isChanged && <span className={styles.changed}>changed</span>}
            <Icon name="down" size={12} />
          </Button>
        )}
      >
        {(close) => {
          const one = (view: View) => (
            <li key={view.id} className={styles.view}>
              <button
                type="button"
                className={styles.open}
                aria-current={view === active}
                onClick={() => {
                  close();
                  show(view);
                }}
              >
                <span className="cut">{view.name}</span>
                {view.is_shared && (
                  <span className={styles.shared}>{view.is_own ? "shared" : (view.owner_name ?? "shared")}</span>
                )}
              </button>
              {mayChange(view) && (
                <span className={styles.tools}>
                  {mayShare && (
                    <IconButton
                      icon="user"
                      label={view.is_shared ? `Share ${view.name} no more` : `Share ${view.name}`}
                      aria-pressed={view.is_shared}
                      onClick={() =>
                        void change(
                          view,
                          { is_shared: !view.is_shared },
                          view.is_shared ? "Only you see it now." : "Everybody in the organization sees it now.",
                        )
                      }
                    />
                  )}
                  <IconButton
                    icon="edit"
                    label={`Rename ${view.name}`}
                    onClick={() => {
                      close();
                      setAsked({ kind: "rename", view });
                    }}
                  />
                  <IconButton
                    icon="trash"
                    label={`Delete ${view.name}`}
                    onClick={() => {
                      close();
                      setAsked({ kind: "delete", view });
                    }}
                  />
                </span>
              )}
            </li>
          );
          return (
            <div className={styles.menu}>
              <ul>
                <li className={styles.view}>
                  <button
                    type="button"
                    className={styles.open}
                    aria-current={!active}
                    onClick={() => {
                      close();
                      show(null);
                    }}
                  >
                    All {of}
                  </button>
                </li>
                {all.map(one)}
              </ul>
              {all.length === 0 && (
                <p className={styles.none}>A view keeps filter, columns, sorting and range under a name.</p>
              )}
              <div className={styles.foot}>
                {active && isChanged && mayChange(active) && (
                  <Button
                    icon="check"
                    onClick={() => {
                      close();
                      void change(active, { state: viewState(params) }, `“${active.name}” is what you see now.`);
                    }}
                  >
                    Update “{active.name}”
                  </Button>
                )}
                <Button
                  icon="plus"
                  onClick={() => {
                    close();
                    setAsked({ kind: "save" });
                  }}
                >
                  Save as a view
                </Button>
                <Button
                  kind="quiet"
                  icon="link"
                  onClick={() => {
                    close();
                    void copyText(location.href).then((isCopied) =>
                      toast(isCopied ? "The link is copied." : "Copy the address of this page to share it.", {
                        kind: isCopied ? "ok" : "info",
                      }),
                    );
                  }}
                >
                  Copy link
                </Button>
              </div>
            </div>
          );
        }}
      </Popover>
      {asked && asked.kind !== "delete" && (
        <NameDialog
          title={asked.kind === "save" ? "Save as a view" : `Rename “${asked.view.name}”`}
          name={asked.kind === "rename" ? asked.view.name : ""}
          mayShare={asked.kind === "save" && mayShare}
          onClose={() => setAsked(null)}
          onSave={async (name, isShared) => {
            if (asked.kind === "rename") {
              await changeView(asked.view.id, { name });
              await done(null);
              return;
            }
            const made = await createView({ name, page: of, state: viewState(params), is_shared: isShared });
            await done(`“${made.name}” is saved.`);
            update((next) => next.set("view", made.id), { replace: true });
          }}
        />
      )}
      {asked?.kind === "delete" && (
        <Confirm
          title={`Delete “${asked.view.name}”?`}
          action="Delete the view"
          onClose={() => setAsked(null)}
          onConfirm={async () => {
            await deleteView(asked.view.id);
            await done(null);
            if (asked.view === active) update((next) => next.delete("view"), { replace: true });
          }}
        >
          <p>{asked.view.is_shared ? "It is gone for everybody then." : `No ${of} are deleted.`}</p>
        </Confirm>
      )}
    </>
  );
}

function normal(state: string): string {
  return viewState(new URLSearchParams(state));
}
