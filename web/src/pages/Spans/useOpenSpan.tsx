import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { useLocation, useParams, useSearch } from "wouter";
import type { ListedSpan } from "../../api/queries";
import { useNextSpan } from "../../api/span";
import { SpanPanel, useSpanPanelSoon } from "../../parts/span/late";
import { closeSpan } from "../../parts/span/url";
import { BASE } from "../../state/base";

interface OpenSpan {
  /** The id of the span that is open, as the address has it. */
  opened: string | null;
  open(span: ListedSpan): void;
  /** For a new tab. */
  hrefOf(span: ListedSpan): string;
  /** The span, for beside the table. */
  beside: ReactNode;
}

/** The span that is open beside the table of spans: `/spans/<id>`, with the rest of the address as it is. */
export function useOpenSpan(rows: readonly ListedSpan[], environment: string): OpenSpan {
  const { id: opened = null } = useParams<{ id?: string }>();
  const [, navigate] = useLocation();
  const search = useSearch();
  const at = useMemo(() => (opened === null ? -1 : rows.findIndex((span) => span.id === opened)), [rows, opened]);

  const addressOf = (id: string) => `/spans/${id}${search ? `?${search}` : ""}`;
  // Who walks the list comes back to the list, and not through every span.
  const open = (span: ListedSpan | undefined) => {
    if (span && span.id !== opened) navigate(addressOf(span.id), { replace: opened !== null });
  };
  const close = () => {
    const params = new URLSearchParams(search);
    closeSpan(params);
    const text = params.toString();
    navigate(text ? `/spans?${text}` : "/spans", { replace: true });
  };

  const seen = useRef(environment);
  useEffect(() => {
    // Another environment has other spans.
    if (seen.current !== environment && opened !== null) close();
    seen.current = environment;
  });

  useSpanPanelSoon();
  useNextSpan(at < 0 ? null : opened, rows[at - 1]?.id, rows[at + 1]?.id);
  const before = at > 0 ? () => open(rows[at - 1]) : undefined;
  const after = at >= 0 && at < rows.length - 1 ? () => open(rows[at + 1]) : undefined;
  return {
    opened,
    open,
    hrefOf: (span) => `${BASE}${addressOf(span.id)}`,
    beside: opened !== null && (
      <SpanPanel id={opened} known={rows[at]} onClose={close} onBefore={before} onAfter={after} />
    ),
  };
}
