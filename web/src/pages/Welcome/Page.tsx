import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link as RouteLink, useLocation } from "wouter";
import { Fault } from "../../api/client";
import { followLink, type Link, lookAtLink, session, startSession } from "../../api/session";
import { Button, buttonClass } from "../../parts/Button";
import { TextField } from "../../parts/Field";
import { Plain } from "../../parts/Layout";
import { Notice } from "../../parts/Notice";
import { PasswordField } from "../../parts/PasswordField";
import { Failure, Skeleton } from "../../parts/State";
import { Time } from "../../parts/Values";
import { HOME } from "../../routes";
import { useSubmit } from "../../state/submit";
import styles from "./Page.module.css";

/** What stands behind `#`. Browsers send it to no server; from here it goes into the bodies of two requests. */
function useToken(): string {
  const [token, setToken] = useState(() => location.hash.slice(1));
  useEffect(() => {
    const renew = () => setToken(location.hash.slice(1));
    addEventListener("hashchange", renew);
    return () => removeEventListener("hashchange", renew);
  }, []);
  return token;
}

/** A one-time link: the first admin's, an invitation, or the way to a new password. */
export default function WelcomePage() {
  const token = useToken();
  const { data: who } = useQuery(session);
  const link = useQuery({
    queryKey: ["link", token],
    queryFn: () => lookAtLink(token),
    enabled: token !== "",
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (token === "") return <WithoutLink isFirst={who?.needs_setup === true} />;
  if (link.error instanceof Fault && (link.error.status === 404 || link.error.status === 422)) return <UsedUp />;
  if (link.error) {
    return (
      <Plain title="Welcome">
        <Failure error={link.error} onRetry={() => void link.refetch()} />
      </Plain>
    );
  }
  if (!link.data) {
    return (
      <Plain title="Welcome">
        <div className={styles.bones}>
          <Skeleton height={34} />
          <Skeleton height={48} />
          <Skeleton height={48} />
          <Skeleton height={48} />
        </div>
      </Plain>
    );
  }
  return <Follow token={token} link={link.data} present={who?.member?.email ?? null} />;
}

const TITLES = { welcome: "Make the first account", invitation: "Join", reset: "Set a new password" };
const ACTIONS = { welcome: "Make the account", invitation: "Join", reset: "Set the password" };
const ROLES = {
  viewer: "a viewer: you can read everything",
  member: "a member: you can read everything, send and change spans, and share views",
  admin: "an admin: you can do everything, members and keys included",
};

function Follow({ token, link, present }: { token: string; link: Link; present: string | null }) {
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const isReset = link.kind === "reset";
  const { isBusy, fault, faultOf, onSubmit } = useSubmit(["email", "name", "password"], async () => {
    const made = await followLink({ token, email: link.email ?? email, name, password });
    startSession(queries, made);
    navigate(HOME, { replace: true });
  });
  return (
    <Plain title={link.kind === "invitation" ? `Join ${link.organization}` : TITLES[link.kind]}>
      <p className="muted">
        {link.kind === "welcome" && "Midspan is running. This account is its admin, and can invite the others."}
        {link.kind === "invitation" && `You have been invited as ${ROLES[link.role]}.`}
        {isReset && "It takes the place of the one that you had, and ends your other sessions."}
      </p>
      {present && present !== link.email && (
        <Notice tone="warn">
          You are signed in as {present}. Following this link signs you in as somebody else here.
        </Notice>
      )}
      <form className={styles.form} onSubmit={onSubmit} noValidate>
        {fault && <Notice tone="error">{fault}</Notice>}
        {!isReset && (
          <TextField
            label="Name"
            name="name"
            autoComplete="name"
            autoFocus
            value={name}
            fault={faultOf("name")}
            onChange={(event) => setName(event.target.value)}
          />
        )}
        <TextField
          label="Email"
          type="email"
          name="email"
          autoComplete="username"
          autoCapitalize="off"
          spellCheck={false}
          readOnly={link.email !== null}
          value={link.email ?? email}
          fault={faultOf("email")}
          onChange={(event) => setEmail(event.target.value)}
        />
        <PasswordField
          label={isReset ? "New password" : "Password"}
          isNew
          autoFocus={isReset}
          value={password}
          hint="At least 10 characters; a few words do well."
          fault={faultOf("password")}
          onChange={setPassword}
        />
        <Button type="submit" kind="primary" disabled={isBusy}>
          {isBusy ? "One moment …" : ACTIONS[link.kind]}
        </Button>
      </form>
      <p className={styles.small}>
        The link works once, and ends <Time at={link.expires_at} form="relative" />.
      </p>
    </Plain>
  );
}

function UsedUp() {
  return (
    <Plain title="This link opens nothing any more">
      <p className="muted">
        It was used, it was revoked, or its time is over. Ask whoever gave it to you for another one; if it was the one
        that the server printed at its start, start the server again and it prints a new one.
      </p>
      <RouteLink className={buttonClass("primary")} href="/sign-in">
        Sign in
      </RouteLink>
    </Plain>
  );
}

function WithoutLink({ isFirst }: { isFirst: boolean }) {
  if (!isFirst) {
    return (
      <Plain title="Welcome">
        <p className="muted">
          Who is new here comes by a link, which an admin makes under Settings → Members. Open all of it, with what
          stands behind #.
        </p>
        <RouteLink className={buttonClass("primary")} href="/sign-in">
          Sign in
        </RouteLink>
      </Plain>
    );
  }
  return (
    <Plain title="Midspan is running">
      <p className="muted">
        Nobody has an account yet. The server printed a link at its start that makes the first one: look where it was
        started, for a line like this, and open it.
      </p>
      <pre className={styles.printed}>{`${location.origin}/welcome#…`}</pre>
      <p className="muted">Lost it? Start the server again, or make another on its machine:</p>
      <pre className={styles.printed}>midspan members invite --role admin</pre>
    </Plain>
  );
}
