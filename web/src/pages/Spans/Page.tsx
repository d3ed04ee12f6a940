import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Fault } from "../../api/client";
import { fields as fieldsOf } from "../../api/filters";
import { type ListedSpan, spanCount } from "../../api/queries";
import { useApi, useSession } from "../../api/session";
import { waitingBeside, withLive } from "../../domain/live";
import { DEFAULT } from "../../domain/range";
import { Button } from "../../parts/Button";
import { useFirstRun } from "../../parts/FirstRun";
import { FilterBar, type FilterBarHandle } from "../../parts/filter/FilterBar";
import { ListTools } from "../../parts/ListTools";
import { NoneInRange } from "../../parts/NoneInRange";
import { Split } from "../../parts/Split";
import { Empty } from "../../parts/State";
import { COLUMNS, columnsOf, metadataColumn } from "../../parts/spans/columns";
import { Table } from "../../parts/Table";
import { Slot } from "../../shell/Slot";
import { useAddress, useUrlState } from "../../state/address";
import { prefer, usePreferences } from "../../state/preferences";
import { useRange } from "../../state/range";
import { useIsWide } from "../../state/width";
import { ExportMenu } from "./ExportMenu";
import { Facets } from "./Facets";
import { Filling } from "./Filling";
import { listed as listedOf } from "./first";
import { Histogram } from "./Histogram";
import { LiveSwitch } from "./LiveSwitch";
import styles from "./Page.module.css";
import { QuickStart } from "./QuickStart";
import { type Matching, Selection } from "./Selection";
import { DEFAULT_SORT, DEFAULTS, spansUrl } from "./url";
import { useLive } from "./useLive";
import { useOpenSpan } from "./useOpenSpan";

const NONE: readonly ListedSpan[] = [];
const NO_FIELDS: never[] = [];
const NO_ROWS: ReadonlySet<string> = new Set();
const key = (span: ListedSpan) => span.id;

/** The spans of the range that match the filter: how many over time, and each of them. */
export default function SpansPage() {
  const [url, setUrl] = useUrlState(spansUrl);
  const { window, refresh } = useRange();
  const scope = useApi();
  const { rights } = useSession();
  const page = useRef<HTMLDivElement>(null);
  const facets = useFacetsShown(page);
  const bar = useRef<FilterBarHandle>(null);
  const spans = useInfiniteQuery(listedOf(scope, window, url));
  const listed = useMemo(() => spans.data?.pages.flatMap((page) => page.results) ?? [], [spans.data]);
  const isReady = !spans.isLoading;

  const [isAtTop, setAtTop] = useState(true);
  const [topped, setTopped] = useState(0);
  const tail = useLive(scope, url.query, url.isLive, !isAtTop, refresh);
  const { live, forget } = tail;
  const rows = useMemo(() => withLive(live, listed), [live, listed]);
  const isLive = useRef(url.isLive);
  isLive.current = url.isLive;
  const { dataUpdatedAt } = spans;
  useEffect(() => {
    if (dataUpdatedAt > 0 && !isLive.current) forget();
  }, [dataUpdatedAt, forget]);
  const switchLive = useSwitchLive();
  const again = useCallback(() => {
    forget();
    refresh();
  }, [forget, refresh]);

  const isUnread = spans.error instanceof Fault && spans.error.code === "bad_filter";
  const isEmpty = isReady && !spans.error && rows.length === 0;
  const isFirst = useFirstRun(isEmpty && !url.query, refresh);
  const columns = useMemo(() => columnsOf(url.columns), [url.columns]);
  const allColumns = useAllColumns(isReady, url.columns);
  const { opened, open, hrefOf, beside } = useOpenSpan(rows, scope.environment);
  const [chosen, setChosen] = useChosen(`${scope.environment} ${url.query} ${window.start} ${window.end}`);
  const isAllShown = url.query !== "" && !url.isLive && spans.hasNextPage && chosen.size === rows.length;
  // What arrives while one looks at it is not chosen.
  const until = { ...window, end: window.end ?? new Date(dataUpdatedAt).toISOString() };
  const { data: counted } = useQuery({ ...spanCount(scope, until, url.query), enabled: isAllShown });
  const all = counted?.totals.count ?? 0;
  const matching: Matching | null =
    isAllShown && all > rows.length ? { query: url.query, window: until, count: all } : null;
  const setQuery = (query: string) => setUrl({ query });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = spans;
  const isMore = hasNextPage && !live.isCut;
  const onEnd = useCallback(() => {
    if (isMore && !isFetchingNextPage) void fetchNextPage();
  }, [isMore, isFetchingNextPage, fetchNextPage]);

  const search = (
    <Slot name="search">
      <FilterBar
        ref={bar}
        of="spans"
        placeholder={'model:gpt-5 latency:>2 -status:success "refund policy"'}
        query={url.query}
        onChange={setQuery}
      />
    </Slot>
  );
  if (isFirst === "yes" && !opened) {
    return (
      <>
        <h1 className="hidden-visually">Spans</h1>
        {search}
        <QuickStart />
      </>
    );
  }
  return (
    <Split name="span" label="Span" width={620} beside={beside}>
      <div className={styles.page} ref={page}>
        <h1 className="hidden-visually">Spans</h1>
        {search}
        <Slot name="live">
          <LiveSwitch
            isOn={url.isLive}
            tail={tail}
            waiting={waitingBeside(live, rows)}
            onSwitch={switchLive}
            onTop={() => {
              tail.pause(false);
              setTopped(topped + 1);
            }}
            onRefresh={again}
          />
        </Slot>
        <ListTools
          of="spans"
          url={url}
          onChange={setUrl}
          defaults={DEFAULTS}
          all={allColumns}
          shown={columns}
          bar={bar}
          before={
            <Button
              kind="quiet"
              icon="filter"
              aria-pressed={facets.isShown}
              title={facets.isShown ? "Hide the facets" : "Show the facets"}
              onClick={() => facets.show(!facets.isShown)}
            >
              Facets
            </Button>
          }
          middle={
            chosen.size > 0 && (
              <Selection chosen={chosen} matching={matching} onClear={() => setChosen(NO_ROWS)} onChanged={again} />
            )
          }
          end={<ExportMenu query={url.query} isOff={isUnread || isEmpty} />}
        />
        <div className={styles.body}>
          {facets.isShown && (
            <Facets
              query={url.query}
              onChange={setQuery}
              isReady={isReady}
              isUnread={isUnread}
              onClose={facets.isOver ? () => facets.show(false) : undefined}
            />
          )}
          <div className={styles.list}>
            <Filling />
            {!isUnread && <Histogram query={url.query} isLive={url.isLive} />}
            <Table
              name="spans"
              label="Spans"
              columns={columns}
              rows={spans.error && !spans.isFetchNextPageError ? NONE : rows}
              rowKey={key}
              rowHref={hrefOf}
              onOpen={open}
              opened={opened}
              sort={url.sort}
              onSort={(sort) => setUrl({ sort, isLive: url.isLive && sort === DEFAULT_SORT })}
              onOrder={(ids) => setUrl({ columns: ids }, { replace: true })}
              {...(rights.includes("ingest") || rights.includes("admin")
                ? { selection: chosen, onSelection: setChosen }
                : {})}
              isLoading={spans.isLoading || (isEmpty && (spans.isPlaceholderData || isFirst === "unknown"))}
              isStale={spans.isPlaceholderData}
              error={isUnread ? null : spans.error}
              onRetry={() => void spans.refetch()}
              onEnd={onEnd}
              isMore={isMore}
              onTop={setAtTop}
              toTop={topped}
              empty={
                isUnread ? (
                  <Unread />
                ) : (
                  <NoneInRange of="spans" query={url.query} onClear={() => setQuery("")}>
                    {url.query ? "Nothing matches the filter." : "Nothing was sent in this time."}
                  </NoneInRange>
                )
              }
            />
            {live.isCut && (
              <p className={styles.cut}>
                Older spans are not shown while they arrive this fast.{" "}
                <Button kind="quiet" onClick={again}>
                  Look again
                </Button>
              </p>
            )}
          </div>
        </div>
      </div>
    </Split>
  );
}

/** So wide is a page on which the table is readable beside the facets. */
const ROOMY_PX = 1400;

/** Whether the facets are shown: beside the table where there is room, and else over it while somebody wants them. */
function useFacetsShown(page: RefObject<HTMLElement | null>) {
  const { facets } = usePreferences();
  const isRoomy = useIsWide(page, ROOMY_PX);
  const [isWanted, setWanted] = useState(false);
  return {
    isShown: isRoomy ? !facets.isHidden : isWanted,
    /** They lie over the table. */
    isOver: !isRoomy,
    show(isShown: boolean) {
      if (isRoomy) prefer({ facets: { ...facets, isHidden: !isShown } });
      else setWanted(isShown);
    },
  };
}

/** Live means: newest first, in a range that goes on to now. */
function useSwitchLive(): (isLive: boolean) => void {
  const [, setUrl] = useUrlState(spansUrl);
  const [, update] = useAddress();
  const { range, refresh } = useRange();
  return (isLive) => {
    if (!isLive) {
      setUrl({ isLive });
      refresh(); // what came in stays
      return;
    }
    update((params) => {
      spansUrl.write({ ...spansUrl.read(params), isLive, sort: DEFAULT_SORT }, params);
      if (range.kind !== "between" || range.to === null) return;
      for (const name of ["from", "to"]) params.delete(name);
      if (DEFAULT.kind === "last") params.delete("range");
    });
  };
}

/** The columns there are, with one for each key of metadata. */
function useAllColumns(isReady: boolean, shown: readonly string[]): readonly { id: string; title: string }[] {
  const scope = useApi();
  const { data: fields = NO_FIELDS } = useQuery({ ...fieldsOf(scope, "spans"), enabled: isReady });
  return useMemo(() => {
    const keys = fields.find((field) => field.name === "metadata.<key>")?.keys ?? [];
    const named = keys.map((key) => metadataColumn(key));
    const others = columnsOf(shown).filter((one) => ![...COLUMNS, ...named].some((known) => known.id === one.id));
    return [...COLUMNS, ...named, ...others];
  }, [fields, shown]);
}

/** Rows that are chosen; none any more when the list is another one. */
function useChosen(of: string): [ReadonlySet<string>, (chosen: ReadonlySet<string>) => void] {
  const [state, setState] = useState({ of, chosen: NO_ROWS });
  return [state.of === of ? state.chosen : NO_ROWS, (chosen) => setState({ of, chosen })];
}

function Unread() {
  return (
    <Empty icon="filter" title="The filter cannot be read">
      <p>What is wrong with it stands above.</p>
    </Empty>
  );
}
