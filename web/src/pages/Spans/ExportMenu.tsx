import { addressOf } from "../../api/client";
import { useApi } from "../../api/session";
import { Button } from "../../parts/Button";
import { Menu } from "../../parts/Menu";
import { useRange } from "../../state/range";

/** What is filtered, as a file that the browser keeps; it comes in one stream, however much it is. */
export function ExportMenu({ query, isOff }: { query: string; isOff: boolean }) {
  const { environment } = useApi();
  const { window } = useRange();
  const to = (parameters: Record<string, string>) =>
    addressOf("/api/request-logs/export/", environment, {
      ...parameters,
      start_time: window.start,
      ...(window.end ? { end_time: window.end } : {}),
      ...(query ? { query } : {}),
    });
  return (
    <Menu
      label="Export"
      align="end"
      trigger={(props) => (
        <Button kind="quiet" icon="download" disabled={isOff} {...props}>
          Export
        </Button>
      )}
      entries={[
        { heading: "All spans of the filter and the range, with every field" },
        { label: "JSON Lines", detail: "exact", href: to({ format: "jsonl" }) },
        { label: "Parquet", detail: "exact, smallest", href: to({ format: "parquet" }) },
        { label: "CSV", detail: "exact", href: to({ format: "csv" }) },
        { label: "CSV for spreadsheets", detail: "runs no formulas", href: to({ format: "csv", inert: "true" }) },
      ]}
    />
  );
}
