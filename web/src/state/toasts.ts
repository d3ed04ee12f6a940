import { type Store, store } from "./store";

export interface Toast {
  id: number;
  kind: "info" | "ok" | "error";
  text: string;
  action?: { label: string; run(): void };
}

export const toasts: Store<readonly Toast[]> = store<readonly Toast[]>([]);
let last = 0;

/** Say something in passing. Errors stay until they are dismissed, the rest for a few seconds. */
export function toast(text: string, options: Partial<Omit<Toast, "id" | "text">> = {}): void {
  last += 1;
  const made: Toast = { id: last, kind: "info", text, ...options };
  toasts.set((before) => [...before.slice(-3), made]);
  if (made.kind !== "error") setTimeout(() => dismiss(made.id), made.action ? 8000 : 4000);
}

export function dismiss(id: number): void {
  toasts.set((before) => before.filter((one) => one.id !== id));
}
