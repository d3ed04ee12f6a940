import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { IconButton } from "./Button";
import styles from "./Dialog.module.css";

interface Props {
  title: string;
  onClose(): void;
  wide?: boolean;
  /** What it shows is gone when it closes: neither Escape nor a click beside it does that. */
  isFirm?: boolean;
  /** Buttons at its end; the one that does it last. */
  foot?: ReactNode;
  children: ReactNode;
}

/** A dialog over the page, open as long as it is drawn. Escape and a click beside it close it. */
export function Dialog({ title, onClose, wide, isFirm, foot, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const id = useId();
  // Closed while it is still there, it gives the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Not on the button that closes it, which is the first thing in it.
    const first = body.current?.querySelector<HTMLElement>("input, select, textarea, [data-autofocus]");
    (first ?? body.current)?.focus();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={`${styles.dialog} ${wide ? styles.wide : ""}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        if (!isFirm) onClose();
      }}
      onClick={(event) => event.target === dialog.current && !isFirm && onClose()}
    >
      <header className={styles.head}>
        <h2 id={id}>{title}</h2>
        <IconButton icon="close" label="Close" onClick={onClose} />
      </header>
      <div ref={body} className={styles.body} tabIndex={-1}>
        {children}
      </div>
      {foot && <footer className={styles.foot}>{foot}</footer>}
    </dialog>
  );
}
