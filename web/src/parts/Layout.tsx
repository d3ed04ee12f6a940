import { Fragment, type ReactNode, useId } from "react";
import { Mark } from "./Icon";
import styles from "./Layout.module.css";

/** What pages are laid out with. */

/** The title of a page that shows it, with what can be done there. */
export function PageHead({ title, about, actions }: { title: ReactNode; about?: ReactNode; actions?: ReactNode }) {
  return (
    <header className={styles.head}>
      <h1>{title}</h1>
      {actions && <div className={styles.actions}>{actions}</div>}
      {about && <p>{about}</p>}
    </header>
  );
}

/** A part of a page with a title of its own. `isFlush`: what is in it reaches its edges, as a table does. */
export function Card({
  title,
  actions,
  isFlush,
  children,
}: {
  title: ReactNode;
  actions?: ReactNode;
  isFlush?: boolean;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section className={styles.card} aria-labelledby={id}>
      <header className={styles.cardHead}>
        <h2 id={id}>{title}</h2>
        {actions}
      </header>
      <div className={isFlush ? "" : styles.cardBody}>{children}</div>
    </section>
  );
}

/** Names and values, one a line. Those without a value are left out. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) =>
        value === null || value === undefined || value === "" ? null : (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ),
      )}
    </dl>
  );
}

/** Numbers that are to be seen first. */
export function Tiles({ tiles }: { tiles: readonly { name: string; value: ReactNode; note?: ReactNode }[] }) {
  return (
    <dl className={styles.tiles}>
      {tiles.map(({ name, value, note }) => (
        <div key={name} className={styles.tile}>
          <dt>{name}</dt>
          <dd>{value}</dd>
          {note && <dd className={styles.note}>{note}</dd>}
        </div>
      ))}
    </dl>
  );
}

/** A page with nothing around it: signing in, a link that invites. */
export function Plain({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className={styles.plain}>
      <div className={styles.plainCard}>
        <div className={styles.brand}>
          <Mark /> Midspan
        </div>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
