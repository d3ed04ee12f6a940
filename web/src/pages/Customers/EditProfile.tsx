import { type FormEvent, useId, useState } from "react";
import { Fault } from "../../api/client";
import { type CustomerDetails, type Profile, useChangeCustomer } from "../../api/customers";
import { typedAmount } from "../../domain/budget";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Field, Select, TextField } from "../../parts/Field";
import { toast } from "../../state/toasts";
import styles from "./Page.module.css";

const DURATIONS = [
  ["daily", "Every day"],
  ["weekly", "Every week, from Monday"],
  ["monthly", "Every month"],
  ["yearly", "Every year"],
] as const;
const NO_AMOUNT = "An amount such as 200 or 0.50, or nothing.";

type Faults = Record<string, string | undefined>;

/** Name, email and budgets, as people set them; what is left empty is what spans say. */
export function EditProfile({ customer, onClose }: { customer: CustomerDetails; onClose(): void }) {
  const form = useId();
  const { mutateAsync: change, isPending } = useChangeCustomer(customer.customer_identifier);
  const [given, setGiven] = useState({
    name: customer.name ?? "",
    email: customer.email ?? "",
    period_budget: customer.period_budget === null ? "" : String(customer.period_budget),
    budget_duration: customer.budget_duration ?? "",
    total_budget: customer.total_budget === null ? "" : String(customer.total_budget),
  });
  const [faults, setFaults] = useState<Faults>({});
  const [failure, setFailure] = useState<string | null>(null);
  const typed = (name: keyof typeof given) => ({
    value: given[name],
    fault: faults[name],
    onChange: (event: { target: { value: string } }) => setGiven({ ...given, [name]: event.target.value }),
  });

  async function submit(event: FormEvent) {
    event.preventDefault();
    const period = typedAmount(given.period_budget);
    const total = typedAmount(given.total_budget);
    const found: Faults = {
      ...(period === undefined ? { period_budget: NO_AMOUNT } : {}),
      ...(total === undefined ? { total_budget: NO_AMOUNT } : {}),
      ...(period && !given.budget_duration ? { budget_duration: "How long does the budget last?" } : {}),
    };
    setFaults(found);
    setFailure(null);
    if (Object.keys(found).length > 0) return;
    const wanted: Profile = {
      name: given.name.trim() || null,
      email: given.email.trim() || null,
      period_budget: period ?? null,
      budget_duration: (given.budget_duration || null) as CustomerDetails["budget_duration"],
      total_budget: total ?? null,
    };
    // What stays as it is may be what spans say, and is not to be set.
    const changes = Object.fromEntries(
      Object.entries(wanted).filter(([name, value]) => value !== customer[name as keyof typeof wanted & "name"]),
    );
    try {
      if (Object.keys(changes).length > 0) await change(changes);
      toast("The customer is saved.", { kind: "ok" });
      onClose();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const fields = Object.entries(error.errors).map(([name, said]) => [name, said.join(" ")] as const);
      setFaults(Object.fromEntries(fields));
      if (fields.length === 0) setFailure(error.message);
    }
  }

  return (
    <Dialog
      title="Edit the customer"
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form={form} disabled={isPending}>
            Save
          </Button>
        </>
      }
    >
      <form id={form} className={styles.form} onSubmit={(event) => void submit(event)}>
        <TextField label="Name" hint="Empty: what its spans say." maxLength={255} {...typed("name")} />
        <TextField label="Email" maxLength={320} {...typed("email")} />
        <div className={styles.pair}>
          <TextField label="Budget for a period, USD" inputMode="decimal" {...typed("period_budget")} />
          <Field label="Period" fault={faults.budget_duration}>
            {(attributes) => (
              <Select
                {...attributes}
                value={given.budget_duration}
                onChange={(event) => setGiven({ ...given, budget_duration: event.target.value as "daily" })}
              >
                <option value="">None</option>
                {DURATIONS.map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
        <TextField
          label="Budget in all, USD"
          hint="Budgets are compared with what was used. They block nothing."
          inputMode="decimal"
          {...typed("total_budget")}
        />
        {failure && (
          <p className={styles.failed} role="alert">
            {failure}
          </p>
        )}
      </form>
    </Dialog>
  );
}
