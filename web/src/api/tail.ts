import { addressOf, Fault, faultOf, type Span } from "./client";
import type { Scope } from "./queries";

/** Spans as they arrive: `GET /api/request-logs/tail/`, as an event source. */

export interface Follower {
  /** What came in one piece, the oldest first. `isUpdate`: the server had the span before. */
  onSpans(spans: readonly { span: Span; isUpdate: boolean }[]): void;
  /** So many were left out, because they were read too slowly. */
  onMissed(count: number): void;
  /** The connection is there from now on, again where it was cut: then nothing is left out. */
  onOpen(): void;
  /** It was cut, and is being made again. */
  onCut(): void;
  /** It was refused, or ended by the server; it is not tried again. */
  onEnd(fault: Fault): void;
}

const GATHER_MS = 250;

/** Follow the spans that a filter selects. Returns how to stop. */
export function follow({ environment }: Scope, query: string, follower: Follower): () => void {
  const address = addressOf("/api/request-logs/tail/", environment, query ? { query } : {});
  const source = new EventSource(address);
  const asking = new AbortController();
  let gathered: { span: Span; isUpdate: boolean }[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  function hand() {
    timer = undefined;
    const spans = gathered;
    gathered = [];
    follower.onSpans(spans);
  }
  function stop() {
    source.close();
    asking.abort();
    clearTimeout(timer);
  }
  source.addEventListener("open", () => follower.onOpen());
  source.addEventListener("span", (event: MessageEvent<string>) => {
    const { is_update: isUpdate, ...span } = JSON.parse(event.data) as Span & { is_update: boolean };
    gathered.push({ span: span as Span, isUpdate });
    timer ??= setTimeout(hand, GATHER_MS);
  });
  source.addEventListener("missed", (event: MessageEvent<string>) => {
    follower.onMissed((JSON.parse(event.data) as { count: number }).count);
  });
  source.addEventListener("end", () => {
    stop();
    follower.onEnd(
      new Fault(401, "unauthorized", "The server has ended the live tail: this session opens it no more."),
    );
  });
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) follower.onCut();
    else void refusal(address, asking.signal).then((fault) => fault && follower.onEnd(fault));
  });
  return stop;
}

/** Why it was refused: an event source does not say. Null where nobody wants to know any more. */
async function refusal(address: string, signal: AbortSignal): Promise<Fault | null> {
  try {
    const answer = await fetch(address, { signal });
    if (!answer.ok) return await faultOf(answer);
    await answer.body?.cancel();
    return new Fault(0, "ended", "The live tail has ended.");
  } catch {
    return signal.aborted ? null : new Fault(0, "unreachable", "Midspan cannot be reached.");
  }
}
