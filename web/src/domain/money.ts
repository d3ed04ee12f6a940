/** Money in US dollars. The API sends it as decimal text or number; nothing is computed with what is shown. */

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const cents = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** With enough digits to matter: `$1,240`, `$12.40`, `$0.0312`, `$0.00000315`. */
export function money(amount: number | string): string {
  const value = Number(amount);
  if (!Number.isFinite(value)) return String(amount);
  const sign = value < 0 ? "−" : "";
  const size = Math.abs(value);
  if (size === 0) return "$0";
  if (size >= 999.995) return `${sign}$${whole.format(size)}`;
  if (size >= 0.9995) return `${sign}$${cents.format(size)}`;
  const decimals = Math.min(20, Math.max(2, 2 - Math.floor(Math.log10(size))));
  const text = size.toFixed(decimals);
  return `${sign}$${text.replace(/(\.\d\d\d*?)0+$/, "$1")}`;
}

/** Amounts that stand below each other, with as many decimals as the finest needs, so that one can add them up. */
export function alignedMoney(amounts: readonly number[]): string[] {
  const decimals = amounts.map((amount) => {
    for (let digits = 2; digits < 12; digits += 1) {
      if (Math.abs(Number(amount.toFixed(digits)) - amount) <= Math.abs(amount) * 1e-9) return digits;
    }
    return 12;
  });
  const most = Math.max(2, ...decimals);
  return amounts.map((amount) => `${amount < 0 ? "−" : ""}$${Math.abs(amount).toFixed(most)}`);
}

/** Every digit that was sent. */
export function exactMoney(amount: number | string): string {
  const text = String(amount);
  return /^-/.test(text) ? `−$${text.slice(1)}` : `$${text}`;
}
