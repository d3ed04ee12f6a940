import type { ReactNode, RefObject } from "react";
import type { Listed } from "../api/filters";
import type { ListDefaults, ListUrl } from "../state/listUrl";
import { prefer, usePreferences } from "../state/preferences";
import { ColumnPicker } from "./ColumnPicker";
import type { FilterBarHandle } from "./filter/FilterBar";
import { FilterChips } from "./filter/FilterChips";
import styles from "./ListTools.module.css";
import { ViewsMenu } from "./views/ViewsMenu";

interface ListToolsProps {
  of: Listed;
  url: ListUrl;
  onChange(change: Partial<ListUrl>, options?: { replace?: boolean }): void;
  defaults: ListDefaults;
  /** Every column there can be, and which of them there are, in order. */
  all: readonly { id: string; title: string }[];
  shown: readonly { id: string }[];
  bar: RefObject<FilterBarHandle | null>;
  /** Before the views. */
  before?: ReactNode;
  /** In place of the filter's chips. */
  middle?: ReactNode;
  /** Before the columns. */
  end?: ReactNode;
}

/** The line above a list: saved views, the filter as chips, and which columns there are. */
export function ListTools({ of, url, onChange, defaults, all, shown, bar, before, middle, end }: ListToolsProps) {
  const { widths } = usePreferences();
  return (
    <div className={styles.frame}>
      <div className={styles.tools}>
        {before}
        <ViewsMenu of={of} />
        <div className={styles.middle}>
          {middle || (
            <FilterChips
              of={of}
              query={url.query}
              onChange={(query) => onChange({ query })}
              onEdit={(from, to) => bar.current?.edit(from, to)}
            />
          )}
        </div>
        <span className={styles.end}>
          {end}
          <ColumnPicker
            all={all}
            shown={shown.map((column) => column.id)}
            onChange={(columns) => onChange({ columns }, { replace: true })}
            onReset={() => {
              const { [of]: _, ...others } = widths;
              prefer({ widths: others });
              onChange({ columns: defaults.columns }, { replace: true });
            }}
          />
        </span>
      </div>
    </div>
  );
}

/** The columns of these ids, in order; those that there are not are left out. */
export function picked<Column extends { id: string }>(all: readonly Column[], ids: readonly string[]): Column[] {
  return ids.flatMap((id) => all.find((column) => column.id === id) ?? []);
}
