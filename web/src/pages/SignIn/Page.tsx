import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Redirect, useLocation } from "wouter";
import { Fault } from "../../api/client";
import { session, signIn, startSession } from "../../api/session";
import { nextPage } from "../../domain/next";
import { Button, buttonClass } from "../../parts/Button";
import { TextField } from "../../parts/Field";
import { Plain } from "../../parts/Layout";
import { Notice } from "../../parts/Notice";
import { PasswordField } from "../../parts/PasswordField";
import { Failure } from "../../parts/State";
import { HOME } from "../../routes";
import { useAddress } from "../../state/address";
import { BASE } from "../../state/base";
import { type Departure, departure } from "../../state/departure";
import { useSubmit } from "../../state/submit";
import { openIdFault, openIdLogin } from "./openid";
import styles from "./Page.module.css";

const DEPARTURES: Record<Departure, string> = {
  ended: "Your session has ended. Sign in to go on where you were.",
  left: "You are signed out.",
  "left everywhere": "You are signed out, here and everywhere else.",
};

/** Email and password, or the identity provider; then on to the page that was wanted. */
export default function SignInPage() {
  const { data, error, refetch } = useQuery(session);
  const [params] = useAddress();
  const next = nextPage(params, HOME);
  if (!data) {
    return (
      <Plain title="Sign in">{error ? <Failure error={error} onRetry={() => void refetch()} /> : <Waiting />}</Plain>
    );
  }
  if (data.authenticated) return <Redirect to={next} replace />;
  if (data.needs_setup) return <Redirect to="/welcome" replace />;
  return <SignIn next={next} provider={data.openid?.name ?? null} refusal={openIdFault(params.get("openid_error"))} />;
}

/** As high as the form will be. */
function Waiting() {
  return <div className={styles.waiting} />;
}

function SignIn({ next, provider, refusal }: { next: string; provider: string | null; refusal: string | null }) {
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [left] = useState(() => departure.get());
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const secret = useRef<HTMLInputElement>(null);
  const { isBusy, wait, fault, faultOf, onSubmit } = useSubmit(["email", "password"], async () => {
    try {
      const made = await signIn(email, password);
      startSession(queries, made);
      navigate(next, { replace: true });
    } catch (error) {
      if (error instanceof Fault && error.status === 401) secret.current?.select();
      throw error;
    }
  });
  // Said once: who comes back to this page later has not just left.
  useEffect(() => () => departure.set(null), []);

  return (
    <Plain title="Sign in">
      {refusal && !fault && <Notice tone="error">{refusal}</Notice>}
      {left && !refusal && !fault && <Notice>{DEPARTURES[left]}</Notice>}
      <form className={styles.form} onSubmit={onSubmit} noValidate>
        {fault && (
          <Notice tone="error">
            {wait > 0 ? `Too many attempts to sign in. You can try again in ${wait} s.` : fault}
          </Notice>
        )}
        <TextField
          label="Email"
          type="email"
          name="email"
          autoComplete="username"
          autoCapitalize="off"
          spellCheck={false}
          autoFocus
          value={email}
          fault={faultOf("email")}
          onChange={(event) => setEmail(event.target.value)}
        />
        <PasswordField
          label="Password"
          ref={secret}
          value={password}
          fault={faultOf("password")}
          onChange={setPassword}
        />
        <Button type="submit" kind="primary" disabled={isBusy || wait > 0}>
          {isBusy ? "Signing in …" : "Sign in"}
        </Button>
      </form>
      {provider !== null && (
        <>
          <div className={styles.or}>or</div>
          <a className={buttonClass()} href={openIdLogin(BASE, next)}>
            Sign in with {provider || "the identity provider"}
          </a>
        </>
      )}
      <p className={styles.small}>
        Forgotten the password, or no account yet? An admin can make a link for you under Settings → Members.
      </p>
    </Plain>
  );
}
