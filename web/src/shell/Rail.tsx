import { Link, useLocation } from "wouter";
import { IconButton } from "../parts/Button";
import { Icon, Mark } from "../parts/Icon";
import { Tip } from "../parts/Tip";
import { HOME, type PageRoute, ROUTES } from "../routes";
import { carried, useAddress } from "../state/address";
import { prefer, usePreferences } from "../state/preferences";
import styles from "./Shell.module.css";

/** The pages, at the left; at the bottom on a phone. Links keep the environment and the range. */
export function Rail() {
  const [params] = useAddress();
  const [path] = useLocation();
  const { railNarrow } = usePreferences();
  return (
    <nav className={styles.rail} aria-label="Pages">
      <Link href={carried(HOME, params)} className={styles.brand} aria-label="Midspan, to the spans">
        <Mark />
        <span>Midspan</span>
      </Link>
      <div className={styles.links}>
        {ROUTES.flatMap((route) => {
          if (!route.rail) return [];
          const isHere = path === route.path || path.startsWith(`${route.path}/`);
          const link = <RailLink key={route.path} route={route} href={carried(route.path, params)} isHere={isHere} />;
          return railNarrow ? (
            <Tip key={route.path} text={route.title} keys={route.rail.keys}>
              {link}
            </Tip>
          ) : (
            link
          );
        })}
      </div>
      <div className={styles.railFoot}>
        <IconButton
          icon={railNarrow ? "wide" : "narrow"}
          label={railNarrow ? "Show names" : "Show icons only"}
          onClick={() => prefer({ railNarrow: !railNarrow })}
        />
      </div>
    </nav>
  );
}

function RailLink({ route, href, isHere }: { route: PageRoute; href: string; isHere: boolean }) {
  return (
    <Link
      href={href}
      className={styles.link}
      aria-current={isHere ? "page" : undefined}
      aria-label={route.title}
      onPointerEnter={() => void route.Page.preload().catch(() => {})}
    >
      {route.rail && <Icon name={route.rail.icon} />}
      <span>{route.title}</span>
    </Link>
  );
}
