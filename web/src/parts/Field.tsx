import { type InputHTMLAttributes, type ReactNode, type Ref, type SelectHTMLAttributes, useId } from "react";
import styles from "./Field.module.css";

interface Around {
  label: string;
  hint?: ReactNode;
  /** What is wrong with the value, for the person who gave it. */
  fault?: string | undefined;
}

type Attributes = { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean };

/** A label, the control that `children` makes with these attributes, and what there is to say of it. */
export function Field({ label, hint, fault, children }: Around & { children(attributes: Attributes): ReactNode }) {
  const id = useId();
  const described = fault ? `${id}-fault` : hint ? `${id}-hint` : undefined;
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      {children({ id, "aria-describedby": described, "aria-invalid": fault !== undefined })}
      {fault ? (
        <p className={styles.fault} id={`${id}-fault`} role="alert">
          {fault}
        </p>
      ) : (
        hint && (
          <p className={styles.hint} id={`${id}-hint`}>
            {hint}
          </p>
        )
      )}
    </div>
  );
}

type InputProps = Omit<InputHTMLAttributes<HTMLInputElement>, "className"> & { ref?: Ref<HTMLInputElement> };

/** A bare input; it needs a label of its own. */
export function Input(props: InputProps) {
  return <input className={styles.input} autoComplete="off" {...props} />;
}

export function TextField({ label, hint, fault, ...rest }: Around & InputProps) {
  return (
    <Field label={label} hint={hint} fault={fault}>
      {(attributes) => <Input {...rest} {...attributes} />}
    </Field>
  );
}

/** A bare select; it needs a label of its own. */
export function Select(props: Omit<SelectHTMLAttributes<HTMLSelectElement>, "className">) {
  return <select className={styles.input} {...props} />;
}

export function Checkbox({
  label,
  ...rest
}: { label: ReactNode } & Omit<InputHTMLAttributes<HTMLInputElement>, "className" | "type">) {
  return (
    <label className={styles.check}>
      <input type="checkbox" {...rest} />
      <span>{label}</span>
    </label>
  );
}
