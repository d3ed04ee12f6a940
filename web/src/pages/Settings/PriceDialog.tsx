import { useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { Fault } from "../../api/client";
import { prices, setPrice } from "../../api/organization";
import { counted } from "../../domain/numbers";
import { parseTime } from "../../domain/time";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { TextField } from "../../parts/Field";
import { Notice } from "../../parts/Notice";
import { usePreferences } from "../../state/preferences";
import { useSubmit } from "../../state/submit";
import { toast } from "../../state/toasts";
import { type ModelUse, pricedBy } from "./modelUse";
import styles from "./Page.module.css";

const AMOUNTS = [
  { name: "input_price", label: "Input", hint: "" },
  { name: "output_price", label: "Output", hint: "" },
  { name: "cache_read_price", label: "Cache read", hint: "as input" },
  { name: "cache_write_5m_price", label: "Cache write, 5 min", hint: "as input" },
  { name: "cache_write_1h_price", label: "Cache write, 1 h", hint: "as a write for 5 min" },
] as const;
type Amount = (typeof AMOUNTS)[number]["name"];
const FIELDS = ["model", "provider", "valid_from", "valid_to", ...AMOUNTS.map((amount) => amount.name)];

/** A price of one's own for a model, or for all that a pattern matches. */
export function PriceDialog({
  model: begun,
  uses,
  onClose,
}: {
  model: string;
  uses: readonly ModelUse[];
  onClose(): void;
}) {
  const queries = useQueryClient();
  const { zone } = usePreferences();
  const models = useId();
  const [model, setModel] = useState(begun);
  const [provider, setProvider] = useState("");
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [amounts, setAmounts] = useState<Partial<Record<Amount, string>>>({});
  const { isBusy, fault, faultOf, onSubmit } = useSubmit(FIELDS, async () => {
    const errors: Record<string, string[]> = {};
    const amount = (name: Amount, isNeeded: boolean) => {
      const typed = amounts[name]?.trim() ?? "";
      if (typed === "" && !isNeeded) return null;
      if (!/^\d*\.?\d+$|^\d+\.$/.test(typed)) errors[name] = ["An amount such as 0.15."];
      return Number(typed);
    };
    const moment = (name: string, typed: string) => {
      if (typed.trim() === "") return null;
      const at = parseTime(typed, zone);
      if (at === undefined) errors[name] = ["A time such as 2026-11-28 or 2026-11-28 14:00."];
      return at === undefined ? null : new Date(at).toISOString();
    };
    const body = {
      model: model.trim(),
      provider: provider.trim(),
      input_price: amount("input_price", true) ?? 0,
      output_price: amount("output_price", true) ?? 0,
      cache_read_price: amount("cache_read_price", false),
      cache_write_5m_price: amount("cache_write_5m_price", false),
      cache_write_1h_price: amount("cache_write_1h_price", false),
      valid_from: moment("valid_from", from),
      valid_to: moment("valid_to", to),
    };
    if (!body.model) errors.model = ["A model’s name, or a pattern such as gpt-4o*."];
    if (Object.keys(errors).length > 0) throw new Fault(422, "invalid", "Some fields are not right.", errors);
    await setPrice(body);
    await queries.invalidateQueries(prices);
    toast(`Spans of ${body.model} have this price from now on.`, { kind: "ok" });
    onClose();
  });
  const matched = pricedBy({ model }, uses);
  return (
    <Dialog
      title="A price of your own"
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={isBusy} onClick={() => onSubmit()}>
            Set the price
          </Button>
        </>
      }
    >
      <form className={styles.form} onSubmit={onSubmit} noValidate>
        {fault && <Notice tone="error">{fault}</Notice>}
        <TextField
          label="Model"
          list={models}
          placeholder="gpt-4o*"
          spellCheck={false}
          value={model}
          hint={matchHint(model, matched)}
          fault={faultOf("model")}
          onChange={(event) => setModel(event.target.value)}
        />
        <datalist id={models}>
          {uses.map((use) => (
            <option key={use.model} value={use.model} />
          ))}
        </datalist>
        <div>
          <p className={styles.unit}>US dollars for a million tokens</p>
          <div className={styles.pair}>
            {AMOUNTS.map(({ name, label, hint }) => (
              <TextField
                key={name}
                label={label}
                inputMode="decimal"
                placeholder={hint || "0.00"}
                value={amounts[name] ?? ""}
                fault={faultOf(name)}
                onChange={(event) => setAmounts({ ...amounts, [name]: event.target.value })}
              />
            ))}
            <TextField
              label="Provider"
              placeholder="any"
              value={provider}
              fault={faultOf("provider")}
              onChange={(event) => setProvider(event.target.value)}
            />
            <TextField
              label="Holds from"
              placeholder="ever since"
              value={from}
              fault={faultOf("valid_from")}
              onChange={(event) => setFrom(event.target.value)}
            />
            <TextField
              label="Until"
              placeholder="for good"
              value={to}
              fault={faultOf("valid_to")}
              onChange={(event) => setTo(event.target.value)}
            />
          </div>
        </div>
        <p className={styles.small}>
          It holds for spans that are sent from now on, by the span’s own time; stored costs stay until they are priced
          anew. It prices a span whole: nothing is taken from the price library.
        </p>
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}

function matchHint(model: string, matched: readonly ModelUse[]): string {
  if (!model.trim()) return "A name, or a pattern with *. Letters count in any case.";
  if (matched.length === 0) return "No span of the last 30 days names such a model.";
  const names = matched.slice(0, 3).map((use) => use.model);
  const more = matched.length > 3 ? ` and ${matched.length - 3} more` : "";
  const spans = matched.reduce((sum, use) => sum + use.spans, 0);
  return `Matches ${names.join(", ")}${more}: ${counted(spans, "span")} in the last 30 days.`;
}
