import { type FormEvent, useState } from "react";
import { Button } from "../Button";
import { Dialog } from "../Dialog";
import { Checkbox, TextField } from "../Field";
import styles from "./ViewsMenu.module.css";

/** Asks for the name of a view. */
export function NameDialog({
  title,
  name,
  mayShare,
  onSave,
  onClose,
}: {
  title: string;
  name: string;
  mayShare: boolean;
  onSave(name: string, isShared: boolean): Promise<void>;
  onClose(): void;
}) {
  const [typed, setTyped] = useState(name);
  const [isShared, setShared] = useState(false);
  const [fault, setFault] = useState<string | undefined>();
  const [isBusy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!typed.trim()) {
      setFault("A view has a name.");
      return;
    }
    setBusy(true);
    try {
      await onSave(typed.trim(), isShared);
      onClose();
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <TextField
          label="Name"
          placeholder="Failures of checkout"
          value={typed}
          fault={fault}
          onChange={(event) => setTyped(event.target.value)}
        />
        {mayShare && (
          <Checkbox
            label="Everybody in the organization sees it"
            checked={isShared}
            onChange={(event) => setShared(event.target.checked)}
          />
        )}
        <div className={styles.buttons}>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={isBusy}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
