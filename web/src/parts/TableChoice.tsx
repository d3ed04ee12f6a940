import type { Column } from "./Table";

/** The id of the column in which rows are chosen. */
export const CHOICE = "choice";

interface Choosing<Row> {
  selection: ReadonlySet<string>;
  onSelection: ((selection: ReadonlySet<string>) => void) | undefined;
  rowKey(row: Row): string;
}

export function choice<Row>({ selection, onSelection, rowKey }: Choosing<Row>): Column<Row> {
  return {
    id: CHOICE,
    title: "Choose",
    width: 34,
    cell: (row) => (
      <input
        type="checkbox"
        aria-label="Choose this row"
        checked={selection.has(rowKey(row))}
        onChange={() => onSelection?.(toggled(selection, rowKey(row)))}
      />
    ),
  };
}

/** Chooses every row that is loaded, or none. */
export function ChooseAll<Row>({
  rows,
  rowKey,
  selection,
  onSelection,
}: {
  rows: readonly Row[];
  rowKey(row: Row): string;
  selection?: ReadonlySet<string>;
  onSelection?: (selection: ReadonlySet<string>) => void;
}) {
  const chosen = selection?.size ? rows.filter((row) => selection.has(rowKey(row))).length : 0;
  const isAll = rows.length > 0 && chosen === rows.length;
  return (
    <input
      type="checkbox"
      aria-label="Choose all rows that are loaded"
      checked={isAll}
      ref={(box) => {
        if (box) box.indeterminate = chosen > 0 && !isAll;
      }}
      onChange={() => onSelection?.(isAll ? new Set() : new Set(rows.map(rowKey)))}
    />
  );
}

export function toggled(selection: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(selection);
  if (!next.delete(key)) next.add(key);
  return next;
}
