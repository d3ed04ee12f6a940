import { type TokenKind, tokens } from "../../domain/query";
import styles from "./Coloured.module.css";

const LOOKS: Partial<Record<TokenKind, string | undefined>> = {
  field: styles.field,
  sign: styles.sign,
  keyword: styles.sign,
  minus: styles.minus,
  quoted: styles.quoted,
  pattern: styles.pattern,
  bracket: styles.bracket,
  comma: styles.bracket,
};

/** A query with what is what told apart by colour, and a fault underlined. */
export function Coloured({ text, fault }: { text: string; fault?: { from: number; to: number } | null }) {
  const pieces = tokens(text).flatMap(({ kind, from, to }) => {
    const cuts = fault ? [fault.from, fault.to].filter((cut) => from < cut && cut < to) : [];
    const edges = [from, ...cuts, to];
    return edges.slice(1).map((end, at) => ({ kind, from: edges[at] ?? from, to: end }));
  });
  return pieces.map(({ kind, from, to }) => {
    const isWrong = fault && fault.from <= from && to <= fault.to;
    return (
      <span key={from} className={`${LOOKS[kind] ?? ""} ${isWrong ? styles.wrong : ""}`}>
        {text.slice(from, to)}
      </span>
    );
  });
}
