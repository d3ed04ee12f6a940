import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { Link } from "wouter";
import { useApi } from "../../api/session";
import { useNextSpan } from "../../api/span";
import { type Thread, threadOf, threadSpans } from "../../api/threads";
import { type ChatTurn, chatOf } from "../../domain/chat";
import { pathOf } from "../../domain/path";
import { Button, Segmented } from "../../parts/Button";
import { CopyButton } from "../../parts/Copy";
import { Icon } from "../../parts/Icon";
import { PageHead } from "../../parts/Layout";
import { Visible } from "../../parts/PlainText";
import { Split } from "../../parts/Split";
import { Empty, Failure, Skeleton } from "../../parts/State";
import { FormContext } from "../../parts/span/Content";
import { SpanPanel, useSpanPanelSoon } from "../../parts/span/late";
import { closeSpan, spanUrl } from "../../parts/span/url";
import { Count, Duration, Money, Time, Tokens } from "../../parts/Values";
import { carried, useAddress, useUrlState } from "../../state/address";
import { useKeys } from "../../state/keys";
import styles from "./Page.module.css";
import { type Spoken, spokenOf } from "./spoken";
import { TurnView } from "./Turn";
import { threadUrl } from "./url";

/** One thread as a chat: its calls of models in order, across traces, each with what is new in it. */
export function ThreadPage({ id }: { id: string }) {
  const scope = useApi();
  const [{ span: opened }, setUrl] = useUrlState(threadUrl);
  const [, update] = useAddress();
  const thread = useQuery(threadOf(scope, id));
  const spans = useInfiniteQuery(threadSpans(scope, id));
  const known = useMemo(() => spans.data?.pages.flatMap((page) => page.results) ?? [], [spans.data]);
  const turns = useMemo(() => chatOf<Spoken>(known.map(spokenOf), spans.hasNextPage), [known, spans.hasNextPage]);
  const at = opened ? turns.findIndex((turn) => turn.span.id === opened) : -1;
  const [before, after] = at < 0 ? [] : [turns[at - 1]?.span.id, turns[at + 1]?.span.id];
  const open = (span: string) => setUrl({ span }, { replace: opened !== "" });
  useSpanPanelSoon();
  useNextSpan(at < 0 ? null : opened, before, after);
  const close = () =>
    update(
      (params) => {
        params.delete("span");
        closeSpan(params);
      },
      { replace: true },
    );
  return (
    <Split
      name="span"
      label="Span"
      width={620}
      beside={
        opened && (
          <SpanPanel
            id={opened}
            known={known.find((span) => span.id === opened)}
            onClose={close}
            onBefore={before ? () => open(before) : undefined}
            onAfter={after ? () => open(after) : undefined}
          />
        )
      }
    >
      <div className={styles.page}>
        <Head id={id} thread={thread.data} />
        {spans.error && !spans.isFetchNextPageError ? (
          <Failure error={spans.error} onRetry={() => void spans.refetch()} />
        ) : spans.isPending ? (
          <Waiting />
        ) : known.length === 0 ? (
          <Empty icon="threads" title="There is no such thread">
            <p>No span of this environment names it.</p>
          </Empty>
        ) : (
          <Chat
            turns={turns}
            isMore={spans.hasNextPage}
            isFetching={spans.isFetchingNextPage}
            error={spans.isFetchNextPageError ? spans.error : null}
            onMore={() => void spans.fetchNextPage()}
            opened={opened}
            onOpen={open}
          />
        )}
      </div>
    </Split>
  );
}

function Head({ id, thread }: { id: string; thread: Thread | null | undefined }) {
  const [params] = useAddress();
  const [url, setUrl] = useUrlState(spanUrl);
  const customer = thread?.customer_identifier;
  const of = customer ? pathOf("/customers", customer) : null;
  return (
    <PageHead
      title={
        <span className={styles.title}>
          <span>
            <Visible text={id.slice(0, 300)} />
          </span>
          <CopyButton text={() => id} label="Copy the identifier" />
        </span>
      }
      actions={
        <Segmented
          label="How text is shown"
          value={url.as}
          options={[
            { value: "rich", label: "Formatted" },
            { value: "text", label: "As sent" },
          ]}
          onChange={(as) => setUrl({ as }, { replace: true })}
        />
      }
      about={
        <span className={styles.facts}>
          <Link href={carried("/threads", params)}>Threads</Link>
          {thread && (
            <>
              {customer && of && (
                <Link href={carried(of.path, params, of.own)} className={styles.customer}>
                  <Icon name="user" size={12} />
                  {customer}
                </Link>
              )}
              <Many value={thread.llm_call_count} one="call" many="calls" />
              <Many value={thread.trace_count} one="trace" many="traces" />
              <Many value={thread.log_count} one="span" many="spans" />
              {thread.error_count > 0 && (
                <span className={styles.failed}>
                  <Count value={thread.error_count} /> failed
                </span>
              )}
              <span>
                <Tokens count={thread.total_tokens} /> tokens
              </span>
              <Money amount={thread.total_cost} />
              <Duration seconds={thread.duration} />
              <span>
                last <Time at={thread.timestamp} form="relative" />
              </span>
            </>
          )}
        </span>
      }
    />
  );
}

function Many({ value, one, many }: { value: number; one: string; many: string }) {
  return (
    <span>
      <Count value={value} /> {value === 1 ? one : many}
    </span>
  );
}

function Chat({
  turns,
  isMore,
  isFetching,
  error,
  onMore,
  opened,
  onOpen,
}: {
  turns: readonly ChatTurn<Spoken>[];
  isMore: boolean;
  isFetching: boolean;
  error: unknown;
  onMore(): void;
  opened: string;
  onOpen(id: string): void;
}) {
  const [url] = useUrlState(spanUrl);
  const list = useRef<HTMLOListElement>(null);
  function go(by: number) {
    const items = [...(list.current?.children ?? [])] as HTMLElement[];
    const isWalked = turns.some((turn) => turn.span.id === opened);
    const at = isWalked
      ? turns.findIndex((turn) => turn.span.id === opened)
      : items.indexOf(document.activeElement?.closest("li") as HTMLElement);
    const next = Math.max(0, Math.min(at + by, items.length - 1));
    items[next]?.focus();
    const turn = turns[next];
    if (isWalked && turn) onOpen(turn.span.id); // what stands beside goes along
  }
  // The turn whose span is open is seen, once, however it came to be open.
  const seen = useRef("");
  useEffect(() => {
    const at = turns.findIndex((turn) => turn.span.id === opened);
    if (at < 0 || seen.current === opened) return;
    seen.current = opened;
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [turns, opened]);
  useKeys("Thread", [
    { keys: "j", label: "Next turn", run: () => go(1) },
    { keys: "k", label: "Turn before", run: () => go(-1) },
    {
      keys: "Enter",
      label: "Open the span of the turn",
      run: () => {
        const items = [...(list.current?.children ?? [])];
        const turn = turns[items.indexOf(document.activeElement as HTMLElement)];
        if (turn) onOpen(turn.span.id);
      },
    },
  ]);
  return (
    <FormContext value={url.as}>
      <ol ref={list} className={styles.chat} aria-label="Turns">
        {turns.map((turn) => (
          <TurnView key={turn.span.id} turn={turn} isOpened={turn.span.id === opened} onOpen={onOpen} />
        ))}
      </ol>
      {error ? <Failure error={error} onRetry={onMore} /> : isMore && <More isFetching={isFetching} onMore={onMore} />}
    </FormContext>
  );
}

/** More of the thread, when its end comes into sight. */
function More({ isFetching, onMore }: { isFetching: boolean; onMore(): void }) {
  const end = useRef<HTMLDivElement>(null);
  const latest = useRef(onMore);
  latest.current = onMore;
  useEffect(() => {
    if (!end.current || isFetching) return;
    const watch = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current(), {
      rootMargin: "600px",
    });
    watch.observe(end.current);
    return () => watch.disconnect();
  }, [isFetching]);
  return (
    <div ref={end} className={styles.more}>
      <Button onClick={onMore} disabled={isFetching}>
        {isFetching ? "Loading later turns …" : "Later turns"}
      </Button>
    </div>
  );
}

function Waiting(): ReactNode {
  return (
    <div className={styles.waiting} aria-busy="true">
      {[54, 120, 54, 180].map((height, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they stand still
        <Skeleton key={at} height={height} />
      ))}
    </div>
  );
}
