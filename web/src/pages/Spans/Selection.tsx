import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { changeSpans, deleteMatching, deleteSpans, type ManyChange } from "../../api/many";
import { useApi, useSession } from "../../api/session";
import { count } from "../../domain/numbers";
import type { Window } from "../../domain/range";
import { Button, IconButton } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { Dialog } from "../../parts/Dialog";
import { TextField } from "../../parts/Field";
import { toast } from "../../state/toasts";
import styles from "./Selection.module.css";

const spans = (many: number) => (many === 1 ? "1 span" : `${count(many)} spans`);

/** All that the filter selects, where more of it is stored than is loaded. */
export interface Matching {
  query: string;
  window: Window;
  count: number;
}

/** What can be done with the rows that are chosen. */
export function Selection({
  chosen,
  matching,
  onClear,
  onChanged,
}: {
  chosen: ReadonlySet<string>;
  /** Where every row that is loaded is chosen, and there are more. */
  matching: Matching | null;
  onClear(): void;
  /** What is shown is old. */
  onChanged(): void;
}) {
  const scope = useApi();
  const { rights } = useSession();
  const queries = useQueryClient();
  const [asked, setAsked] = useState<"note" | "delete" | null>(null);
  const [isAll, setAll] = useState(false);
  const all = isAll ? matching : null;
  const size = all?.count ?? chosen.size;
  const ids = [...chosen];

  async function change(what: ManyChange, said: string) {
    try {
      const changed = await changeSpans(scope, ids, what);
      onClear();
      toast(`${said}: ${spans(changed)}.`, { kind: "ok" });
      void queries.invalidateQueries({ queryKey: [scope.environment] });
    } catch (error) {
      toast(`Not done: ${error instanceof Error ? error.message : String(error)}`, { kind: "error" });
    }
  }
  return (
    <div className={styles.bar} role="toolbar" aria-label="Chosen spans">
      <strong>{all ? `All ${count(size)} of the filter chosen` : `${count(size)} chosen`}</strong>
      {matching && !all && rights.includes("admin") && (
        <Button kind="quiet" onClick={() => setAll(true)}>
          Choose all {count(matching.count)} of the filter
        </Button>
      )}
      {rights.includes("ingest") && !all && (
        <>
          <Button icon="pin" onClick={() => void change({ is_pinned: true }, "Pinned")}>
            Pin
          </Button>
          <Button onClick={() => void change({ is_pinned: false }, "Pinned no more")}>Unpin</Button>
          <Button icon="edit" onClick={() => setAsked("note")}>
            Note
          </Button>
        </>
      )}
      {rights.includes("admin") && (
        <Button kind="danger" icon="trash" onClick={() => setAsked("delete")}>
          Delete
        </Button>
      )}
      <IconButton icon="close" label="Choose none" onClick={onClear} />
      {asked === "note" && (
        <NoteDialog
          title={`A note on ${spans(chosen.size)}`}
          onClose={() => setAsked(null)}
          onSave={async (note) => {
            setAsked(null);
            await change({ note }, "Noted");
          }}
        />
      )}
      {asked === "delete" && (
        <Confirm
          title={`Delete ${spans(size)}?`}
          action={`Delete ${spans(size)}`}
          onClose={() => setAsked(null)}
          onConfirm={async () => {
            const deleted = all ? await deleteMatching(scope, all.window, all.query) : await deleteSpans(scope, ids);
            toast(`${spans(deleted)} deleted.`, { kind: "ok" });
            onClear();
            onChanged();
          }}
        >
          {all && (
            <p>
              All that <code>{all.query}</code> selects in the range, also what is not loaded yet.
            </p>
          )}
          <p>They go with their notes and scores, and nothing brings them back.</p>
        </Confirm>
      )}
    </div>
  );
}

function NoteDialog({
  title,
  onSave,
  onClose,
}: {
  title: string;
  onSave(note: string): Promise<void>;
  onClose(): void;
}) {
  const [note, setNote] = useState("");
  function submit(event: FormEvent) {
    event.preventDefault();
    if (note.trim()) void onSave(note.trim());
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <TextField
          label="Note"
          hint="It takes the place of the notes that they have."
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
        <div className={styles.buttons}>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={!note.trim()}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
