import { type ComponentType, Fragment, useEffect, useRef } from "react";
import { Link, useParams } from "wouter";
import { useSession } from "../../api/session";
import { Icon } from "../../parts/Icon";
import { NothingHere } from "../../shell/Boundary";
import { carried, useAddress } from "../../state/address";
import { About } from "./About";
import { Account } from "./Account";
import { Environments } from "./Environments";
import { Keys } from "./Keys";
import { Members } from "./Members";
import styles from "./Page.module.css";
import { Preferences } from "./Preferences";
import { Prices } from "./Prices";
import { Storage } from "./Storage";
import { SECTIONS, type SectionId, sectionOf } from "./sections";
import { Views } from "./Views";

const PARTS: Record<SectionId, ComponentType> = {
  account: Account,
  preferences: Preferences,
  views: Views,
  keys: Keys,
  environments: Environments,
  prices: Prices,
  members: Members,
  storage: Storage,
  about: About,
};

/** Settings: of the person, of the organization, of the server. */
export default function SettingsPage() {
  const { section: named } = useParams<{ section?: string }>();
  const { rights } = useSession();
  const section = sectionOf(named, rights.includes("admin"));
  const Part = section && PARTS[section];
  return (
    <div className={styles.page}>
      <Sections here={section} />
      <div className={styles.part} key={section}>
        {Part ? <Part /> : <NothingHere />}
      </div>
    </div>
  );
}

function Sections({ here }: { here: SectionId | undefined }) {
  const [params] = useAddress();
  const nav = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: on a phone they lie beside each other, and another may be out of sight
  useEffect(() => {
    nav.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [here]);
  return (
    <nav ref={nav} className={styles.sections} aria-label="Settings">
      {SECTIONS.map((section, at) => (
        <Fragment key={section.id}>
          {section.group !== SECTIONS[at - 1]?.group && <div className={styles.group}>{section.group}</div>}
          <Link
            href={carried(`/settings/${section.id}`, params)}
            className={styles.section}
            aria-current={section.id === here ? "page" : undefined}
          >
            <Icon name={section.icon} />
            {section.title}
          </Link>
        </Fragment>
      ))}
    </nav>
  );
}
