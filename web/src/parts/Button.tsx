import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import styles from "./Button.module.css";
import { Icon, type IconName } from "./Icon";
import { Tip } from "./Tip";

interface Look {
  kind?: "plain" | "primary" | "danger" | "quiet";
  icon?: IconName;
  ref?: Ref<HTMLButtonElement>;
}

type Native = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "className">;

export function Button({ kind = "plain", icon, children, type = "button", ...rest }: Native & Look) {
  return (
    <button type={type} className={`${styles.button} ${kind === "plain" ? "" : styles[kind]}`} {...rest}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A button that is only an icon. `label` is its name for screen readers, and its tip; `keys` stand beside it there. */
export function IconButton({
  kind = "quiet",
  icon,
  label,
  keys,
  type = "button",
  ...rest
}: Native & Look & { icon: IconName; label: string; keys?: string }) {
  return (
    <Tip text={label} {...(keys ? { keys } : {})}>
      <button
        type={type}
        className={`${styles.button} ${styles.icon} ${kind === "plain" ? "" : styles[kind]}`}
        aria-label={label}
        {...rest}
      >
        <Icon name={icon} />
      </button>
    </Tip>
  );
}

/** The look of a button for a link. */
export function buttonClass(kind: Look["kind"] = "plain"): string {
  return `${styles.button} ${kind === "plain" ? "" : styles[kind]}`;
}

/** Buttons of which one is on. */
export function Segmented<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly { value: T; label: ReactNode; title?: string }[];
  onChange(value: T): void;
}) {
  return (
    <div role="group" aria-label={label} style={{ display: "flex", gap: "var(--space-1)" }}>
      {options.map((option) => (
        <Button
          key={option.value}
          kind="quiet"
          aria-pressed={option.value === value}
          aria-label={option.title}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </Button>
      ))}
    </div>
  );
}
