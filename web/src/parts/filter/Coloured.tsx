import { type Naming, nameOf } from "../../domain/naming";
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

/** A query with what is what told apart by colour, a fault underlined, and ids as what they are called. */
export function Coloured({
  text,
  fault,
  naming,
}: {
  text: string;
  fault?: { from: number; to: number } | null;
  naming?: Naming;
}) {
  const pieces = tokens(text).flatMap((token) => {
    const { kind, from, to } = token;
    const name = naming && nameOf(text, token, naming);
    const cuts = fault ? [fault.from, fault.to].filter((cut) => from < cut && cut < to) : [];
    const edges = [from, ...cuts, to];
    return edges.slice(1).map((end, at) => ({ kind, name, from: edges[at] ?? from, to: end }));
  });
  return pieces.map(({ kind, name, from, to }) => {
    const isWrong = fault && fault.from <= from && to <= fault.to;
    return (
      <span key={from} className={`${LOOKS[kind] ?? ""} ${isWrong ? styles.wrong : ""}`}>
        {name ?? text.slice(from, to)}
      </span>
    );
  });
}
