import { useState } from "react";
import { Icon } from "../Icon";
import styles from "./Picture.module.css";

const DRAWN = /^data:image\/(png|jpe?g|gif|webp|avif|bmp);base64,/i;

/** A picture that came with the span. One that lies elsewhere is named, and opens in a tab of its own: looking at a span
 * tells nobody that it was looked at.
 */
export function Picture({ url, about }: { url: string; about?: string }) {
  const [isBroken, setBroken] = useState(false);
  if (DRAWN.test(url) && !isBroken) {
    return (
      <img
        className={styles.picture}
        src={url}
        alt={about || "Attached to the message"}
        loading="lazy"
        decoding="async"
        onError={() => setBroken(true)}
      />
    );
  }
  const host = /^https?:\/\//i.test(url) && URL.canParse(url) ? new URL(url).host : null;
  const name = about ? `Image “${about}”` : "Image";
  if (host === null) {
    return (
      <span className={styles.named}>
        <Icon name="image" /> {name}: {isBroken ? "cannot be drawn" : kindOf(url)}
      </span>
    );
  }
  return (
    <a className={styles.named} href={url} title={url} target="_blank" rel="noreferrer noopener nofollow">
      <Icon name="image" /> {name} on {host} <span className={styles.hint}>opens in a new tab</span>
    </a>
  );
}

function kindOf(url: string): string {
  const media = /^data:([^;,]{1,60})/i.exec(url)?.[1];
  return media ? `${media}, not drawn here` : url.slice(0, 120);
}
