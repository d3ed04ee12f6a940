import { Fault } from "../../api/client";
import type { Right } from "../../api/organization";
import { Checkbox, Field, Select, TextField } from "../../parts/Field";
import { Notice } from "../../parts/Notice";
import type { Submission } from "../../state/submit";
import { EXPIRIES } from "./expiry";
import styles from "./Page.module.css";

export interface KeyWish {
  name: string;
  environment: string;
  rights: readonly Right[];
  /** One of `EXPIRIES`, or "keep" for a key that is there. */
  expiry: string;
  requests: string;
  spans: string;
}

const RIGHTS: readonly { right: Right; help: string }[] = [
  { right: "ingest", help: "send, change and score spans" },
  { right: "read", help: "read spans, sums, exports and SQL" },
  { right: "admin", help: "delete and import spans; make keys of this environment; set prices" },
];

export const KEY_FIELDS = ["name", "environment", "rights", "expires_at", "requests_per_second", "spans_per_second"];

/** The limits as they were typed: null for none. Throws a `Fault` as the server would for what is no number. */
export function ratesOf(wish: KeyWish): { requests_per_second: number | null; spans_per_second: number | null } {
  const errors: Record<string, string[]> = {};
  const read = (name: string, typed: string) => {
    const value = typed.trim() === "" ? null : Number(typed);
    if (Number.isNaN(value)) errors[name] = ["A number, or nothing for no limit."];
    return value;
  };
  const rates = {
    requests_per_second: read("requests_per_second", wish.requests),
    spans_per_second: read("spans_per_second", wish.spans),
  };
  if (Object.keys(errors).length > 0) throw new Fault(422, "invalid", "Not every limit is a number.", errors);
  return rates;
}

/** What a key is for and may do. `environments` is empty for a key that is there, because it stays where it is. */
export function KeyForm({
  wish,
  onChange,
  environments,
  keeps,
  submission,
}: {
  wish: KeyWish;
  onChange(change: Partial<KeyWish>): void;
  environments: readonly string[];
  /** What the expiry is now, for a key that is there. */
  keeps?: string;
  submission: Submission;
}) {
  const { fault, faultOf, onSubmit } = submission;
  return (
    <form className={styles.form} onSubmit={onSubmit} noValidate>
      {fault && <Notice tone="error">{fault}</Notice>}
      <TextField
        label="Name"
        placeholder="checkout service"
        value={wish.name}
        hint="Whoever reads the list of keys should know who uses it."
        fault={faultOf("name")}
        onChange={(event) => onChange({ name: event.target.value })}
      />
      <div className={styles.pair}>
        {environments.length > 0 && (
          <Field label="Environment" fault={faultOf("environment")} hint="Where its spans are stored.">
            {(attributes) => (
              <Select
                {...attributes}
                value={wish.environment}
                onChange={(event) => onChange({ environment: event.target.value })}
              >
                {environments.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </Select>
            )}
          </Field>
        )}
        <Field label="Ends" fault={faultOf("expires_at")} hint="Then it opens nothing any more.">
          {(attributes) => (
            <Select {...attributes} value={wish.expiry} onChange={(event) => onChange({ expiry: event.target.value })}>
              {keeps && <option value="keep">{keeps}</option>}
              {EXPIRIES.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <fieldset className={styles.checks}>
        <legend>Rights</legend>
        {RIGHTS.map(({ right, help }) => (
          <Checkbox
            key={right}
            checked={wish.rights.includes(right)}
            label={
              <>
                {right} <span className="muted">– {help}</span>
              </>
            }
            onChange={(event) =>
              onChange({
                rights: event.target.checked ? [...wish.rights, right] : wish.rights.filter((one) => one !== right),
              })
            }
          />
        ))}
        {faultOf("rights") && (
          <p className={styles.fault} role="alert">
            {faultOf("rights")}
          </p>
        )}
      </fieldset>
      <div className={styles.pair}>
        <TextField
          label="Requests per second"
          inputMode="decimal"
          placeholder="no limit"
          value={wish.requests}
          fault={faultOf("requests_per_second")}
          onChange={(event) => onChange({ requests: event.target.value })}
        />
        <TextField
          label="Spans per second"
          inputMode="decimal"
          placeholder="no limit"
          value={wish.spans}
          fault={faultOf("spans_per_second")}
          onChange={(event) => onChange({ spans: event.target.value })}
        />
      </div>
      <button type="submit" hidden />
    </form>
  );
}
