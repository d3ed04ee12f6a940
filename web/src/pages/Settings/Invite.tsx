import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { invitations, invite, type NewInvitation } from "../../api/organization";
import type { Role } from "../../api/session";
import { Button } from "../../parts/Button";
import { CopyButton } from "../../parts/Copy";
import { Dialog } from "../../parts/Dialog";
import { Field, Select, TextField } from "../../parts/Field";
import { Notice } from "../../parts/Notice";
import { Time } from "../../parts/Values";
import { useSubmit } from "../../state/submit";
import styles from "./Page.module.css";
import { ROLE_HELP, ROLES } from "./roles";

const DAY_SECONDS = 86_400;
const LENGTHS = [
  { days: 1, label: "A day" },
  { days: 7, label: "A week" },
  { days: 30, label: "30 days" },
];

/** Who is invited, and as what. */
export function InviteDialog({ onClose, onMade }: { onClose(): void; onMade(made: NewInvitation): void }) {
  const queries = useQueryClient();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("member");
  const [days, setDays] = useState(7);
  const { isBusy, fault, faultOf, onSubmit } = useSubmit(["email", "role", "expires_in"], async () => {
    const made = await invite({ email: email.trim(), role, expires_in: days * DAY_SECONDS });
    void queries.invalidateQueries(invitations);
    onMade(made);
  });
  return (
    <Dialog
      title="Invite somebody"
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={isBusy} onClick={() => onSubmit()}>
            Make the link
          </Button>
        </>
      }
    >
      <form className={styles.form} onSubmit={onSubmit} noValidate>
        {fault && <Notice tone="error">{fault}</Notice>}
        <TextField
          label="Email"
          type="email"
          placeholder="grace@example.com"
          value={email}
          hint="Without one, the link is for whoever has it. No mail is sent."
          fault={faultOf("email")}
          onChange={(event) => setEmail(event.target.value)}
        />
        <div className={styles.pair}>
          <Field label="Role" hint={ROLE_HELP[role]} fault={faultOf("role")}>
            {(attributes) => (
              <Select {...attributes} value={role} onChange={(event) => setRole(event.target.value as Role)}>
                {ROLES.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="The link is good for" fault={faultOf("expires_in")}>
            {(attributes) => (
              <Select {...attributes} value={days} onChange={(event) => setDays(Number(event.target.value))}>
                {LENGTHS.map(({ days: length, label }) => (
                  <option key={length} value={length}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}

/** A link that was just made, to be handed over. */
export function LinkDialog({ title, made, onClose }: { title: string; made: NewInvitation; onClose(): void }) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      isFirm
      foot={
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <p>
        Hand this link over yourself. It works once, ends <Time at={made.expires_at} form="relative" />, and is shown
        only now.
      </p>
      <div className={styles.secret} data-autofocus tabIndex={-1}>
        <code>{made.link}</code>
        <CopyButton text={made.link} label="Copy the link" />
      </div>
    </Dialog>
  );
}
