import type { ReactNode } from "react";
import type { Span } from "../../api/client";
import { costingOf, savedByCache } from "../../domain/costing";
import { alignedMoney, exactMoney, money } from "../../domain/money";
import { count, duration, trimmed } from "../../domain/numbers";
import { Icon } from "../Icon";
import { Facts } from "../Layout";
import { Visible } from "../PlainText";
import { Dash, Duration, Time } from "../Values";
import styles from "./Cost.module.css";
import panel from "./SpanPanel.module.css";

/** Why it cost what it cost, and what the time went to. */
export function Cost({ span }: { span: Span }) {
  return (
    <>
      <Why span={span} />
      <Timing span={span} />
      <Counted span={span} />
    </>
  );
}

function Why({ span }: { span: Span }) {
  const costing = costingOf(span.cost_details);
  const saved = savedByCache(span.cost_details);
  const parts = costing?.parts ?? [];
  const prices = alignedMoney(parts.map((part) => part.pricePerMillion ?? 0));
  const amounts = alignedMoney([...parts.map((part) => part.usd ?? 0), span.cost ?? 0]);
  return (
    <section className={panel.section} aria-labelledby="why-this-cost">
      <h3 className={panel.label} id="why-this-cost">
        Why this cost
      </h3>
      {costing === null ? (
        <p className={panel.note}>
          <Icon name="info" /> How the cost came about is not known.
        </p>
      ) : (
        <>
          <p className={panel.note}>
            <Icon name={costing.reason ? "alert" : "info"} />
            <span>
              {costing.source} {costing.reason && <Visible text={costing.reason.slice(0, 600)} />}
            </span>
          </p>
          {costing.parts.length > 0 && (
            <div className={styles.wide}>
              <table className={styles.table}>
                <thead>
                  <tr>
                    <th>Part</th>
                    <th>Tokens</th>
                    <th>USD per million</th>
                    <th>Cost</th>
                  </tr>
                </thead>
                <tbody>
                  {parts.map((part, at) => (
                    <tr key={part.name}>
                      <th scope="row">{part.name}</th>
                      <td>{count(part.tokens)}</td>
                      <td>{part.pricePerMillion === null ? <Dash /> : prices[at]}</td>
                      <td>{part.usd === null ? <Dash /> : amounts[at]}</td>
                    </tr>
                  ))}
                </tbody>
                <tfoot>
                  <tr>
                    <th scope="row">Together</th>
                    <td>{count(costing.parts.reduce((sum, part) => sum + part.tokens, 0))}</td>
                    <td />
                    <td>{span.cost === null ? <Dash /> : amounts.at(-1)}</td>
                  </tr>
                </tfoot>
              </table>
            </div>
          )}
          <Facts
            facts={[
              ["Cost", costing.parts.length === 0 && span.cost !== null ? exactMoney(span.cost) : null],
              ["Price of", costing.recognised && <Visible text={costing.recognised.slice(0, 200)} />],
              ["Price's date", costing.priceDate],
              ["Price from", costing.origin],
              ["Saved by the cache", saved !== null && saved > 0 ? `${money(saved)}, against plain input` : null],
            ]}
          />
        </>
      )}
    </section>
  );
}

function Timing({ span }: { span: Span }) {
  const { latency, time_to_first_token: first } = span;
  const share = latency && first !== null ? Math.min(1, first / latency) : null;
  return (
    <section className={panel.section} aria-labelledby="what-the-time-went-to">
      <h3 className={panel.label} id="what-the-time-went-to">
        Time
      </h3>
      {latency !== null && (
        <div>
          <div
            className={styles.bar}
            role="img"
            aria-label={
              share === null || first === null
                ? `${duration(latency)} in all`
                : `${duration(first)} to the first token, ${duration(latency)} in all`
            }
          >
            {share !== null && <span className={styles.before} style={{ width: `${share * 100}%` }} />}
            <span className={styles.after} />
          </div>
          <div className={styles.legend}>
            {share !== null && first !== null ? (
              <>
                <span>
                  <i className={styles.before} /> First token after {duration(first)}
                </span>
                <span>
                  <i className={styles.after} /> The rest in {duration(Math.max(0, latency - first))}
                </span>
              </>
            ) : (
              <span>
                <i className={styles.after} /> {duration(latency)} in all; when the first token came was not sent
              </span>
            )}
          </div>
        </div>
      )}
      <Facts
        facts={[
          ["Latency", <Duration key="latency" seconds={latency} />],
          ["Time to first token", first === null ? null : <Duration key="first" seconds={first} />],
          ["Speed", span.tokens_per_second === null ? null : `${trimmed(span.tokens_per_second, 3)} tokens/s`],
          ["Began", span.start_time && <Time key="start" at={span.start_time} form="full" />],
          ["Ended", <Time key="end" at={span.timestamp} form="full" />],
          ["Received", <Time key="received" at={span.received_at} form="full" />],
        ]}
      />
    </section>
  );
}

function Counted({ span }: { span: Span }) {
  const facts: [string, ReactNode][] = [
    ["Prompt", tokens(span.prompt_tokens)],
    ["Completion", tokens(span.completion_tokens)],
    ["of it reasoning", tokens(span.reasoning_tokens)],
    ["Read from cache", tokens(span.prompt_cache_hit_tokens || null)],
    ["Written to cache", tokens(span.prompt_cache_creation_tokens || null)],
    ["of it for an hour", tokens(span.prompt_cache_creation_1h_tokens || null)],
    ["In all", tokens(span.total_request_tokens)],
    ["Cached tokens are", span.token_convention && conventionOf(span.token_convention)],
  ];
  return (
    <section className={panel.section} aria-labelledby="tokens-as-counted">
      <h3 className={panel.label} id="tokens-as-counted">
        Tokens, as the provider counts them
      </h3>
      {facts.every(([, value]) => value === null) ? (
        <p className="faint">No numbers of tokens were sent.</p>
      ) : (
        <Facts facts={facts} />
      )}
    </section>
  );
}

function tokens(value: number | null): string | null {
  return value === null ? null : count(value);
}

function conventionOf(convention: string): string {
  if (convention === "inside") return "inside the prompt's number";
  if (convention === "outside") return "beside the prompt's number";
  return convention;
}
