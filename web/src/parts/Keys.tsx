import { shownKeys } from "../domain/keys";

const isMac = /Mac|iP(hone|ad|od)/.test(navigator.platform);

/** Keys as they are printed on the keyboard in front of the reader. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span style={{ display: "inline-flex", gap: "var(--space-1)", verticalAlign: "middle" }}>
      {shownKeys(keys, isMac).map((key, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
        <kbd key={place}>{key}</kbd>
      ))}
    </span>
  );
}
