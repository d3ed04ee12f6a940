/** What a customer may cost, and how much of that is used. Amounts are US dollars. */

export interface Budget {
  /** What it is for: `This month`, `In all`. */
  name: string;
  used: number;
  most: number;
  /** From 0 up; over 1 where more was used than there is. */
  share: number;
}

interface Budgeted {
  period_budget: number | null;
  budget_duration: string | null;
  total_period_usage: number | null;
  total_budget: number | null;
  total_cost: number;
}

const NAMES: Record<string, string> = {
  daily: "Today",
  weekly: "This week",
  monthly: "This month",
  yearly: "This year",
};

/** The budgets that are set, that of the period first. */
export function budgetsOf(customer: Budgeted): Budget[] {
  const made: Budget[] = [];
  const { period_budget: period, total_budget: total, total_period_usage: used } = customer;
  if (period !== null && used !== null) {
    made.push(budget(NAMES[customer.budget_duration ?? ""] ?? "This period", used, period));
  }
  if (total !== null) made.push(budget("In all", customer.total_cost, total));
  return made;
}

function budget(name: string, used: number, most: number): Budget {
  return { name, used, most, share: most > 0 ? used / most : used > 0 ? Number.POSITIVE_INFINITY : 0 };
}

/** An amount as it is typed: `200`, `$1,000.50`; null for nothing, undefined for what is no amount. */
export function typedAmount(text: string): number | null | undefined {
  const plain = text.trim().replace(/^\$/, "").replaceAll(",", "");
  if (plain === "") return null;
  return /^(\d+\.?\d*|\.\d+)$/.test(plain) && Number(plain) < 1e15 ? Number(plain) : undefined;
}
