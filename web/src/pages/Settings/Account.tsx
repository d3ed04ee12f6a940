import { useState } from "react";
import { changePassword, useSession } from "../../api/session";
import { Button } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { Card, Facts, PageHead } from "../../parts/Layout";
import { Notice } from "../../parts/Notice";
import { PasswordField } from "../../parts/PasswordField";
import { Time } from "../../parts/Values";
import { useLeave } from "../../shell/useLeave";
import { useSubmit } from "../../state/submit";
import { toast } from "../../state/toasts";
import styles from "./Page.module.css";
import { ROLE_HELP } from "./roles";

/** Who is signed in, the password, and the ways out. */
export function Account() {
  const { member, organization, expires_at } = useSession();
  if (!member) return <NobodySignedIn />;
  return (
    <>
      <PageHead title="Account" />
      <div className={`${styles.body} ${styles.narrow}`}>
        <Card title="You">
          <Facts
            facts={[
              ["Name", member.name],
              ["Email", member.email],
              ["Organization", organization?.name],
              ["Role", `${member.role} – ${ROLE_HELP[member.role]}`],
            ]}
          />
        </Card>
        {member.has_password ? (
          <Password />
        ) : (
          <Card title="Password">
            <p className="muted">
              You sign in at the identity provider and have no password here. An admin can make a link that sets one.
            </p>
          </Card>
        )}
        <Sessions ends={expires_at} />
      </div>
    </>
  );
}

function NobodySignedIn() {
  return (
    <>
      <PageHead title="Account" />
      <div className={`${styles.body} ${styles.narrow}`}>
        <Notice>
          Authentication is off: nobody signs in, and everybody on this machine may do everything. Start the server
          without <code>--no-authentication</code> to have accounts.
        </Notice>
      </div>
    </>
  );
}

function Password() {
  const { member } = useSession();
  const [present, setPresent] = useState("");
  const [password, setPassword] = useState("");
  const { isBusy, wait, fault, faultOf, onSubmit } = useSubmit(["current_password", "password"], async () => {
    await changePassword(present, password);
    setPresent("");
    setPassword("");
    toast("The password is changed. Your other sessions have ended.", { kind: "ok" });
  });
  return (
    <Card title="Password">
      <form className={styles.form} onSubmit={onSubmit} noValidate>
        {fault && (
          <Notice tone="error">{wait > 0 ? `Too many attempts. You can try again in ${wait} s.` : fault}</Notice>
        )}
        {/* So that password managers know whose it is. */}
        <input type="text" hidden readOnly autoComplete="username" value={member?.email ?? ""} />
        <PasswordField
          label="Present password"
          value={present}
          onChange={setPresent}
          fault={faultOf("current_password")}
        />
        <PasswordField
          label="New password"
          isNew
          value={password}
          onChange={setPassword}
          hint="At least 10 characters. Changing it ends your other sessions."
          fault={faultOf("password")}
        />
        <div className={styles.row}>
          <Button type="submit" disabled={isBusy || wait > 0 || !present || !password}>
            Change the password
          </Button>
        </div>
      </form>
    </Card>
  );
}

function Sessions({ ends }: { ends: string | null }) {
  const leave = useLeave();
  const [asks, setAsks] = useState(false);
  return (
    <Card title="Session">
      <div className={styles.form}>
        <p className="muted">
          This session ends <Time at={ends} form="relative" /> at the latest, and earlier when it is not used. Signing
          out everywhere ends it in every browser, for a lost laptop.
        </p>
        <div className={styles.row}>
          <Button icon="out" onClick={() => void leave("left")}>
            Sign out
          </Button>
          <Button kind="danger" onClick={() => setAsks(true)}>
            Sign out everywhere
          </Button>
        </div>
      </div>
      {asks && (
        <Confirm
          title="Sign out everywhere?"
          action="Sign out everywhere"
          onConfirm={() => leave("left everywhere")}
          onClose={() => setAsks(false)}
        >
          Every session of yours ends, this one too. API keys go on working.
        </Confirm>
      )}
    </Card>
  );
}
