import { type ReactNode, type Ref, useState } from "react";
import { Button } from "./Button";
import { Field, Input } from "./Field";
import styles from "./PasswordField.module.css";

/** A password, which can be looked at while it is typed. */
export function PasswordField({
  label,
  value,
  onChange,
  isNew = false,
  hint,
  fault,
  ref,
  autoFocus,
}: {
  label: string;
  value: string;
  onChange(value: string): void;
  /** One that is being made up, so that password managers offer one. */
  isNew?: boolean;
  hint?: ReactNode;
  fault?: string | undefined;
  ref?: Ref<HTMLInputElement>;
  autoFocus?: boolean;
}) {
  const [isShown, setShown] = useState(false);
  return (
    <Field label={label} hint={hint} fault={fault}>
      {(attributes) => (
        <div className={styles.both}>
          <Input
            {...attributes}
            {...(ref ? { ref } : {})}
            type={isShown ? "text" : "password"}
            required
            spellCheck={false}
            autoCapitalize="off"
            autoComplete={isNew ? "new-password" : "current-password"}
            autoFocus={autoFocus}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
          <span className={styles.toggle}>
            <Button
              kind="quiet"
              aria-pressed={isShown}
              aria-label={`Show ${label.toLowerCase()}`}
              onClick={() => setShown(!isShown)}
            >
              {isShown ? "Hide" : "Show"}
            </Button>
          </span>
        </div>
      )}
    </Field>
  );
}
